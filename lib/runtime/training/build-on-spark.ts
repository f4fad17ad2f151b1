import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sparkWorkPrefix } from '../../../core/lake/spark-work';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { TrainingProfile } from '../../../core/training/profile';
import type { TrainingSet, TrainingSetMetadata, TrainingSetOptions } from './build';
import type { TrainingPlace } from './place';
import { planOnSpark } from './spark-plan';
import { removeSparkRows, takeSparkRows } from './spark-rows';
import { runOnSpark } from './spark-run';

/**
 * Builds a model's training set on Spark: the Glue job works out the rows where raw is, and what is done here is to put them
 * into their order and one file. The rows are those that DuckDB gives, and so are the file's bytes and the set's hash.
 *
 * @param job name of the Glue job
 */
export const buildTrainingSetOnSpark = async (place: TrainingPlace, job: string, model: ModelDefinition, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined, options: TrainingSetOptions = {}): Promise<TrainingSet> => {
  const { region, featuresBucket: bucket } = place;
  const { sample, comparesAll } = options;
  const wanted = { from, to, ...(sample === undefined ? {} : { sample }), ...(comparesAll === undefined ? {} : { comparesAll }) };
  onProgress(0, 'listing raw');
  const { identity, rawHash, rawObjects, request } = await planOnSpark(place, model, wanted);
  const directory = join(place.directory, 'training-sets', identity.slice(0, 16));
  const [file, profileFile, metadataFile] = ['examples.parquet', 'profile.json', 'metadata.json'].map((each) => join(directory, each)) as [string, string, string];
  if (existsSync(metadataFile)) return { file, metadata: JSON.parse(readFileSync(metadataFile, 'utf8')) as TrainingSetMetadata, profile: JSON.parse(readFileSync(profileFile, 'utf8')) as TrainingProfile };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const prefix = `${sparkWorkPrefix}${model.name}-v${model.version}-${identity.slice(0, 12)}.${randomUUID().slice(0, 8)}/`;
  onProgress(0.1, 'working out rows on Spark');
  await runOnSpark({ region, job, bucket, prefix }, request(`s3://${bucket}/${prefix}`));
  const set = await takeSparkRows(place, model, { ...wanted, rawHash, rawObjects, prefix }, directory, (share, step) => { onProgress(0.7 + share * 0.3, step); }, options);
  await removeSparkRows(place, prefix);
  writeFileSync(profileFile, `${JSON.stringify(set.profile, null, 1)}\n`);
  writeFileSync(metadataFile, `${JSON.stringify(set.metadata, null, 1)}\n`);
  return set;
};
