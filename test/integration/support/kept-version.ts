import { modelZoneOf } from '../../../cli/training/model-zone';
import type { Context } from '../../../cli/context';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { signatureOf } from '../../../core/model/artefact';
import { keepVersion } from '../../../lib/runtime/model/registry';

/** Keeps a file as a version of a model, as a training does. @throws Error when another file is in its place */
export const keepFileAs = async (context: Context, model: ModelDefinition, modelVersion: string, content: Buffer, evaluation?: NonNullable<ModelMetadata['evaluation']>): Promise<void> => {
  const kept = await keepVersion(modelZoneOf(context), model, content, {
    modelVersion, model: model.name, version: model.version, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), signature: signatureOf(model),
    trainingSetHash: sha256(modelVersion), manifestHash: context.manifest.hash, metrics: {}, ...(evaluation === undefined ? {} : { evaluation }), checksum: sha256(content), createdAt: new Date().toISOString(),
  });
  if (!kept.ok) throw new Error(kept.problem);
};
