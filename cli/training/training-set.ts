import { copyFileSync } from 'node:fs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { hasSpark } from '../../core/environment/spark';
import type { Manifest, ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { TrainingSet, TrainingSetOptions } from '../../lib/runtime/training/build';
import { buildTrainingSet as build } from '../../lib/runtime/training/build';
import { buildTrainingSetOnSpark } from '../../lib/runtime/training/build-on-spark';
import type { OwnExamples, OwnTrainingSet } from '../../lib/runtime/training/build-given';
import { buildOwnTrainingSet as buildOwn } from '../../lib/runtime/training/build-given';
import type { DatabaseLimits } from '../../lib/runtime/duckdb';
import type { RowsOptions } from '../../lib/runtime/training/rows';
import { commitTrainingSet } from '../../lib/runtime/training/commit';
import type { TrainingPlace } from '../../lib/runtime/training/place';
import { trainingPlace } from '../../lib/runtime/training/place';
import { TrainingRefused } from '../../lib/runtime/training/refused';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { rawPlace } from '../raw-place';

/** The newest version of a model of that name, or the one that `name@vN` says. */
export const modelNamed = ({ models }: Manifest, name: string): ModelDefinition => {
  const found = Object.values(models).filter((model) => model.name === name || versionedName(model) === name).sort((left, right) => right.version - left.version)[0];
  if (!found) throw new CommandError(`There is no model '${name}'; the manifest has ${Object.keys(models).join(', ') || 'none'}.`, { exitCode: 2 });
  return found;
};

/** Does work on a training set or on rows; what is refused becomes an error of the command line. */
export const orRefused = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TrainingRefused)) throw error;
    throw new CommandError(error.message, { ...(error.next === undefined ? {} : { next: error.next }), exitCode: error.isWrongUse ? 2 : 1, cause: error });
  }
};

/** Takes a set that was built into the Iceberg table of its model's version, where it is not there yet. */
const kept = async <Set extends TrainingSet>({ environment, names }: Context, model: ModelDefinition, set: Set): Promise<Set> => {
  // A large set takes its function minutes.
  const client = new LambdaClient({ region: environment.region, requestHandler: { requestTimeout: 900_000 }, maxAttempts: 1 });
  await commitTrainingSet(client, names.function('training-set-writer'), model, set.metadata.trainingSetHash);
  return set;
};

/** Where this machine makes an environment's training sets. */
export const trainingPlaceOf = (context: Context): TrainingPlace =>
  trainingPlace({ ...rawPlace(context), environment: context.environment.name, featuresBucket: context.names.bucket('features'), batchTable: context.names.batchTable });

/**
 * Builds a model's training set on this machine, see lib/runtime/training/build.ts.
 *
 * @param from inclusive, epoch milliseconds
 * @param to exclusive
 * @throws CommandError when it cannot be made of what is there
 */
export const buildTrainingSet = async (context: Context, name: string, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined, options: TrainingSetOptions = {}): Promise<TrainingSet> => {
  const model = modelNamed(context.manifest, name);
  return await kept(context, model, await orRefused(() => build(trainingPlaceOf(context), model, from, to, onProgress, { rowsAtOnce: context.environment.trainingSetRowsAtOnce, ...options })));
};

/** The same, its rows worked out by the environment's Spark job. */
const buildOnSpark = async (context: Context, name: string, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined, options: TrainingSetOptions = {}): Promise<TrainingSet> => {
  const { environment, manifest, names } = context;
  const model = modelNamed(manifest, name);
  if (!hasSpark({ environment, manifest })) throw new CommandError(`The environment ${environment.name} has no Spark.`, { next: "give it `spark: { workers: 2 }` in environments.ts and deploy it; on the local cloud bring Spark by npx headrace local spark" });
  return await kept(context, model, await orRefused(() => buildTrainingSetOnSpark(trainingPlaceOf(context), names.function('lake-spark'), model, from, to, onProgress, options)));
};

/** How sets are built by an engine: that of the model's definition, unless somebody asks for another. */
export const buildByEngine = (engine: 'duckdb' | 'spark' = 'duckdb'): typeof buildTrainingSet => (engine === 'spark' ? buildOnSpark : buildTrainingSet);

/** Builds a training set of a person's own rows on this machine, see lib/runtime/training/build-given.ts. */
export const buildOwnTrainingSet = async (context: Context, name: string, examples: OwnExamples, onProgress: (share: number, step: string) => void = () => undefined, options: RowsOptions & DatabaseLimits = {}): Promise<OwnTrainingSet> => {
  const model = modelNamed(context.manifest, name);
  return await kept(context, model, await orRefused(() => buildOwn(trainingPlaceOf(context), model, examples, onProgress, { rowsAtOnce: context.environment.trainingSetRowsAtOnce, ...options })));
};

/** Copies a training set's file to where a person wants it. */
export const copyTrainingSet = (set: TrainingSet, target: string): void => { copyFileSync(set.file, target); };
