import type { Judgement } from '../contract/judge';
import type { ReceivedRecord } from '../event/record';
import { originalOf } from '../quarantine/original';
import { bearingBeside } from './beside';
import { bearingOfData, bearingOfEvent, type Recognition } from './subject';
import { recognitionByTombstone, type Tombstone } from './tombstone';

/** Tombstones are read once, and met in every record. */
const recognitions = new WeakMap<Tombstone, Recognition>();

const recognition = (tombstone: Tombstone): Recognition => {
  const known = recognitions.get(tombstone) ?? recognitionByTombstone(tombstone);
  recognitions.set(tombstone, known);
  return known;
};

/** What a record that nobody could read, or that breaks its contract, says. */
const isOfRejected = (subject: Recognition, record: ReceivedRecord): boolean => {
  if (bearingBeside(subject, record) === 'subject') return true;
  const { data, opened } = record;
  if (opened !== undefined && 'value' in opened) return bearingOfData(subject, opened.value, undefined) === 'subject';
  const bytes = opened !== undefined && 'json' in opened ? opened.json : typeof data === 'string' ? Buffer.from(data) : data;
  const { json } = originalOf(bytes);
  if (json === undefined) return subject.fields === undefined && subject.standsInBytes(bytes);
  return bearingOfData(subject, json.value, undefined) === 'subject';
};

/**
 * Whether a record is of a subject that was erased after it had arrived: then it is passed over by whoever meets it. No
 * record that arrives after the erasures is looked into.
 */
export const isErased = (record: ReceivedRecord, judgement: Judgement, tombstones: readonly Tombstone[]): boolean => tombstones.some((tombstone) => {
  if (record.arrival > tombstone.erasedAt) return false;
  const subject = recognition(tombstone);
  return judgement.accepted ? bearingOfEvent(subject, judgement.event, judgement.contract.definition.fields) === 'subject' : isOfRejected(subject, record);
});
