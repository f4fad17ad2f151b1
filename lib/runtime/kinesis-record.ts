import type { KinesisStreamRecord } from 'aws-lambda';
import type { ReceivedRecord } from '../../core/event/record';

/**
 * A record of the stream as an event source mapping gives it: `eventID` is `<shard>:<sequence>`, the arrival is in seconds
 * with three decimals.
 */
export const receivedFromKinesis = ({ eventID, eventSourceARN, kinesis }: KinesisStreamRecord): ReceivedRecord => ({
  position: {
    source: eventSourceARN.slice(eventSourceARN.lastIndexOf('/') + 1),
    shard: eventID.slice(0, eventID.lastIndexOf(':')),
    sequence: kinesis.sequenceNumber,
    subSequence: 0,
  },
  partitionKey: kinesis.partitionKey,
  arrival: Math.round(kinesis.approximateArrivalTimestamp * 1000),
  batchId: null,
  data: Buffer.from(kinesis.data, 'base64'),
});
