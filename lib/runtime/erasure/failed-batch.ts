import { bearingOfRecord } from '../../../core/erasure/line';
import { strongest, type Bearing, type Subject } from '../../../core/erasure/subject';
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

const documentOf = (content: Buffer): Document | undefined => {
  try {
    const document: unknown = JSON.parse(content.toString('utf8'));
    return typeof document === 'object' && document !== null && 'payload' in document ? document as Document : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Takes a subject's records out of what Lambda keeps of a batch of the stream that no retry could process. What else the
 * document says stays. One that is no such document is looked at as bytes, and goes whole when the subject stands in it.
 */
export const failedBatchWithout = (subject: Subject): Judge => (content) => {
  const document = documentOf(content);
  if (document === undefined) return bearingOfRecord(subject, content, '') === 'subject' ? { kept: Buffer.alloc(0), keptRecords: 0, records: 1, mentions: 0 } : untouched(content);
  const payload = typeof document.payload === 'string' ? JSON.parse(document.payload) as Payload : document.payload;
  const left = payload.Records.map((record) => leftOf(record, subject));
  const records = left.reduce((sum, { erased }) => sum + erased, 0);
  const mentions = left.filter(({ bearing }) => bearing === 'mention').length;
  if (records === 0) return { ...untouched(content), mentions };
  const rest = { ...payload, Records: left.flatMap(({ record }) => record ?? []) };
  const kept = Buffer.from(JSON.stringify({ ...document, payload: typeof document.payload === 'string' ? JSON.stringify(rest) : rest }));
  return { kept, keptRecords: rest.Records.length, records, mentions };
};
