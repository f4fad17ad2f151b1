import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { dayText, isoText } from '../../../core/event/time';
import { trainingSetsPrefix, trainingSetTable } from '../../../core/lake/feature-table';
import { canonicalJson, sha256 } from '../../../core/manifest/hash';
import type { Manifest, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { GivenReason } from '../../../core/training/given-rows';
import type { TrainingProfile } from '../../../core/training/profile';
import type { Sample } from '../../../core/training/sample';
import { sampleProblem } from '../../../core/training/sample';
import type { DropReason } from '../../../core/training/training-set-plan';
import { candidatesStatement, droppedQuery, lookupsOf } from '../../../core/training/training-set-plan';
import { windowOf } from '../../../core/window/hop';
import type { DatabaseLimits } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import type { RowsOptions, RowsStatistics } from './rows';
import { makeRows } from './rows';
import { loadSources, trainingSources } from './sources';

/** What stands beside a training set. */
export interface TrainingSetMetadata extends RowsStatistics {
  readonly model: string;
  readonly from: string;
  readonly to: string;
  /** The part of the rows that was taken, where it was not all: `example.weight` says how many rows each stands for. */
  readonly sample?: Sample;
  /** Candidates that are no examples, by reason. */
  readonly dropped: Readonly<Partial<Record<DropReason | GivenReason, number>>>;
  /** Of a set of rows that somebody gave: SHA-256 of their file, how many rows it has, and whether they have labels. */
  readonly given?: { readonly hash: string; readonly rows: number; readonly isLabelled: boolean };
  /** Milliseconds by which the latest event became known after it had happened. */
  readonly lateness: number;
  readonly manifestHash: string;
  readonly inputsHash: string;
  /** SHA-256 over what was read of raw: the keys of objects, whose names tell their content, and batches with a hash of theirs. */
  readonly rawHash: string;
  /** Objects of events, and batches of datasets. */
  readonly rawObjects: number;
  /** SHA-256 of the Parquet file; the tag of its snapshot in the table. */
  readonly trainingSetHash: string;
  /** The Iceberg table of the lake's database that it is taken into. */
  readonly table: string;
}

export interface TrainingSet { readonly file: string; readonly metadata: TrainingSetMetadata; readonly profile: TrainingProfile }

/** How a training set is made, apart from its model and its range. */
export interface TrainingSetOptions extends RowsOptions, DatabaseLimits {
  /** All rows, unless said otherwise. */
  readonly sample?: Sample;
}

const day = 86_400_000;

/** How far back the windows of a model's views reach, milliseconds. */
export const reachOf = (manifest: Manifest, model: ModelDefinition): number => Math.max(day, ...lookupsOf({ manifest, model }).flatMap(({ view }) => view.features.map((feature) => {
  if (feature.kind !== 'window') return 0;
  const { width, hop } = windowOf(feature.width);
  return width + hop;
})));

/**
 * Builds a model's training set: a row for each event whose moment lies in the range, with the features as they were known
 * before that moment. The same raw objects and definitions give the same bytes; a set that was built before is not built again.
 *
 * @param from inclusive, epoch milliseconds
 * @param to exclusive; only what was known before it makes an example
 * @param onProgress takes the share that is done, 0 to 1, and what is being done
 */
export const buildTrainingSet = async (place: TrainingPlace, model: ModelDefinition, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined, options: TrainingSetOptions = {}): Promise<TrainingSet> => {
  const { manifest } = place;
  if (model.examples.from.kind !== 'event') throw new TrainingRefused(`The examples of the model ${versionedName(model)} come from the dataset ${versionedName(model.examples.from)}; a row of a training set is an event.`, { isWrongUse: true });
  const { sample, comparesAll = false } = options;
  const problem = sample === undefined ? undefined : sampleProblem(sample, model.examples.label.scalar);
  if (problem !== undefined) throw new TrainingRefused(problem, { isWrongUse: true });
  const { label } = model.examples;
  const sources = [...new Map([model.examples.from, ...(label.kind === 'happens' ? [label.outcome] : []), ...lookupsOf({ manifest, model }).map(({ view }) => view.from)].map((source) => [versionedName(source), source])).values()];
  const earliest = Math.max(0, from - reachOf(manifest, model));
  const brought = await trainingSources(place, model, sources, { earliest, from, to }, (share) => { onProgress(share * 0.2, 'reading raw'); });
  const events = brought.filter(({ isEvent }) => isEvent);
  if (events.every(({ content }) => content.length === 0)) throw new TrainingRefused(`The raw zone of ${place.environment} holds nothing of ${events.map((each) => each.name).join(', ')} from ${dayText(earliest)} to ${dayText(to)}.`, { next: 'bring a history in: npx headrace import FILE --as TYPE' });
  const keys = brought.flatMap(({ content }) => content);

  const rawHash = sha256(keys.join('\n'));
  const identity = sha256(canonicalJson({ builder: 6, rawHash, from, to, model: model.hash, inputs: model.inputsHash, manifest: manifest.hash, ...(sample === undefined ? {} : { sample }), comparesAll }));
  const directory = join(place.directory, 'training-sets', identity.slice(0, 16));
  const [file, profileFile, metadataFile] = ['examples.parquet', 'profile.json', 'metadata.json'].map((each) => join(directory, each)) as [string, string, string];
  if (existsSync(metadataFile)) return { file, metadata: JSON.parse(readFileSync(metadataFile, 'utf8')) as TrainingSetMetadata, profile: JSON.parse(readFileSync(profileFile, 'utf8')) as TrainingProfile };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });

  const { made, dropped, lateness } = await withDatabase(directory, async (database) => {
    const { records, lateness: latest } = await loadSources(database, brought, (source) => { onProgress(0.2, `reading ${source}`); });
    const input = { manifest, model, records, ...(sample === undefined ? {} : { sample }) };
    onProgress(0.25, 'finding the examples');
    await database.run(candidatesStatement(input, { from, to, knownUntil: to }));
    const reasons = Object.fromEntries((await database.rows(droppedQuery)).map((row) => [row['dropped'], row['count']])) as TrainingSetMetadata['dropped'];
    return { made: await makeRows(database, input, { from, to }, `${file}.part`, options, (share, step) => { onProgress(0.3 + share * 0.7, step); }), dropped: reasons, lateness: latest };
  }, options);
  renameSync(`${file}.part`, file);
  const { statistics, profile, trainingSetHash } = made;
  const metadata: TrainingSetMetadata = { model: versionedName(model), from: isoText(from), to: isoText(to), ...(sample === undefined ? {} : { sample }), ...statistics, dropped, lateness, manifestHash: manifest.hash, inputsHash: model.inputsHash, rawHash, rawObjects: keys.length, trainingSetHash, table: trainingSetTable(model) };
  const set = { file, metadata, profile };
  await publishTrainingSet(place, model, set);
  writeFileSync(profileFile, `${JSON.stringify(profile, null, 1)}\n`);
  writeFileSync(metadataFile, `${JSON.stringify(metadata, null, 1)}\n`);
  return set;
};

/** Key of a training set's rows in the features bucket: the same rows are the same object. */
export const trainingSetKey = (model: ModelDefinition, hash: string): string => `${trainingSetsPrefix}${model.name}/v${model.version}/${hash}/examples.parquet`;

/** Puts a training set into the features zone, under its hash: the same set is the same object. */
export const publishTrainingSet = async ({ region, featuresBucket }: TrainingPlace, model: ModelDefinition, { file, metadata, profile }: TrainingSet): Promise<void> => {
  const client = new S3Client({ region });
  const key = trainingSetKey(model, metadata.trainingSetHash);
  const beside = (name: string): string => key.replace(/examples\.parquet$/u, name);
  await client.send(new PutObjectCommand({ Bucket: featuresBucket, Key: key, Body: createReadStream(file), ContentLength: statSync(file).size }));
  for (const [name, content] of [['profile.json', profile], ['metadata.json', metadata]] as const) await client.send(new PutObjectCommand({ Bucket: featuresBucket, Key: beside(name), Body: JSON.stringify(content, null, 1), ContentType: 'application/json' }));
};
