import { hash } from 'node:crypto';
import type { Value } from '../expression/evaluate';
import type { ModelDefinition } from '../manifest/manifest';
import type { PredictionInstance } from './request';

const sorted = (values: Readonly<Record<string, Value>>): readonly (readonly [string, Value])[] => Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1));

/** Bytes of the hash that become the number: as many as a double holds exactly. */
const bytes = 6;

/**
 * Where an instance stands between 0 and 1: by its model and its entities' keys alone, so that an entity is answered by the
 * same version wherever and whenever it is asked for, and a challenger with more weight keeps those that it has. A model
 * without entities is split by its request.
 *
 * @returns at least 0, under 1; a challenger of weight w has those under w
 */
export const placeOf = (model: Pick<ModelDefinition, 'name' | 'version'>, { entities, request }: PredictionInstance): number => {
  const slots = Object.entries(entities).sort(([left], [right]) => (left < right ? -1 : 1)).map(([slot, key]) => [slot, sorted(key)]);
  const text = JSON.stringify([model.name, model.version, slots.length > 0 ? slots : sorted(request)]);
  return hash('sha256', text, 'buffer').readUIntBE(0, bytes) / 2 ** (8 * bytes);
};
