import type { ModelDefinition } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import type { ModelZone } from '../../lib/runtime/model/registry';
import { keepVersion as keep } from '../../lib/runtime/model/registry';
import { CommandError } from '../command-error';
import type { Context } from '../context';

/** The models zone of an environment. */
export const modelZoneOf = ({ environment, names }: Context): ModelZone => ({ region: environment.region, bucket: names.bucket('models') });

/** Keeps a version, see lib/runtime/model/registry.ts. @throws CommandError when another file is in its place */
export const keepVersion = async (context: Context, model: ModelDefinition, content: Buffer, metadata: ModelMetadata): Promise<ModelMetadata> => {
  const kept = await keep(modelZoneOf(context), model, content, metadata);
  if (!kept.ok) throw new CommandError(`${kept.problem}.`, { next: kept.next });
  return kept.metadata;
};
