import { bearingOfBytes, bearingOfRecord } from '../../../core/erasure/line';
import { recognitionOf, strongest, type Bearing, type Subject } from '../../../core/erasure/subject';
import { aggregate, deaggregate, isAggregated } from '../wire/kpl';
import type { Judge, Judged } from './sweep';
import { unframed } from './unframed';

interface KinesisData { readonly data: string; readonly partitionKey: string }
interface FailedRecord { readonly kinesis: KinesisData }
interface Payload { readonly Records: readonly FailedRecord[] }
interface Document { readonly payload: string | Payload }

/** A record as it stays: whole, without some of those that were packed into it, or not at all. */
interface Left { readonly record?: FailedRecord; readonly erased: number; readonly bearing: Bearing }

/** Nothing, in the place of a record that was packed with others: theirs must not change, as each is known by its own. */
const nothing = { partitionKey: '', data: new Uint8Array() };

const leftOf = (record: FailedRecord, subject: Subject): Left => {
  const { data, partitionKey } = record.kinesis;
  const bytes = Buffer.from(data, 'base64');
  const packed = isAggregated(bytes) ? deaggregate(bytes) : undefined;
  if (packed === undefined) {
    const bearing = bearingOfRecord(subject, unframed(bytes), partitionKey);
    return bearing === 'subject' ? { erased: 1, bearing } : { record, erased: 0, bearing };
  }
  const bearings = packed.map((each) => bearingOfRecord(subject, unframed(each.data), each.partitionKey));
  const erased = bearings.filter((bearing) => bearing === 'subject').length;
  if (erased === 0) return { record, erased, bearing: strongest(...bearings) };
  const rest = Buffer.from(aggregate(packed.map((each, index) => (bearings[index] === 'subject' ? nothing : each)))).toString('base64');
  return { record: { ...record, kinesis: { ...record.kinesis, data: rest } }, erased, bearing: 'subject' };
};

const untouched = (content: Buffer): Judged => ({ kept: content, keptRecords: 1, records: 0, mentions: 0 });

/** A document with the records that it holds, of whatever form its payload is. */
interface Batch { readonly document: Document; readonly payload: Payload }

const isRecord = (value: unknown): value is FailedRecord => {
  const kinesis: unknown = typeof value === 'object' && value !== null && 'kinesis' in value ? value.kinesis : undefined;
  return typeof kinesis === 'object' && kinesis !== null && 'data' in kinesis && typeof kinesis.data === 'string' && 'partitionKey' in kinesis && typeof kinesis.partitionKey === 'string';
};

/** What is no batch of records is undefined; what JSON says of a text that is none holds a piece of it, and must not be thrown. */
const batchOf = (content: Buffer): Batch | undefined => {
  try {
    const document = JSON.parse(content.toString('utf8')) as Partial<Document> | null;
    const payload = (typeof document?.payload === 'string' ? JSON.parse(document.payload) : document?.payload) as Partial<Payload> | null | undefined;
    return Array.isArray(payload?.Records) && payload.Records.every(isRecord) ? { document: document as Document, payload: payload as Payload } : undefined;
  } catch {
    return undefined;
  }
};

/** Of what nobody can take apart, whatever it says: it goes whole, or stays. */
const judgedWhole = (content: Buffer, subject: Subject): Judged => {
  const bearing = strongest(bearingOfRecord(subject, content, ''), bearingOfBytes(recognitionOf(subject), content));
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
  const left = payload.Records.map((record) => leftOf(record, subject));
  const records = left.reduce((sum, { erased }) => sum + erased, 0);
  const mentions = left.filter(({ bearing }) => bearing === 'mention').length;
  if (records === 0) return { ...untouched(content), mentions };
  const rest = { ...payload, Records: left.flatMap(({ record }) => record ?? []) };
  const kept = Buffer.from(JSON.stringify({ ...document, payload: typeof document.payload === 'string' ? JSON.stringify(rest) : rest }));
  return { kept, keptRecords: rest.Records.length, records, mentions };
};
