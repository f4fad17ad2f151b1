import { hash } from 'node:crypto';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { metadataFault, metadataKey, modelFileKey } from '../../../core/model/artefact';
import type { ObjectReader } from '../object-reader';

/** A model file, opened: rows of inputs in, a prediction for each row out. */
export interface Session {
  /** @param inputs row after row, `width` numbers each; NaN where an input is absent */
  readonly predict: (inputs: Float32Array, width: number) => Promise<Float32Array>;
}

/** A version of a model, ready to predict. */
export interface LoadedVersion extends Session { readonly modelVersion: string }

export interface ModelFileEffects {
  readonly files: ObjectReader;
  /** @throws Refused when the file is not one for the model */
  readonly open: (file: Uint8Array, model: ModelDefinition) => Promise<Session>;
}

/** Why a version may not answer: a retry does not mend it, and whoever promotes models is told. */
export class Refused extends Error {}

/** Reads an object as JSON. @throws Refused when it is none */
export const jsonOf = (bytes: Uint8Array, key: string): unknown => {
  try { return JSON.parse(Buffer.from(bytes).toString('utf8')); } catch (error) { throw new Refused(`${key} is no JSON`, { cause: error }); }
};

/**
 * Loads a version. It is taken only whole: its metadata fits the model's definition, and its file has the checksum of the
 * metadata.
 *
 * @throws Refused when it may not answer; Error when it could not be read
 */
export const loadVersion = async (model: ModelDefinition, modelVersion: string, { files, open }: ModelFileEffects): Promise<LoadedVersion> => {
  const [keyOfMetadata, keyOfFile] = [metadataKey(model, modelVersion), modelFileKey(model, modelVersion)];
  const [metadataBytes, file] = await Promise.all([files.read(keyOfMetadata), files.read(keyOfFile)]);
  if (!metadataBytes || !file) throw new Refused(`${metadataBytes ? keyOfFile : keyOfMetadata} is not there; promote a version that is: headrace model ls ${model.name}`);
  const metadata = jsonOf(metadataBytes, keyOfMetadata);
  const fault = metadataFault(metadata, model, modelVersion);
  if (fault !== undefined) throw new Refused(fault);
  const checksum = hash('sha256', file, 'hex');
  if ((metadata as { readonly checksum: string }).checksum !== checksum)
    throw new Refused(`${keyOfFile} has the checksum ${checksum}, its metadata says ${(metadata as { readonly checksum: string }).checksum}; the file was changed or broken: train another`);
  try {
    const { predict } = await open(file, model);
    return { modelVersion, predict };
  } catch (error) {
    throw new Refused(`${keyOfFile} could not be opened${error instanceof Refused ? `: ${error.message}` : ''}; train and promote another: headrace model train ${model.name}`, { cause: error });
  }
};
