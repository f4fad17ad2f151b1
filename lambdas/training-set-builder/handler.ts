import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '@generated/manifest';
import { trainingSetTable } from '../../core/lake/feature-table';
import { emptySet, untrainable } from '../../core/model/trainable';
import { orderFault, type TrainingOrder } from '../../core/model/training-request';
import { logger } from '../../lib/runtime/logging';
import { buildTrainingSet, trainingSetKey } from '../../lib/runtime/training/build';
import { trainingPlace } from '../../lib/runtime/training/place';
import { TrainingRefused } from '../../lib/runtime/training/refused';
import type { TrainingSetReference } from '../../lib/runtime/training/steps';
import { readVariables } from '../../lib/runtime/variables';

const { AWS_REGION, HEADRACE_ENVIRONMENT, RAW_BUCKET, FEATURES_BUCKET, BATCH_TABLE } = readVariables('AWS_REGION', 'HEADRACE_ENVIRONMENT', 'RAW_BUCKET', 'FEATURES_BUCKET', 'BATCH_TABLE');

/** A training set and the table that is to take it, or why there is none: what a retry may mend is thrown. */
export type BuiltSet = ({ readonly outcome: 'done'; readonly committed: { readonly model: string; readonly version: number; readonly table: string } } & TrainingSetReference) | { readonly outcome: 'refused'; readonly refusal: string };

const working = 'training-set-';

/** A function that ran into its limit left its directory behind. */
const removeLeftovers = (): void => {
  for (const name of readdirSync(tmpdir())) if (name.startsWith(working)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
};

/** A task of the state machine `train-model`: builds the rows to learn from and to judge on. Gives a reference to them. */
export const handler = async (order: TrainingOrder): Promise<BuiltSet> => {
  const { model: name, learn, judge } = order;
  const model = manifest.models[name];
  if (model === undefined) return { outcome: 'refused', refusal: `model ${name} is not one of ${Object.keys(manifest.models).join(', ')} that this release was deployed with; deploy again.` };
  const fault = untrainable(model) ?? orderFault(order);
  if (fault !== undefined) return { outcome: 'refused', refusal: fault };
  removeLeftovers();
  const directory = mkdtempSync(join(tmpdir(), working));
  try {
    const place = trainingPlace({ manifest, environment: HEADRACE_ENVIRONMENT, directory, region: AWS_REGION, rawBucket: RAW_BUCKET, featuresBucket: FEATURES_BUCKET, batchTable: BATCH_TABLE });
    const { metadata } = await buildTrainingSet(place, model, Date.parse(learn.from), Math.max(Date.parse(learn.to), Date.parse(judge.to)));
    const { trainingSetHash, rows, rawHash, rawObjects } = metadata;
    const refusal = emptySet(model, metadata);
    if (refusal !== undefined) return { outcome: 'refused', refusal };
    logger.info('a training set was built', { model: name, trainingSetHash, rows });
    const key = trainingSetKey(model, trainingSetHash);
    return { outcome: 'done', key, uri: `s3://${FEATURES_BUCKET}/${key}`, trainingSetHash, rows, rawHash, rawObjects, committed: { model: model.name, version: model.version, table: trainingSetTable(model) } };
  } catch (error) {
    if (error instanceof TrainingRefused) return { outcome: 'refused', refusal: `${error.message}${error.next === undefined ? '' : ` Next: ${error.next}`}` };
    throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
