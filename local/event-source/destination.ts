import type { DiscardReason } from './lane';
import type { StreamRecord } from './record';
import type { MappingSettings } from './settings';

/** A record in a function's event (AWS Lambda developer guide, "Process Amazon Kinesis Data Streams records with Lambda"). */
export interface EventRecord {
  readonly kinesis: {
    readonly kinesisSchemaVersion: '1.0';
    readonly partitionKey: string;
    readonly sequenceNumber: string;
    readonly data: string;
    /** Epoch seconds. */
    readonly approximateArrivalTimestamp: number;
  };
  readonly eventSource: 'aws:kinesis';
  readonly eventVersion: '1.0';
  readonly eventID: string;
  readonly eventName: 'aws:kinesis:record';
  readonly invokeIdentityArn: string;
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** The event that a function is invoked with. */
export const eventOf = (settings: MappingSettings, shard: string, records: readonly StreamRecord[]): { readonly Records: readonly EventRecord[] } => {
  const [, , , region = '', account = ''] = settings.streamArn.split(':');
  return {
    Records: records.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.partitionKey,
        sequenceNumber: record.sequence,
        data: record.data,
        approximateArrivalTimestamp: record.arrival / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard}:${record.sequence}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: `arn:aws:iam::${account}:role/local-event-source`,
      awsRegion: region,
      eventSourceARN: settings.streamArn,
    })),
  };
};

/** A batch that was given up. */
export interface DiscardedBatch {
  readonly shard: string;
  readonly records: readonly StreamRecord[];
  readonly reason: DiscardReason;
  readonly invocations: number;
  readonly functionError: string | undefined;
}

/**
 * What an on-failure destination gets: who failed how with which records, by their positions. Only an S3 bucket also
 * gets the records themselves, as `payload`: the whole event, as text.
 * Source: AWS Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source".
 *
 * @param requestId of the last invocation, or of this delivery when there was none
 */
export const destinationDocument = (settings: MappingSettings, batch: DiscardedBatch, now: number, requestId: string, withPayload: boolean) => {
  const arrivals = batch.records.map((record) => record.arrival);
  return {
    requestContext: { requestId, functionArn: settings.functionArn, condition: batch.reason, approximateInvokeCount: batch.invocations },
    ...(batch.invocations > 0
      ? { responseContext: { statusCode: 200, executedVersion: '$LATEST', ...(batch.functionError === undefined ? {} : { functionError: batch.functionError }) } }
      : {}),
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    KinesisBatchInfo: {
      shardId: batch.shard,
      startSequenceNumber: batch.records[0]?.sequence,
      endSequenceNumber: batch.records.at(-1)?.sequence,
      approximateArrivalOfFirstRecord: new Date(arrivals[0] ?? now).toISOString(),
      approximateArrivalOfLastRecord: new Date(arrivals.at(-1) ?? now).toISOString(),
      batchSize: batch.records.length,
      streamArn: settings.streamArn,
    },
    ...(withPayload ? { payload: JSON.stringify(eventOf(settings, batch.shard, batch.records)) } : {}),
  };
};

/** Key of the object that an S3 destination gets: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`. */
export const destinationKey = (settings: MappingSettings, shard: string, now: number, random: string): string => {
  const time = new Date(now).toISOString();
  return `aws/lambda/${settings.id}/${shard}/${time.slice(0, 10).replaceAll('-', '/')}/${time.slice(0, 19).replaceAll(':', '.')}-${random}`;
};
