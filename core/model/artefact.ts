import type { ModelDefinition } from '../manifest/manifest';

/** What stands beside a model file: whose it is, what it takes and what it was made from. */
export interface ModelMetadata {
  readonly modelVersion: string;
  readonly model: string;
  readonly version: number;
  /** The definition's `inputsHash` for which the file was trained. */
  readonly inputsHash: string;
  readonly inputs: readonly string[];
  readonly trainingSetHash: string;
  readonly manifestHash: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 (hex) of model.onnx. */
  readonly checksum: string;
  readonly createdAt: string;
}

/** Which version of a model answers. */
export interface Champion { readonly modelVersion: string; readonly promotedAt: string }

type Versioned = Pick<ModelDefinition, 'name' | 'version'>;

/** Keys of a model's objects in the models bucket. */
export const championKey = (model: Versioned): string => `models/${model.name}/v${model.version}/champion.json`;
export const metadataKey = (model: Versioned, modelVersion: string): string => `models/${model.name}/v${model.version}/${modelVersion}/metadata.json`;
export const modelFileKey = (model: Versioned, modelVersion: string): string => `models/${model.name}/v${model.version}/${modelVersion}/model.onnx`;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** A version id becomes part of a key: it must not lead elsewhere. */
const versionId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/u;

/** Reads champion.json. @returns `undefined` when it is not one */
export const parseChampion = (json: unknown): Champion | undefined =>
  isObject(json) && typeof json['modelVersion'] === 'string' && versionId.test(json['modelVersion'])
    ? { modelVersion: json['modelVersion'], promotedAt: typeof json['promotedAt'] === 'string' ? json['promotedAt'] : '' } : undefined;

/**
 * Why a file cannot answer for a model: its metadata is for another model or for other inputs.
 *
 * @param metadata metadata.json, parsed
 * @returns what is wrong and what to do; `undefined` when it fits
 */
export const metadataFault = (metadata: unknown, model: ModelDefinition, modelVersion: string): string | undefined => {
  const subject = `version ${modelVersion} of ${model.name}@v${model.version}`;
  const remedy = `train and promote another: headrace model train ${model.name}`;
  if (!isObject(metadata)) return `the metadata of ${subject} is no object; ${remedy}`;
  if (metadata['modelVersion'] !== modelVersion || metadata['model'] !== model.name || metadata['version'] !== model.version)
    return `the metadata of ${subject} is that of version ${String(metadata['modelVersion'])} of ${String(metadata['model'])}@v${String(metadata['version'])}; ${remedy}`;
  if (metadata['inputsHash'] !== model.inputsHash)
    return `${subject} was trained for the inputs ${String(metadata['inputsHash']).slice(0, 12)}, the model's are ${model.inputsHash.slice(0, 12)}; ${remedy}`;
  const inputs: unknown = metadata['inputs'];
  if (!Array.isArray(inputs) || inputs.length !== model.inputs.length || model.inputs.some(({ name }, index) => inputs[index] !== name))
    return `${subject} was trained with other inputs, or in another order, than the model has (${model.inputs.map(({ name }) => name).join(', ')}); ${remedy}`;
  if (typeof metadata['checksum'] !== 'string') return `the metadata of ${subject} has no checksum; ${remedy}`;
  return undefined;
};
