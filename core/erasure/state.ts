import type { EpochMillis } from '../event/time';
import { entityKeyOf, entityKeyParts } from '../feature/entity-key';
import type { EntityDefinition } from '../manifest/manifest';
import { bearingOfData, recognitionOf, type Bearing, type Recognition, type Subject } from './subject';
import { recognitionByTombstone, type Tombstone } from './tombstone';

type Entities = Readonly<Record<string, EntityDefinition>>;

/** What the key of an entity is to a subject, by its text, `user|u-17`. */
const bearingOfKey = (subject: Recognition, entity: string, entities: Entities): Bearing => {
  const definition = entities[entity.slice(0, Math.max(0, entity.indexOf('|')))];
  const key = definition === undefined ? undefined : entityKeyOf(definition, entity);
  return key === undefined || definition === undefined ? bearingOfData(subject, entityKeyParts(entity).slice(1), undefined) : bearingOfData(subject, key, definition.key);
};

/**
 * What a state item is to a subject: by the key of its entity, and as a mention where its packed state holds a text that is kept as it came.
 *
 * @param entity text of the entity's key, `user|u-17`
 * @param entities of the definitions; of one that they have no more, everything in the key may be personal
 */
export const bearingOfItem = (given: Subject, entity: string, state: Uint8Array, entities: Entities): Bearing => {
  const subject = recognitionOf(given);
  const found = bearingOfKey(subject, entity, entities);
  if (found !== 'other') return found;
  return subject.standsInBytes(state) ? 'mention' : 'other';
};

/** Up to which arrival the records of an entity are erased, by its key: nobody folds them again. */
export const erasedUpTo = (entity: string, entities: Entities, tombstones: readonly Tombstone[]): EpochMillis => tombstones.reduce(
  (latest, tombstone) => (tombstone.erasedAt > latest && bearingOfKey(recognitionByTombstone(tombstone), entity, entities) === 'subject' ? tombstone.erasedAt : latest), Number.NEGATIVE_INFINITY);
