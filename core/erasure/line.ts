import type { FieldNodes } from '../definition/node';
import { versionedName, type Manifest } from '../manifest/manifest';
import type { QuarantineLine } from '../lake/line';
import { originalOf } from '../quarantine/original';
import { bearingBeside, type BesideValue } from './beside';
import { bearingOfBytes, bearingOfData, bearingOfEvent, recognitionOf, strongest, type Bearing, type Recognition, type Subject } from './subject';

/** What a line of an object is to a subject. */
export type LineBearing = (line: string) => Bearing;

interface Members { readonly event?: unknown; readonly row?: unknown; readonly lineage?: unknown; readonly original?: unknown; readonly found?: unknown; readonly key?: unknown; readonly headers?: unknown }

/** Members of a line; a line that is no JSON object has none, and is looked at as text. */
const membersOf = (line: string): Members | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Whether a line must be read at all: a line without a backslash holds its texts as they are. A whole number may be written as another text. */
const mayHold = ({ identifiers }: Subject): ((line: string) => boolean) => {
  if (identifiers.some((identifier) => /^-?\d+$/u.test(identifier))) return () => true;
  return (line) => line.includes('\\') || identifiers.some((identifier) => line.includes(identifier));
};

/** The partition key is the value of a field: by itself it makes no record the subject's. */
const bearingOfLineage = (subject: Recognition, lineage: unknown): Bearing => (bearingOfData(subject, lineage, undefined) === 'other' ? 'other' : 'mention');

/**
 * Judges lines of raw, by the fields of the contract that they keep.
 *
 * @param fields of the contract; undefined when the definitions have it no more: then whatever stands in it may be personal
 */
export const rawLineBearing = (given: Subject, fields: FieldNodes | undefined): LineBearing => {
  const [subject, mustRead] = [recognitionOf(given), mayHold(given)];
  return (line) => {
    if (!mustRead(line)) return 'other';
    const members = membersOf(line);
    if (members === undefined) return bearingOfBytes(subject, Buffer.from(line));
    const content = 'row' in members ? bearingOfData(subject, members.row, fields) : bearingOfEvent(subject, members.event, fields);
    return strongest(content, bearingOfLineage(subject, members.lineage));
  };
};

/** What a rejected record is to a subject: no contract has judged it. */
const bearingOfOriginal = (subject: Recognition, bytes: Uint8Array): Bearing => {
  const { json } = originalOf(bytes);
  return json === undefined ? bearingOfBytes(subject, bytes) : bearingOfData(subject, json.value, undefined);
};

/**
 * What a record of the stream is to a subject that no contract has judged.
 *
 * @param bytes what it says, without its frame
 */
export const bearingOfRecord = (given: Subject, bytes: Uint8Array, beside: BesideValue): Bearing => {
  const subject = recognitionOf(given);
  return strongest(bearingOfOriginal(subject, bytes), bearingBeside(subject, beside));
};

const bytesOf = (base64: unknown): Buffer => Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');

/** Headers of a line; those of a line that nobody of us wrote are looked at as far as they are such. */
const headersOf = (headers: unknown): NonNullable<BesideValue['headers']> =>
  (Array.isArray(headers) ? headers as Partial<NonNullable<QuarantineLine['headers']>[number]>[] : []).map((header) => ({ name: String(header.name), value: bytesOf(header.value) }));

/**
 * Judges lines of quarantine by the record as it came.
 *
 * @param unframed what a record's frame holds, inflated; a record without a frame is given as it is
 */
export const quarantineLineBearing = (given: Subject, unframed: (bytes: Uint8Array) => Uint8Array): LineBearing => (line) => {
  const [subject, members] = [recognitionOf(given), membersOf(line)];
  if (members === undefined) return bearingOfBytes(subject, Buffer.from(line));
  const { original, found, lineage, key, headers } = members;
  const record = bearingOfOriginal(subject, unframed(bytesOf(original)));
  // Of a record that nobody could read, all that is known stands beside its value.
  const partitionKey = typeof lineage === 'object' && lineage !== null && 'partition_key' in lineage ? String(lineage.partition_key) : '';
  const beside = bearingBeside(subject, { partitionKey, ...(key === undefined ? {} : { key: bytesOf(key) }), headers: headersOf(headers) });
  return strongest(record, beside, bearingOfData(subject, [found], undefined), bearingOfLineage(subject, lineage));
};

/** Judges lines of the ledger of replays: of an event that was put again they hold its identity. */
export const ledgerLineBearing = (given: Subject): LineBearing => {
  const subject = recognitionOf(given);
  return (line) => {
    const members = membersOf(line);
    return members === undefined ? bearingOfBytes(subject, Buffer.from(line)) : bearingOfData(subject, members, undefined);
  };
};

/** The fields of the contract that an object of raw keeps, by its key. */
export const fieldsOfRawKey = (key: string, { events, datasets }: Pick<Manifest, 'events' | 'datasets'>): FieldNodes | undefined => {
  const [, folder = '', version = ''] = key.split('/');
  const number = Number(/^v(\d+)$/u.exec(version)?.[1]);
  if (folder.startsWith('dataset=')) return datasets[versionedName({ name: folder.slice('dataset='.length), version: number })]?.fields;
  return events[versionedName({ name: folder, version: number })]?.fields;
};
