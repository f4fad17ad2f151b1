import { createHash } from 'node:crypto';
import { PbfReader, PbfWriter } from 'pbf';

/** A record that a producer library packed with others into one of the stream. */
export interface UserRecord { readonly partitionKey: string; readonly data: Uint8Array }

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const digestBytes = 16;
/** Most records in an aggregate: a megabyte of empty ones would need a hundred times its size. */
const mostRecords = 20_000;

/** Whether a record begins as an aggregate does. */
export const isAggregated = (bytes: Uint8Array): boolean => bytes.length > magic.length + digestBytes && magic.every((byte, index) => bytes[index] === byte);

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

interface RawUserRecord { keyIndex: number; data: Uint8Array | undefined }

const readRecord = (reader: PbfReader): RawUserRecord => reader.readMessage((tag, record: RawUserRecord) => {
  if (tag === 1) record.keyIndex = reader.readVarint();
  else if (tag === 3) record.data = reader.readBytes();
}, { keyIndex: -1, data: undefined });

/**
 * The records within an aggregate, in their order; `undefined` when it is none: then the record is what it is.
 * Source: "KPL Aggregated Record Format" of the Kinesis Producer Library: magic, a protocol buffer, its MD5.
 */
export const deaggregate = (bytes: Uint8Array): readonly UserRecord[] | undefined => {
  const message = bytes.subarray(magic.length, bytes.length - digestBytes);
  if (!md5(message).equals(bytes.subarray(bytes.length - digestBytes))) return undefined;
  const keys: string[] = [];
  const records: RawUserRecord[] = [];
  try {
    const reader = new PbfReader(message);
    reader.readFields((tag) => {
      if (tag === 1) keys.push(reader.readString());
      else if (tag === 3) records.push(readRecord(reader));
      if (records.length > mostRecords) throw new Error('too many records');
    }, undefined);
  } catch {
    return undefined;
  }
  const found: UserRecord[] = [];
  for (const { keyIndex, data } of records) {
    const partitionKey = keys[keyIndex];
    if (partitionKey === undefined || data === undefined) return undefined;
    found.push({ partitionKey, data });
  }
  return found.length > 0 ? found : undefined;
};

/** Packs records into one, as the producer library does. */
export const aggregate = (records: readonly UserRecord[]): Uint8Array => {
  const keys = [...new Set(records.map(({ partitionKey }) => partitionKey))];
  const places = new Map(keys.map((key, index) => [key, index]));
  const writer = new PbfWriter();
  for (const key of keys) writer.writeStringField(1, key);
  for (const { partitionKey, data } of records) writer.writeMessage(3, (_value: undefined, inner: PbfWriter) => {
    inner.writeVarintField(1, places.get(partitionKey) ?? 0);
    inner.writeBytesField(3, data);
  }, undefined);
  const message = writer.finish();
  return Buffer.concat([magic, message, md5(message)]);
};
