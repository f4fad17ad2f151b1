import { isoText } from '../event/time';
import { canonicalJson, sha256 } from '../manifest/hash';
import type { ModelDefinition, VersionedName } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { Sample } from '../training/sample';
import type { SliceCut } from './evaluation';

/** Ranges of moments, epoch milliseconds: from inclusive, to exclusive. */
export interface TrainingRanges { readonly from: number; readonly to: number; readonly evaluateFrom: number; readonly evaluateTo: number }

/** Moments, ISO 8601: from inclusive, to exclusive. */
export interface MomentRange { readonly from: string; readonly to: string }

/** What the state machine `train-model` is started with. */
export interface TrainingOrder {
  /** Names the training: the same model, ranges, definitions and trainer are the same. */
  readonly training: string;
  readonly model: VersionedName;
  readonly learn: MomentRange;
  readonly judge: MomentRange;
  /** The part of the rows that is taken; null: all. */
  readonly sample: Sample | null;
  /** 1 for the first. */
  readonly attempt: number;
}

/** The file that trains a model, and the SHA-256 (hex) of its content. */
export interface TrainerFile { readonly file: string; readonly contentHash: string }

/** The file that trains a model: its own, or Headrace's. */
export const trainerOf = ({ training }: Pick<ModelDefinition, 'training'>, platform: string): TrainerFile => training?.trainer ?? { file: 'glue-jobs/train.py', contentHash: platform };

/** Of an execution's name, 80 characters at most, this much is the model's. */
const nameCharacters = 50;

/** The first attempt at a training. */
export const trainingOrder = (model: ModelDefinition, { from, to, evaluateFrom, evaluateTo }: TrainingRanges, manifestHash: string, sample?: Sample): TrainingOrder => {
  const [learn, judge] = [{ from: isoText(from), to: isoText(to) }, { from: isoText(evaluateFrom), to: isoText(evaluateTo) }];
  const id = sha256(canonicalJson({ model: versionedName(model), manifest: manifestHash, learn, judge, ...(sample === undefined ? {} : { sample }) })).slice(0, 12);
  return { training: `${model.name.slice(0, nameCharacters)}-v${model.version}-${id}`, model: versionedName(model), learn, judge, sample: sample ?? null, attempt: 1 };
};

/** Name of an execution of the pipeline. A name cannot be used again for 90 days, failed or not: so each attempt has its own. */
export const trainingExecutionName = ({ training, attempt }: Pick<TrainingOrder, 'training' | 'attempt'>): string => `${training}.${attempt}`;

/** What is written in an order may be anything. */
const isSample = (sample: unknown): sample is Sample => {
  if (typeof sample === 'number') return sample > 0 && sample <= 1;
  if (typeof sample !== 'object' || sample === null || Object.keys(sample).length !== 2) return false;
  return 'true' in sample && 'false' in sample && [sample.true, sample.false].every((part) => typeof part === 'number' && part > 0 && part <= 1);
};

const isMoment = (text: string): boolean => Number.isFinite(Date.parse(text)) && isoText(Date.parse(text)) === text;

/**
 * Why an order is not carried out; `undefined` when it is. Whoever may start the state machine can write one, and not only
 * the command line: a version is judged on moments after those that it learned from, and what it is called is part of keys.
 */
export const orderFault = ({ training, attempt, learn, judge, sample }: Pick<TrainingOrder, 'training' | 'attempt' | 'learn' | 'judge' | 'sample'>): string | undefined => {
  if (!/^[\w-]{1,75}$/u.test(training) || !Number.isInteger(attempt) || attempt < 1)
    return `The training ${JSON.stringify(training)}, attempt ${JSON.stringify(attempt)}, has no name that can be kept: 1 to 75 letters, digits, _ and -, and a number from 1. Start it by npx headrace model train.`;
  const moments = [learn.from, learn.to, judge.from, judge.to];
  const wrong = moments.find((each) => !isMoment(each));
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is no moment in UTC such as 2001-05-01T00:00:00.000Z. Start the training by npx headrace model train.`;
  const isInOrder = learn.from < learn.to && learn.to <= judge.from && judge.from < judge.to;
  if (isInOrder) return sample === null || isSample(sample) ? undefined : `A training of the part ${JSON.stringify(sample)} of its rows is none; a part is a number over 0 and at most 1, or one for each label. Start it by npx headrace model train.`;
  return `A model is judged on moments after those it learned from; learning from ${learn.from} to ${learn.to} and judging from ${judge.from} to ${judge.to} is not that.`;
};

/** A model file to compare with: its place, and the SHA-256 that it must have to be loaded. */
interface ChampionFile { readonly modelVersion: string; readonly uri: string; readonly checksum: string }

/** What the jobs `train-model` and `evaluate-model` are asked for, a document in the models bucket. */
export interface TrainingRequest {
  readonly model: VersionedName;
  readonly modelVersion: string;
  /** Names of the inputs, in their order. */
  readonly inputs: readonly string[];
  /** URI of the training set's rows. */
  readonly examples: string;
  readonly trainingSetHash: string;
  readonly learn: MomentRange;
  readonly judge: MomentRange;
  readonly trainer: TrainerFile;
  readonly slices: readonly SliceCut[];
  readonly champion: ChampionFile | null;
  /** URI below which the trainer's model.onnx and metrics.json are put. */
  readonly out: string;
  /** URI of the report. */
  readonly report: string;
}

/**
 * Id of the version that a training makes: the same rows, inputs, ranges and trainer are the same version.
 *
 * @param trainer SHA-256 (hex) of the trainer's file
 */
export const modelVersionOf = (model: ModelDefinition, trainingSetHash: string, { learn, judge }: Pick<TrainingOrder, 'learn' | 'judge'>, trainer: string): string =>
  sha256(canonicalJson({ trainingSet: trainingSetHash, inputs: model.inputsHash, learn, judge, trainer })).slice(0, 12);

type Versioned = Pick<ModelDefinition, 'name' | 'version'>;

/** Below where a training keeps what it works with, in the models bucket: it goes after a month. */
export const workPrefix = (execution: string): string => `training/${execution}`;

/** Below where the reports of a model's versions are, of those that were refused too. */
export const evaluationsPrefix = ({ name, version }: Versioned): string => `evaluations/${name}/v${version}/`;

/** Below where a version's report and verdicts of one execution are. */
export const evaluationPrefix = (model: Versioned, modelVersion: string, execution: string): string => `${evaluationsPrefix(model)}${modelVersion}/${execution}/`;
