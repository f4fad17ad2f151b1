import type { WriteRequest } from '../../lib/runtime/write-request';

/** A record of Kinesis as Lambda hands it over; what else it holds is passed on as it is. */
interface KinesisRecord { readonly kinesis: { readonly sequenceNumber: string } }

/** A record of Kafka as Lambda hands it over. */
interface KafkaRecord { readonly topic: string; readonly partition: number; readonly offset: number }

/** A record that the event writer was to put on a topic: it stands nowhere yet. */
type UnwrittenRecord = WriteRequest['records'][number];

export type FailedRecord = KinesisRecord | KafkaRecord | UnwrittenRecord;

/** A batch that no retry could process, as an on-failure destination keeps it: of a mapping, or of calls of the event writer. */
export interface FailedBatch {
  readonly functionArn: string;
  /** Why Lambda gave it up, such as `RetryAttemptsExhausted`. */
  readonly condition: string;
  readonly attempts: number;
  /** Of Kafka the partitions, `<topic>-<partition>`: a batch may be of several. Of the event writer none. */
  readonly shard: string;
  /** When the first of its records arrived, as it is written there; of the event writer, when they were given up. */
  readonly firstArrival: string;
  /** Of each shard in its order. */
  readonly records: readonly FailedRecord[];
  /** The event that the function is invoked with for some of them. */
  readonly eventOf: (records: readonly FailedRecord[]) => unknown;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isKinesis = (value: unknown): value is KinesisRecord & Json => isObject(value) && isObject(value['kinesis']) && typeof value['kinesis']['sequenceNumber'] === 'string';
const isKafka = (value: unknown): value is KafkaRecord & Json => isObject(value) && typeof value['topic'] === 'string' && typeof value['partition'] === 'number' && typeof value['offset'] === 'number';
const isUnwritten = (value: unknown): value is UnwrittenRecord => isObject(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The invocation's event: text in the document, or the document's own member. */
const payloadOf = (payload: unknown): unknown => (typeof payload === 'string' ? JSON.parse(payload) as unknown : payload);

/** The shard of a record, as far as a batch may be of several. */
export const shardOf = (record: FailedRecord): string => ('topic' in record ? `${record.topic}-${record.partition}` : '');

/** Where a record stands in its shard; what stands nowhere yet is named by its key. */
export const sequenceOf = (record: FailedRecord): string => {
  if ('kinesis' in record) return record.kinesis.sequenceNumber;
  return 'topic' in record ? String(record.offset) : record.key;
};

/** Records of one shard: how many, the first and the last. */
interface FailedRange { readonly shard: string; readonly records: number; readonly firstSequence: string; readonly lastSequence: string }

/** Between which places records stand, by their shards: a place of one partition says nothing of another. */
export const rangesOf = (records: readonly FailedRecord[]): readonly FailedRange[] => [...Map.groupBy(records, shardOf)].flatMap(([shard, each]) => {
  const [first, last] = [each[0], each.at(-1)];
  return first === undefined || last === undefined ? [] : [{ shard, records: each.length, firstSequence: sequenceOf(first), lastSequence: sequenceOf(last) }];
});

/** Whether an identifier of a partial batch response names a record: the sequence number, or the partition and the offset. */
export const isNamedBy = (identifier: unknown, record: FailedRecord): boolean => ('kinesis' in record
  ? record.kinesis.sequenceNumber === identifier
  : 'topic' in record && isObject(identifier) && identifier['partition'] === shardOf(record) && identifier['offset'] === record.offset);

const eventOfKafka = (payload: Json) => (records: readonly FailedRecord[]): unknown => ({ ...payload, records: Object.fromEntries(Map.groupBy(records, shardOf)) });

/** The records of an invocation, and how it is put together of them again; undefined when it holds none. */
const recordsIn = (payload: unknown): Pick<FailedBatch, 'records' | 'eventOf'> | undefined => {
  if (!isObject(payload)) return undefined;
  const { Records: ofKinesis, records: ofKafka } = payload;
  if (Array.isArray(ofKinesis) && ofKinesis.length > 0 && ofKinesis.every(isKinesis)) return { records: ofKinesis, eventOf: (records) => ({ Records: records }) };
  if (Array.isArray(ofKafka) && ofKafka.length > 0 && ofKafka.every(isUnwritten)) return { records: ofKafka, eventOf: (records) => ({ records }) };
  const flat = isObject(ofKafka) ? Object.values(ofKafka).flat() : [];
  return flat.length > 0 && flat.every(isKafka) ? { records: flat, eventOf: eventOfKafka(payload) } : undefined;
};

/** Of which shards a batch is, and when the first of its records arrived. */
const placeOf = (document: Json): Pick<FailedBatch, 'shard' | 'firstArrival'> | undefined => {
  const { KinesisBatchInfo: ofKinesis, KafkaBatchInfo: ofKafka, requestPayload: ofCall, timestamp } = document;
  if (ofCall !== undefined) return { shard: '', firstArrival: text(timestamp) };
  if (isObject(ofKinesis)) return { shard: text(ofKinesis['shardId']), firstArrival: text(ofKinesis['approximateArrivalOfFirstRecord']) };
  if (!isObject(ofKafka)) return undefined;
  const partitions = Object.entries(isObject(ofKafka['recordsInfo']) ? ofKafka['recordsInfo'] : {});
  const [firstArrival = ''] = partitions.map(([, info]) => text(isObject(info) ? info['firstRecordTimestamp'] : undefined)).sort();
  return { shard: partitions.map(([partition]) => partition).join(', '), firstArrival };
};

/**
 * Reads an object that Lambda wrote into the failures bucket.
 * Sources: AWS Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source", "Capturing
 * discarded batches for Amazon MSK and self-managed Apache Kafka event sources" and "Capturing records of Lambda asynchronous invocations".
 *
 * @throws Error when it is no such object, or holds no records
 */
export const readFailedBatch = (content: string): FailedBatch => {
  const document: unknown = JSON.parse(content);
  const [request, place] = isObject(document) ? [document['requestContext'], placeOf(document)] : [];
  if (!isObject(document) || !isObject(request) || place === undefined) throw new Error('it is not what Lambda writes about a failed batch of a stream');
  const found = recordsIn(payloadOf(document['payload'] ?? document['requestPayload']));
  if (found === undefined) throw new Error('it holds no records of a stream');
  return { functionArn: text(request['functionArn']), condition: text(request['condition']), attempts: Number(request['approximateInvokeCount'] ?? 0), ...place, ...found };
};

/** A function by its name and, where the ARN has one, its version or alias: `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`. */
export const functionIn = (arn: string): { readonly name: string; readonly qualifier: string | undefined } => {
  const [, , , , , , name = '', qualifier] = arn.split(':');
  return { name, qualifier };
};
