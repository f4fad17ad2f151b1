import type { KinesisStreamBatchResponse, KinesisStreamEvent, MSKEvent, MSKRecord } from 'aws-lambda';
import { topicOf, type Position } from '../../core/event/position';
import type { ReceivedRecord } from '../../core/event/record';
import { clusterOf, receivedFromKafka } from './kafka-record';
import { receivedFromKinesis } from './kinesis-record';

/*
 * The one place that knows which stream an environment has: consumers see batches of shards, and say from which record on a
 * shard must be delivered again.
 */

/** What an event source mapping invokes a consumer with. */
export type StreamEvent = KinesisStreamEvent | MSKEvent;

/** Records of one shard of a stream, or of one partition of a topic, in its order: never none. */
export interface StreamBatch {
  readonly source: string;
  readonly shard: string;
  readonly records: readonly ReceivedRecord[];
}

/** The first record of a shard that is not done. */
export type FailedFrom = Pick<Position, 'source' | 'shard' | 'sequence'>;

/**
 * The answer for Kafka: a record by its partition, which is written `<topic>-<partition>`, and its offset. Pages of Lambda's
 * documentation spell the partition's member in two ways, and a name that is not known makes Lambda deliver the whole batch again.
 */
interface KafkaBatchResponse { readonly batchItemFailures: readonly { readonly itemIdentifier: { readonly partition: string; readonly 'topic-partition': string; readonly offset: number } }[] }

export type StreamBatchResponse = KinesisStreamBatchResponse | KafkaBatchResponse;

const isKafka = (event: StreamEvent): event is MSKEvent => 'eventSource' in event && event.eventSource === 'aws:kafka';

const batchOf = (records: readonly ReceivedRecord[]): readonly StreamBatch[] => {
  const [first] = records;
  return first === undefined ? [] : [{ source: first.position.source, shard: first.position.shard, records }];
};

/** A mapping of Kafka gathers records of several partitions into one invocation, by partition. */
const kafkaBatches = ({ records, eventSourceArn }: MSKEvent): readonly StreamBatch[] => {
  const cluster = clusterOf(eventSourceArn);
  return Object.values(records).flatMap((each: readonly MSKRecord[]) => batchOf(each.map((record) => receivedFromKafka(record, cluster))));
};

/**
 * The batches that a consumer is invoked with: one shard's for Kinesis, and any number of partitions' for Kafka.
 *
 * @throws Error when the event holds no records, or comes from elsewhere
 */
export const streamBatches = (event: StreamEvent): readonly StreamBatch[] => {
  const batches = isKafka(event) ? kafkaBatches(event) : 'Records' in event ? batchOf(event.Records.map(receivedFromKinesis)) : [];
  if (batches.length === 0) throw new Error(`The event${'eventSource' in event ? ` of ${event.eventSource}` : ''} holds no records; a consumer is to be called by an event source mapping of the stream (aws:kinesis), or of a topic of MSK (aws:kafka).`);
  return batches;
};

/** Every record of a partition from the failed one on: Lambda delivers those again that are named, and no others. */
const remainingOf = ({ records }: MSKEvent, { source, shard, sequence }: FailedFrom): KafkaBatchResponse['batchItemFailures'] => {
  const partition = `${topicOf({ source })}-${shard}`;
  return (records[partition] ?? []).filter(({ offset }) => offset >= Number(sequence)).map(({ offset }) => ({ itemIdentifier: { partition, 'topic-partition': partition, offset } }));
};

/**
 * What a consumer answers: from where each shard must be delivered again. Nothing is left out of it, so what is not named is done.
 * Sources: AWS Lambda developer guide, "Configuring partial batch response with Kinesis Data Streams and Lambda" and
 * "Configuring error handling controls for Kafka event sources".
 */
export const batchResponse = (event: StreamEvent, failed: readonly FailedFrom[]): StreamBatchResponse => (isKafka(event)
  ? { batchItemFailures: failed.flatMap((each) => remainingOf(event, each)) }
  : { batchItemFailures: failed.map(({ sequence }) => ({ itemIdentifier: sequence })) });

/**
 * What a consumer answers that must not get a record before those ahead of it in its shard. Kinesis delivers a shard from the record
 * that is named. Of Kafka nothing says that a partition waits while the records that a partial answer names, or a half of a batch, are
 * tried again: then the whole batch fails, which Lambda tries until all of it is done, and what was done of it is known by its watermarks.
 *
 * @throws Error when a batch of Kafka is not done
 */
export const responseInOrder = (event: StreamEvent, failed: readonly FailedFrom[]): StreamBatchResponse => {
  if (isKafka(event) && failed.length > 0) throw new Error(`Records were not done, from ${failed.map(({ source, shard, sequence }) => `offset ${sequence} of partition ${shard} of ${source}`).join(', ')}; the batch must be delivered again, whole. The lines before this one say why.`);
  return batchResponse(event, failed);
};
