import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { dayText, isoText } from '../../../core/event/time';
import { canonicalJson, sha256 } from '../../../core/manifest/hash';
import type { Manifest, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { GivenReason } from '../../../core/training/given-rows';
import type { DropReason } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements, droppedQuery, examplesStatistics, lookupsOf, writeStatement } from '../../../core/training/training-set-plan';
import { windowOf } from '../../../core/window/hop';
import { withDatabase } from '../duckdb';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import { loadSources, trainingSources } from './sources';

/** What stands beside a training set. */
export interface TrainingSetMetadata {
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  /** Part of the rows whose label is true; null for labels that are no booleans. */
  readonly labelShare: number | null;
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
  /** SHA-256 of the Parquet file. */
  readonly trainingSetHash: string;
}

export interface TrainingSet { readonly file: string; readonly metadata: TrainingSetMetadata }

const day = 86_400_000;
/** Moments worked out at once: what bounds memory. */
export const momentsAtOnce = 31 * day;

/** How far back the windows of a model's views reach, milliseconds. */
export const reachOf = (manifest: Manifest, model: ModelDefinition): number => Math.max(day, ...lookupsOf({ manifest, model }).flatMap(({ view }) => view.features.map((feature) => {
  if (feature.kind !== 'window') return 0;
  const { width, hop } = windowOf(feature.width);
  return width + hop;
})));

/** SHA-256 (hex) of a file. */
export const fileHash = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const content of createReadStream(file)) hash.update(content as Buffer);
  return hash.digest('hex');
};

/**
 * Builds a model's training set: a row for each event whose moment lies in the range, with the features as they were known
 * before that moment. The same raw objects and definitions give the same bytes; a set that was built before is not built again.
 *
 * @param from inclusive, epoch milliseconds
 * @param to exclusive; only what was known before it makes an example
 * @param onProgress takes the share that is done, 0 to 1, and what is being done
 */
export const buildTrainingSet = async (place: TrainingPlace, model: ModelDefinition, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined): Promise<TrainingSet> => {
  const { manifest } = place;
  if (model.examples.from.kind !== 'event') throw new TrainingRefused(`The examples of the model ${versionedName(model)} come from the dataset ${versionedName(model.examples.from)}; a row of a training set is an event.`, { isWrongUse: true });
  const { label } = model.examples;
  const sources = [...new Map([model.examples.from, ...(label.kind === 'happens' ? [label.outcome] : []), ...lookupsOf({ manifest, model }).map(({ view }) => view.from)].map((source) => [versionedName(source), source])).values()];
  const earliest = Math.max(0, from - reachOf(manifest, model));
  const brought = await trainingSources(place, model, sources, { earliest, from, to }, (share) => { onProgress(share * 0.2, 'reading raw'); });
  const events = brought.filter(({ isEvent }) => isEvent);
  if (events.every(({ content }) => content.length === 0)) throw new TrainingRefused(`The raw zone of ${place.environment} holds nothing of ${events.map((each) => each.name).join(', ')} from ${dayText(earliest)} to ${dayText(to)}.`, { next: 'bring a history in: npx headrace import FILE --as TYPE' });
  const keys = brought.flatMap(({ content }) => content);

  const rawHash = sha256(keys.join('\n'));
  const identity = sha256(canonicalJson({ builder: 3, rawHash, from, to, model: model.hash, inputs: model.inputsHash, manifest: manifest.hash }));
  const directory = join(place.directory, 'training-sets', identity.slice(0, 16));
  const [file, metadataFile] = [join(directory, 'examples.parquet'), join(directory, 'metadata.json')];
  if (existsSync(metadataFile)) return { file, metadata: JSON.parse(readFileSync(metadataFile, 'utf8')) as TrainingSetMetadata };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });

  const statistics = await withDatabase(directory, async (database) => {
    const { records, lateness } = await loadSources(database, brought, (name) => { onProgress(0.2, `reading ${name}`); });
    const input = { manifest, model, records };
    await database.run(candidatesStatement(input, { from, to, knownUntil: to }));
    for (let start = from; start < to; start += momentsAtOnce) {
      onProgress(0.4 + (0.5 * (start - from)) / (to - from), `rows from ${dayText(start)}`);
      for (const statement of chunkStatements(input, { from: start, to: Math.min(to, start + momentsAtOnce) }, start === from)) await database.run(statement);
    }
    const dropped = Object.fromEntries((await database.rows(droppedQuery)).map((row) => [row['dropped'], row['count']])) as Partial<Record<DropReason, number>>;
    const [examples] = await database.rows(examplesStatistics(model.examples.label.scalar));
    onProgress(0.9, 'writing');
    await database.run(writeStatement(`${file}.part`));
    return { rows: Number(examples?.['rows'] ?? 0), labelShare: typeof examples?.['share'] === 'number' ? examples['share'] : null, dropped, lateness };
  });
  renameSync(`${file}.part`, file);
  const metadata: TrainingSetMetadata = { model: versionedName(model), from: isoText(from), to: isoText(to), ...statistics, manifestHash: manifest.hash, inputsHash: model.inputsHash, rawHash, rawObjects: keys.length, trainingSetHash: await fileHash(file) };
  await publishTrainingSet(place, model, file, metadata);
  writeFileSync(metadataFile, `${JSON.stringify(metadata, null, 1)}\n`);
  return { file, metadata };
};

/** Key of a training set's rows in the features bucket: the same rows are the same object. */
export const trainingSetKey = (model: ModelDefinition, hash: string): string => `training-sets/${model.name}/v${model.version}/${hash}/examples.parquet`;

/** Puts a training set into the features zone, under its hash: the same set is the same object. */
export const publishTrainingSet = async ({ region, featuresBucket }: TrainingPlace, model: ModelDefinition, file: string, metadata: TrainingSetMetadata): Promise<void> => {
  const client = new S3Client({ region });
  const key = trainingSetKey(model, metadata.trainingSetHash);
  await client.send(new PutObjectCommand({ Bucket: featuresBucket, Key: key, Body: readFileSync(file) }));
  await client.send(new PutObjectCommand({ Bucket: featuresBucket, Key: key.replace(/examples\.parquet$/u, 'metadata.json'), Body: JSON.stringify(metadata, null, 1), ContentType: 'application/json' }));
};
