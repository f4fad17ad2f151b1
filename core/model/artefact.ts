import type { Scalar } from '../definition/node';
import type { ModelDefinition } from '../manifest/manifest';
import type { KeptVerdicts } from './kept-evaluation';

/** A model file's inputs in their order, and its output. */
export interface ModelSignature {
  readonly inputs: readonly { readonly name: string; readonly type: Scalar }[];
  readonly output: { readonly name: 'probability' | 'prediction'; readonly type: 'float' };
}

/** The training set that a version was made from: where it is kept, and which objects of raw it was made of. */
export interface TrainingSnapshot {
  /** Key of its rows in the features bucket. */
  readonly key: string;
  readonly rows: number;
  readonly rawHash: string;
  readonly rawObjects: number;
  /** Moments that it learned from and was judged on, ISO 8601: from inclusive, to exclusive. */
  readonly learned: { readonly from: string; readonly to: string };
  readonly judged: { readonly from: string; readonly to: string };
}

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
  /** What it takes and gives, with types; absent in versions of before. */
  readonly signature?: ModelSignature;
  /** The snapshot that it learned from; absent in versions of before. */
  readonly trainingSet?: TrainingSnapshot;
  /** SHA-256 (hex) of the trainer's code. */
  readonly codeHash?: string;
  /** ARN of who trained it. */
  readonly trainedBy?: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** What the gate said of it before it was registered; absent in versions that were kept without one. */
  readonly evaluation?: Pick<KeptVerdicts, 'report' | 'champion' | 'verdicts'>;
  /** SHA-256 (hex) of model.onnx. */
  readonly checksum: string;
  readonly createdAt: string;
}

type Versioned = Pick<ModelDefinition, 'name' | 'version'>;

/** Keys of a model's objects in the models bucket. */
export const metadataKey = (model: Versioned, modelVersion: string): string => `models/${model.name}/v${model.version}/${modelVersion}/metadata.json`;
export const modelFileKey = (model: Versioned, modelVersion: string): string => `models/${model.name}/v${model.version}/${modelVersion}/model.onnx`;

/** What a model file for a definition takes and gives. */
export const signatureOf = ({ inputs, predicts }: Pick<ModelDefinition, 'inputs' | 'predicts'>): ModelSignature => ({
  inputs: inputs.map(({ name, scalar }) => ({ name, type: scalar })),
  output: { name: predicts === 'probability' ? 'probability' : 'prediction', type: 'float' },
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** A version id becomes part of a key: it must not lead elsewhere. */
const versionId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/u;

/** Whether a value can be the id of a model version. */
export const isVersionId = (value: unknown): value is string => typeof value === 'string' && versionId.test(value);

/**
 * Why a file cannot answer for a model: its metadata is for another model or for other inputs.
 *
 * @param metadata metadata.json, parsed
 * @returns what is wrong and what to do; `undefined` when it fits
 */
export const metadataFault = (metadata: unknown, model: ModelDefinition, modelVersion: string): string | undefined => {
  const subject = `version ${modelVersion} of ${model.name}@v${model.version}`;
  const remedy = `train and promote another: npx headrace model train ${model.name}`;
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
