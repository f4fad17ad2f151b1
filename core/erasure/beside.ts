import { isUtf8 } from 'node:buffer';
import type { ReceivedRecord, RecordHeader } from '../event/record';
import { bearingOfBytes, bearingOfData, strongest, type Bearing, type Recognition } from './subject';

/** What a record has beside its value. */
export type BesideValue = Pick<ReceivedRecord, 'partitionKey' | 'key' | 'headers'>;

/** A header is a member that no contract describes, as far as it is text. */
const bearingOfHeader = (subject: Recognition, { name, value }: RecordHeader): Bearing => {
  const bytes = Buffer.from(value ?? []);
  return isUtf8(bytes) ? bearingOfData(subject, { [name]: bytes.toString('utf8') }, undefined) : strongest(bearingOfData(subject, [name], undefined), bearingOfBytes(subject, bytes));
};

/** What a record is to a subject by its key and its headers. */
export const bearingBeside = (subject: Recognition, { partitionKey, key, headers = [] }: BesideValue): Bearing => strongest(
  bearingOfData(subject, [partitionKey], undefined),
  key === undefined ? 'other' : bearingOfBytes(subject, key),
  ...headers.map((header) => bearingOfHeader(subject, header)),
);
