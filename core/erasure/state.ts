import { entityKeyOf, entityKeyParts } from '../feature/entity-key';
import type { EntityDefinition } from '../manifest/manifest';
import { bearingOfData, recognitionOf, type Bearing, type Subject } from './subject';

/**
 * What a state item is to a subject: by the key of its entity, and as a mention where its packed state holds a text that is kept as it came.
 *
 * @param entity text of the entity's key, `user|u-17`
 * @param entities of the definitions; of one that they have no more, everything in the key may be personal
 */
export const bearingOfItem = (given: Subject, entity: string, state: Uint8Array, entities: Readonly<Record<string, EntityDefinition>>): Bearing => {
  const subject = recognitionOf(given);
  const definition = entities[entity.slice(0, Math.max(0, entity.indexOf('|')))];
  const key = definition === undefined ? undefined : entityKeyOf(definition, entity);
  const found = key === undefined || definition === undefined
    ? bearingOfData(subject, entityKeyParts(entity).slice(1), undefined)
    : bearingOfData(subject, key, definition.key);
  if (found !== 'other') return found;
  return subject.standsInBytes(state) ? 'mention' : 'other';
};
