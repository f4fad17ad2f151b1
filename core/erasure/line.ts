import type { FieldNodes } from '../definition/node';
import { versionedName, type Manifest } from '../manifest/manifest';
import { originalOf } from '../quarantine/original';
import { bearingOfData, bearingOfEvent, recognitionOf, strongest, type Bearing, type Recognition, type Subject } from './subject';

/** What a line of an object is to a subject. */
export type LineBearing = (line: string) => Bearing;

interface Members { readonly event?: unknown; readonly row?: unknown; readonly lineage?: unknown; readonly original?: unknown; readonly found?: unknown }

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

/** What bytes are to a subject of which nobody knows what they say. */
export const bearingOfBytes = ({ standsInBytes, fields }: Recognition, bytes: Uint8Array): Bearing => {
  if (!standsInBytes(bytes)) return 'other';
  return fields === undefined ? 'subject' : 'mention';
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
export const bearingOfRecord = (given: Subject, bytes: Uint8Array, partitionKey: string): Bearing => {
  const subject = recognitionOf(given);
  return strongest(bearingOfOriginal(subject, bytes), bearingOfData(subject, [partitionKey], undefined));
};

/**
 * Judges lines of quarantine by the record as it came.
 *
 * @param unframed what a record's frame holds, inflated; a record without a frame is given as it is
 */
export const quarantineLineBearing = (given: Subject, unframed: (bytes: Uint8Array) => Uint8Array): LineBearing => (line) => {
  const [subject, members] = [recognitionOf(given), membersOf(line)];
  if (members === undefined) return bearingOfBytes(subject, Buffer.from(line));
  const { original, found, lineage } = members;
  const record = bearingOfOriginal(subject, unframed(Buffer.from(typeof original === 'string' ? original : '', 'base64')));
  // Its partition key is all that is known of a record that nobody could read.
  const key = typeof lineage === 'object' && lineage !== null && 'partition_key' in lineage ? bearingOfData(subject, [lineage.partition_key], undefined) : 'other';
  return strongest(record, key, bearingOfData(subject, [found], undefined), bearingOfLineage(subject, lineage));
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
