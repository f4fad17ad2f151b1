import { hash } from 'node:crypto';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { metadataFault, metadataKey, modelFileKey } from '../../../core/model/artefact';
import type { Promotion } from '../../../core/model/roles';
import type { ObjectReader } from '../object-reader';

/** A model file, opened: rows of inputs in, a prediction for each row out. */
export interface Session {
  /**
   * @param inputs row after row, `width` numbers each; NaN where an input is absent
   * @param limitMilliseconds how long there is left to wait for what predicts elsewhere; a model in this process has no limit
   */
  readonly predict: (inputs: Float32Array, width: number, limitMilliseconds?: number) => Promise<Float32Array>;
}

/** A version of a model, ready to predict; `endpoint` is what predicts for it, where this process does not. */
export interface LoadedVersion extends Session { readonly modelVersion: string; readonly endpoint?: string }

/** What a version is loaded by: the record's word on it. */
export type Served = Pick<Promotion, 'modelVersion' | 'endpoint'>;

export interface ModelFileEffects {
  readonly files: ObjectReader;
  /** @throws Refused when the file is not one for the model */
  readonly open: (file: Uint8Array, model: ModelDefinition) => Promise<Session>;
}

export interface ServedEffects extends ModelFileEffects {
  readonly openEndpoint: (endpoint: string, model: ModelDefinition) => Session;
}

/** Why a version may not answer: a retry does not mend it, and whoever promotes models is told. */
export class Refused extends Error {}

/** Why a version cannot answer now: a retry may find it well again. */
export class Unavailable extends Error {}

/** Reads an object as JSON. @throws Refused when it is none */
export const jsonOf = (bytes: Uint8Array, key: string): unknown => {
  try { return JSON.parse(Buffer.from(bytes).toString('utf8')); } catch (error) { throw new Refused(`${key} is no JSON`, { cause: error }); }
};

/** Metadata that fits the model's definition. @throws Refused when it is not there or does not */
const fittingMetadata = (bytes: Uint8Array | undefined, key: string, model: ModelDefinition, modelVersion: string): { readonly checksum: string } => {
  if (!bytes) throw new Refused(`${key} is not there; promote a version that is: npx headrace model ls ${model.name}`);
  const metadata = jsonOf(bytes, key);
  const fault = metadataFault(metadata, model, modelVersion);
  if (fault !== undefined) throw new Refused(fault);
  return metadata as { readonly checksum: string };
};

/**
 * Loads a version into this process. It is taken only whole: its metadata fits the model's definition, and its file has the
 * checksum of the metadata.
 *
 * @throws Refused when it may not answer; Error when it could not be read
 */
export const loadVersion = async (model: ModelDefinition, modelVersion: string, { files, open }: ModelFileEffects): Promise<LoadedVersion> => {
  const [keyOfMetadata, keyOfFile] = [metadataKey(model, modelVersion), modelFileKey(model, modelVersion)];
  const [metadataBytes, file] = await Promise.all([files.read(keyOfMetadata), files.read(keyOfFile)]);
  if (metadataBytes && !file) throw new Refused(`${keyOfFile} is not there; promote a version that is: npx headrace model ls ${model.name}`);
  const metadata = fittingMetadata(metadataBytes, keyOfMetadata, model, modelVersion);
  const content = file ?? new Uint8Array();
  const checksum = hash('sha256', content, 'hex');
  if (metadata.checksum !== checksum) throw new Refused(`${keyOfFile} has the checksum ${checksum}, its metadata says ${metadata.checksum}; the file was changed or broken: train another`);
  try {
    const { predict } = await open(content, model);
    return { modelVersion, predict };
  } catch (error) {
    throw new Refused(`${keyOfFile} could not be opened${error instanceof Refused ? `: ${error.message}` : ''}; train and promote another: npx headrace model train ${model.name}`, { cause: error });
  }
};

/**
 * Loads a version as the record has it served. Of one that an endpoint answers for, the metadata is checked here, and the
 * file was by the endpoint when it started.
 *
 * @throws Refused when it may not answer; Error when it could not be read
 */
export const loadServed = async (model: ModelDefinition, { modelVersion, endpoint }: Served, effects: ServedEffects): Promise<LoadedVersion> => {
  if (endpoint === undefined) return await loadVersion(model, modelVersion, effects);
  const key = metadataKey(model, modelVersion);
  fittingMetadata(await effects.files.read(key), key, model, modelVersion);
  const { predict } = effects.openEndpoint(endpoint, model);
  return { modelVersion, endpoint, predict };
};
