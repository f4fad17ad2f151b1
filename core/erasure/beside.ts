import type { ReceivedRecord, RecordHeader } from '../event/record';
import { originalOf } from '../quarantine/original';
import { bearingOfBytes, bearingOfData, strongest, type Bearing, type Recognition } from './subject';

/** What a record has beside its value. */
export type BesideValue = Pick<ReceivedRecord, 'partitionKey' | 'key' | 'headers'>;

/** A text that people may read: what is packed begins with bytes that are none, a frame's or a length. */
const isPlain = (text: string): boolean => !/[\p{Cc}--[\t\r\n]]/v.test(text);

/**
 * What a key or a header says: the members of JSON, a text, or bytes of which nobody knows what they say.
 *
 * @param name of a header: a member that no contract describes
 */
const bearingOfPart = (subject: Recognition, bytes: Uint8Array, name?: string): Bearing => {
  const { json, text } = originalOf(bytes);
  const member = (value: unknown): unknown => (name === undefined ? [value] : { [name]: value });
  if (json !== undefined && typeof json.value === 'object') return bearingOfData(subject, member(json.value), undefined);
  if (text !== undefined && isPlain(text)) return bearingOfData(subject, member(text), undefined);
  return strongest(bearingOfData(subject, [name ?? ''], undefined), bearingOfBytes(subject, bytes));
};

const bearingOfHeader = (subject: Recognition, { name, value }: RecordHeader): Bearing => bearingOfPart(subject, Buffer.from(value ?? []), name);

/** What a record is to a subject by its key and its headers. */
export const bearingBeside = (subject: Recognition, { partitionKey, key, headers = [] }: BesideValue): Bearing => strongest(
  bearingOfPart(subject, Buffer.from(partitionKey)),
  key === undefined ? 'other' : bearingOfPart(subject, key),
  ...headers.map((header) => bearingOfHeader(subject, header)),
);
