import { rmSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import manifest from '@generated/manifest';
import { trainingSetTable } from '../../core/lake/feature-table';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { emptySet, untrainable } from '../../core/model/trainable';
import { orderFault, type TrainingOrder } from '../../core/model/training-request';
import { logger } from '../../lib/runtime/logging';
import { buildTrainingSet, trainingSetKey, type TrainingSet } from '../../lib/runtime/training/build';
import { trainingPlace, type TrainingPlace } from '../../lib/runtime/training/place';
import { progressKey, progressTeller } from '../../lib/runtime/training/progress';
import { TrainingRefused } from '../../lib/runtime/training/refused';
import { readVariables } from '../../lib/runtime/variables';
import { workingDirectory } from '../../lib/runtime/working-directory';
import { askSpark, hearSpark, type AskedSpark } from './on-spark';
import type { BuiltSet } from './outcome';

const variables = readVariables('AWS_REGION', 'HEADRACE_ENVIRONMENT', 'RAW_BUCKET', 'FEATURES_BUCKET', 'BATCH_TABLE', 'ROWS_AT_ONCE');
const { AWS_REGION, HEADRACE_ENVIRONMENT, RAW_BUCKET, FEATURES_BUCKET, BATCH_TABLE } = variables;
const rowsAtOnce = Number(variables.ROWS_AT_ONCE);
const features = new S3Client({});

/** What the state machine gives: the order, and of a model of Spark which step it is, and what the step before has answered. */
interface BuilderInput extends TrainingOrder {
  readonly step: 'build' | 'ask Spark' | 'hear Spark';
  /** Name of the execution: nothing else works where it does. */
  readonly execution: string;
  readonly asked?: AskedSpark;
}

/** What the state machine is told of a set that was built. */
const told = (model: ModelDefinition, { metadata }: Pick<TrainingSet, 'metadata'>): BuiltSet => {
  const { trainingSetHash, rows, rawHash, rawObjects } = metadata;
  const refusal = emptySet(model, metadata);
  if (refusal !== undefined) return { outcome: 'refused', refusal };
  logger.info('a training set was built', { model: model.name, trainingSetHash, rows });
  const key = trainingSetKey(model, trainingSetHash);
  return { outcome: 'done', key, uri: `s3://${FEATURES_BUCKET}/${key}`, trainingSetHash, rows, rawHash, rawObjects, committed: { model: model.name, version: model.version, table: trainingSetTable(model) } };
};

const work = async (place: TrainingPlace, model: ModelDefinition, { step, execution, asked, ...order }: BuilderInput): Promise<BuiltSet | AskedSpark> => {
  const { learn, judge, sample } = order;
  const wanted = { from: Date.parse(learn.from), to: Math.max(Date.parse(learn.to), Date.parse(judge.to)), ...(sample === null ? {} : { sample }) };
  if (step === 'ask Spark') return askSpark(place, model, wanted, execution);
  if (step === 'hear Spark' && asked?.outcome === 'done') return hearSpark(place, model, wanted, asked, (set) => told(model, set));
  const teller = progressTeller(execution, (Body) => features.send(new PutObjectCommand({ Bucket: FEATURES_BUCKET, Key: progressKey(model), Body, ContentType: 'application/json' })));
  try {
    return told(model, await buildTrainingSet(place, model, wanted.from, wanted.to, teller.tell, { rowsAtOnce, ...(sample === null ? {} : { sample }) }));
  } finally {
    await teller.settled();
  }
};

/** A task of the state machine `train-model`: builds the rows to learn from and to judge on, or has Spark build them. Gives a reference to them. */
export const handler = async (input: BuilderInput): Promise<BuiltSet | AskedSpark> => {
  const model = manifest.models[input.model];
  if (model === undefined) return { outcome: 'refused', refusal: `model ${input.model} is not one of ${Object.keys(manifest.models).join(', ')} that this release was deployed with; deploy again.` };
  const fault = untrainable(model) ?? orderFault(input);
  if (fault !== undefined) return { outcome: 'refused', refusal: fault };
  const directory = workingDirectory('training-set');
  try {
    return await work(trainingPlace({ manifest, environment: HEADRACE_ENVIRONMENT, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, featuresBucket: FEATURES_BUCKET, batchTable: BATCH_TABLE }), model, input);
  } catch (error) {
    if (error instanceof TrainingRefused) return { outcome: 'refused', refusal: `${error.message}${error.next === undefined ? '' : ` Next: ${error.next}`}` };
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
