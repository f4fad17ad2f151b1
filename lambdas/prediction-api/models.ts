import type { EntityDefinition, ModelDefinition } from '../../core/manifest/manifest';
import { metadataKey } from '../../core/model/artefact';
import type { ModelDescription, ModelSummary } from '../../core/model/description';
import { modelDescription, modelSummary, versionDescription, versionsInRoles } from '../../core/model/description';
import type { Result } from '../../core/model/problem';
import { failed } from '../../core/model/problem';
import { jsonOf } from '../../lib/runtime/model/model-file';
import { readServingRecord } from '../../lib/runtime/model/serving-record';
import type { ObjectReader } from '../../lib/runtime/object-reader';

/** What reading the models bucket needs, and who is told when it cannot be read. */
export interface ModelsEffects {
  readonly files: ObjectReader;
  readonly complain: (message: string, error: unknown) => void;
}

const orUnavailable = async <Value>({ complain }: ModelsEffects, read: () => Promise<Value>): Promise<Result<Value>> => {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    complain('the models bucket could not be read', error);
    return failed('models_unavailable', 'The models bucket could not be read, or what it says of a model is broken; try again in a moment.');
  }
};

/** Every model that is defined, with the versions that serve it as the bucket has it now. */
export const listModels = (models: Readonly<Record<string, ModelDefinition>>, effects: ModelsEffects): Promise<Result<{ readonly models: readonly ModelSummary[] }>> =>
  orUnavailable(effects, async () => ({ models: await Promise.all(Object.values(models).map(async (model) => modelSummary(model, (await readServingRecord(model, effects.files))?.record))) }));

/** One model, with what is known of each version that serves it. */
export const describeModel = (model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>, effects: ModelsEffects): Promise<Result<ModelDescription>> =>
  orUnavailable(effects, async () => {
    const record = (await readServingRecord(model, effects.files))?.record;
    const versions = await Promise.all(versionsInRoles(record).map(async (version) => {
      const key = metadataKey(model, version.modelVersion);
      const metadata = await effects.files.read(key);
      return versionDescription(version, metadata && jsonOf(metadata, key));
    }));
    return modelDescription(model, entities, record, versions);
  });
