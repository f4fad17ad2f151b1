import type { DiscardedBatch } from '../../../local/event-source/destination';
import { destinationDocument, destinationKey } from '../../../local/event-source/destination';
import { recordAt, settingsWith } from './arbitraries';

const now = Date.UTC(2001, 5, 1, 12, 30, 15, 250);
const batch: DiscardedBatch = {
  shard: 'shardId-000000000003',
  records: [{ ...recordAt(now - 2_000, 'ORD', 7), data: 'eyJhIjoxfQ==' }, recordAt(now - 1_000, 'JFK', 8)],
  reason: 'RetryAttemptsExhausted',
  invocations: 4,
  functionError: 'Unhandled',
};
const settings = settingsWith();

describe('an on-failure destination', () => {
  it('gets positions and reasons, without the records when it is a queue', () => {
    const document = destinationDocument(settings, batch, now, 'request-1', false);
    expect(document).toEqual({
      requestContext: { requestId: 'request-1', functionArn: settings.functionArn, condition: 'RetryAttemptsExhausted', approximateInvokeCount: 4 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2001-06-01T12:30:15.250Z',
      KinesisBatchInfo: {
        shardId: 'shardId-000000000003',
        startSequenceNumber: batch.records[0]?.sequence,
        endSequenceNumber: batch.records[1]?.sequence,
        approximateArrivalOfFirstRecord: '2001-06-01T12:30:13.250Z',
        approximateArrivalOfLastRecord: '2001-06-01T12:30:14.250Z',
        batchSize: 2,
        streamArn: settings.streamArn,
      },
    });
  });

  it('gets the whole event as text when it is a bucket', () => {
    const document = destinationDocument(settings, batch, now, 'request-1', true);
    const event = JSON.parse(document.payload ?? '') as { Records: { eventID: string; kinesis: { data: string; approximateArrivalTimestamp: number } }[] };
    expect(event.Records.map((record) => record.eventID)).toEqual(batch.records.map((record) => `shardId-000000000003:${record.sequence}`));
    expect(event.Records[0]?.kinesis).toMatchObject({ data: 'eyJhIjoxfQ==', approximateArrivalTimestamp: (now - 2_000) / 1_000 });
  });

  it('has its objects named by mapping, shard and day', () => {
    expect(destinationKey(settings, batch.shard, now, 'random')).toBe('aws/lambda/mapping-1/shardId-000000000003/2001/06/01/2001-06-01T12.30.15-random');
  });
});
