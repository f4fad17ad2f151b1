import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { ReadRecord } from '../../../core/model/roles';
import { parseServingRecord, servingRecordKey } from '../../../core/model/roles';
import type { ModelFileEffects } from './model-file';
import { Refused, jsonOf } from './model-file';

/**
 * The record of a model, from the models bucket; `undefined` while no version was promoted.
 *
 * @throws Refused when it names no champion; Error when it could not be read
 */
export const readServingRecord = async (model: ModelDefinition, files: ModelFileEffects['files']): Promise<ReadRecord | undefined> => {
  const key = servingRecordKey(model);
  const bytes = await files.read(key);
  if (!bytes) return undefined;
  const read = parseServingRecord(jsonOf(bytes, key));
  if (!read) throw new Refused(`${key} names no model version; promote one: npx headrace model promote ${model.name}`);
  return read;
};
