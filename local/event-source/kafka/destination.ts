import type { DiscardReason } from '../lane';
import { partitionName, type KafkaRecord } from './record';
import type { KafkaMappingSettings } from './settings';

/** A record in a function's event (AWS Lambda developer guide, "Using Lambda with Amazon MSK", example event). */
interface KafkaEventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key?: string;
  readonly value?: string;
  readonly headers: readonly Readonly<Record<string, readonly number[] | null>>[];
}

export interface KafkaEvent {
  readonly eventSource: 'aws:kafka';
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>;
}

const byPartition = (settings: KafkaMappingSettings, records: readonly KafkaRecord[]): Map<string, KafkaRecord[]> =>
  Map.groupBy(records, ({ partition }) => partitionName(settings.topic, partition));

/** The event that a function is invoked with. */
export const kafkaEventOf = (settings: KafkaMappingSettings, bootstrapServers: string, records: readonly KafkaRecord[]): KafkaEvent => ({
  eventSource: 'aws:kafka',
  eventSourceArn: settings.streamArn,
  bootstrapServers,
  records: Object.fromEntries([...byPartition(settings, records)].map(([name, held]) => [name, held.map(({ partition, offset, arrival, timestampType, key, value, headers }) => ({
    topic: settings.topic,
    partition,
    offset: Number(offset),
    timestamp: arrival,
    timestampType,
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
    headers: headers.map(([header, bytes]) => ({ [header]: bytes })),
  }))])),
});

/** A batch that was given up. */
export interface DiscardedKafkaBatch {
  readonly records: readonly KafkaRecord[];
  readonly reason: DiscardReason;
  readonly invocations: number;
  readonly functionError: string | undefined;
}

/**
 * What an on-failure destination gets: who failed how with which records, by partition and offset. Only an S3 bucket also
 * gets the records themselves, as `payload`: the whole event, as text.
 * Source: AWS Lambda developer guide, "Capturing discarded batches for Amazon MSK and self-managed Apache Kafka event sources".
 *
 * @param event what the function was invoked with, as JSON
 * @param requestId of the last invocation, or of this delivery when there was none
 */
export const kafkaDestinationDocument = (settings: KafkaMappingSettings, bootstrapServers: string, batch: DiscardedKafkaBatch, event: string, now: number, requestId: string, withPayload: boolean) => {
  const moment = (record: KafkaRecord | undefined): string => new Date(record?.arrival ?? now).toISOString();
  return {
    requestContext: { requestId, functionArn: settings.functionArn, condition: batch.reason, approximateInvokeCount: batch.invocations },
    responseContext: batch.invocations > 0 ? { statusCode: 200, executedVersion: '$LATEST', ...(batch.functionError === undefined ? {} : { functionError: batch.functionError }) } : null,
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    KafkaBatchInfo: {
      batchSize: batch.records.length,
      eventSourceArn: settings.streamArn,
      bootstrapServers,
      payloadSize: Buffer.byteLength(event),
      recordsInfo: Object.fromEntries([...byPartition(settings, batch.records)].map(([name, held]) => [name, {
        firstRecordOffset: String(held[0]?.offset ?? ''),
        lastRecordOffset: String(held.at(-1)?.offset ?? ''),
        firstRecordTimestamp: moment(held[0]),
        lastRecordTimestamp: moment(held.at(-1)),
      }])),
    },
    ...(withPayload ? { payload: event } : {}),
  };
};
