import type { BesideValue } from '../../../core/erasure/beside';
import { bearingOfRecord } from '../../../core/erasure/line';
import { bearingOfBytes, recognitionOf, strongest, type Bearing, type Subject } from '../../../core/erasure/subject';
import { besideOfTopic, type MappedRecord } from '../kafka-record';
import { aggregate, deaggregate, isAggregated } from '../wire/kpl';
import type { WriteRequest } from '../write-request';
import type { Judge, Judged } from './sweep';
import { unframed } from './unframed';

/** A record of Kinesis or of Kafka, whatever else it holds, or one that the event writer was to put: its key is text as it stands there. */
type FailedRecord = { readonly kinesis: { readonly data: string; readonly partitionKey: string } } | (Pick<MappedRecord, 'key' | 'value' | 'headers'> & { readonly topic: string }) | WriteRequest['records'][number];
type Payload = { readonly Records: readonly FailedRecord[] } | { readonly records: readonly FailedRecord[] | Readonly<Record<string, readonly FailedRecord[]>> };
/** What a mapping was to hand over, or a call to the event writer. */
interface Document { readonly payload?: string | Payload; readonly requestPayload?: Payload }

/** What a record brings: its bytes, and what stands beside them. */
const contentOf = (record: FailedRecord): { readonly bytes: Buffer; readonly beside: BesideValue } => {
  if ('kinesis' in record) return { bytes: Buffer.from(record.kinesis.data, 'base64'), beside: { partitionKey: record.kinesis.partitionKey } };
  const bytes = Buffer.from(record.value ?? '', 'base64');
  return { bytes, beside: 'topic' in record ? besideOfTopic(record) : { partitionKey: record.key } };
};

const withBytes = (record: FailedRecord, bytes: Uint8Array): FailedRecord => {
  const data = Buffer.from(bytes).toString('base64');
  return 'kinesis' in record ? { ...record, kinesis: { ...record.kinesis, data } } : { ...record, value: data };
};

/** A record as it stays: whole, without some of those that were packed into it, or not at all. */
interface Left { readonly record?: FailedRecord; readonly erased: number; readonly bearing: Bearing }

/** Nothing, in the place of a record that was packed with others: theirs must not change, as each is known by its own. */
const nothing = { partitionKey: '', data: new Uint8Array() };

const leftOf = (record: FailedRecord, subject: Subject): Left => {
  const { bytes, beside } = contentOf(record);
  const packed = isAggregated(bytes) ? deaggregate(bytes) : undefined;
  if (packed === undefined) {
    const bearing = bearingOfRecord(subject, unframed(bytes), beside);
    return bearing === 'subject' ? { erased: 1, bearing } : { record, erased: 0, bearing };
  }
  const bearings = packed.map((each) => bearingOfRecord(subject, unframed(each.data), { ...beside, partitionKey: each.partitionKey }));
  const erased = bearings.filter((bearing) => bearing === 'subject').length;
  if (erased === 0) return { record, erased, bearing: strongest(...bearings) };
  const rest = aggregate(packed.map((each, index) => (bearings[index] === 'subject' ? nothing : each)));
  return { record: withBytes(record, rest), erased, bearing: 'subject' };
};

const untouched = (content: Buffer): Judged => ({ kept: content, keptRecords: 1, records: 0, mentions: 0 });

/** A document with the records that it holds, of whatever form its payload is. */
interface Batch { readonly document: Document; readonly payload: Payload }

const recordsOf = (payload: Payload): readonly FailedRecord[] => ('Records' in payload ? payload.Records : Object.values(payload.records).flat() as readonly FailedRecord[]);

const isText = (value: unknown): value is string | null | undefined => value === undefined || value === null || typeof value === 'string';

const isBytes = (value: unknown): boolean => value === null || (Array.isArray(value) && value.every((byte) => typeof byte === 'number'));

const areHeaders = (value: unknown): boolean => value === undefined || value === null || (Array.isArray(value) && value.every((header) => typeof header === 'object' && header !== null && Object.values(header as object).every(isBytes)));

const isRecord = (value: unknown): value is FailedRecord => {
  if (typeof value !== 'object' || value === null) return false;
  const kinesis: unknown = 'kinesis' in value ? value.kinesis : undefined;
  if (typeof kinesis === 'object' && kinesis !== null) return 'data' in kinesis && typeof kinesis.data === 'string' && 'partitionKey' in kinesis && typeof kinesis.partitionKey === 'string';
  const key: unknown = Reflect.get(value, 'key');
  const content: unknown = Reflect.get(value, 'value');
  return 'topic' in value ? typeof value.topic === 'string' && isText(key) && isText(content) && areHeaders(Reflect.get(value, 'headers')) : typeof key === 'string' && typeof content === 'string';
};

const isRecords = (value: unknown): value is readonly FailedRecord[] => Array.isArray(value) && value.every(isRecord);

/** Whether it is an invocation's event: of a shard, of partitions by their names, or for the event writer. */
const isPayload = (value: unknown): value is Payload => {
  if (typeof value !== 'object' || value === null) return false;
  if ('Records' in value) return isRecords(value.Records);
  return 'records' in value && typeof value.records === 'object' && value.records !== null && (isRecords(value.records) || Object.values(value.records).every(isRecords));
};

/** What is no batch of records is undefined; what JSON says of a text that is none holds a piece of it, and must not be thrown. */
const batchOf = (content: Buffer): Batch | undefined => {
  try {
    const document = JSON.parse(content.toString('utf8')) as Partial<Document> | null;
    const payload: unknown = typeof document?.payload === 'string' ? JSON.parse(document.payload) : document?.payload ?? document?.requestPayload;
    return isPayload(payload) ? { document: document as Document, payload } : undefined;
  } catch {
    return undefined;
  }
};

/** An event with what stays of its records. */
const restOf = (payload: Payload, stay: (records: readonly FailedRecord[]) => readonly FailedRecord[]): Payload => {
  if ('Records' in payload) return { ...payload, Records: stay(payload.Records) };
  const { records } = payload;
  return { ...payload, records: isRecords(records) ? stay(records) : Object.fromEntries(Object.entries(records).map(([partition, each]) => [partition, stay(each)])) };
};

/** Of what nobody can take apart, whatever it says: it goes whole, or stays. */
const judgedWhole = (content: Buffer, subject: Subject): Judged => {
  const bearing = strongest(bearingOfRecord(subject, content, { partitionKey: '' }), bearingOfBytes(recognitionOf(subject), content));
  return bearing === 'subject' ? { kept: Buffer.alloc(0), keptRecords: 0, records: 1, mentions: 0 } : { ...untouched(content), mentions: bearing === 'mention' ? 1 : 0 };
};

/**
 * Takes a subject's records out of what Lambda keeps of a batch of the stream that no retry could process. What else the
 * document says stays. One that is no such document is looked at as bytes, and goes whole when the subject stands in it.
 */
export const failedBatchWithout = (subject: Subject): Judge => (content) => {
  const batch = batchOf(content);
  if (batch === undefined) return judgedWhole(content, subject);
  const { document, payload } = batch;
  const left = new Map(recordsOf(payload).map((record) => [record, leftOf(record, subject)]));
  const records = [...left.values()].reduce((sum, { erased }) => sum + erased, 0);
  const mentions = [...left.values()].filter(({ bearing }) => bearing === 'mention').length;
  if (records === 0) return { ...untouched(content), mentions };
  const rest = restOf(payload, (each) => each.flatMap((record) => left.get(record)?.record ?? []));
  const kept = Buffer.from(JSON.stringify({ ...document, ...(document.payload === undefined ? { requestPayload: rest } : { payload: typeof document.payload === 'string' ? JSON.stringify(rest) : rest }) }));
  return { kept, keptRecords: recordsOf(rest).length, records, mentions };
};
