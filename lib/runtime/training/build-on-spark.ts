import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { dayText, isoText } from '../../../core/event/time';
import { trainingSetTable } from '../../../core/lake/feature-table';
import { canonicalJson, sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { notCompared } from '../../../core/training/leak-plan';
import type { TrainingProfile } from '../../../core/training/profile';
import { trainingProfile } from '../../../core/training/profile-sql';
import { sampleProblem } from '../../../core/training/sample';
import { sparkTrainingSetPlan } from '../../../core/training/spark/training-set-plan';
import { textLiteral } from '../../../core/training/sql';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { droppedQuery, exampleColumns, examplesStatistics, lookupsOf, writeStatement } from '../../../core/training/training-set-plan';
import { withDatabase } from '../duckdb';
import { s3Objects } from '../object-store';
import { bringZone } from '../zone-files';
import type { TrainingSet, TrainingSetMetadata, TrainingSetOptions } from './build';
import { publishTrainingSet, reachOf } from './build';
import { fileHash } from '../file-hash';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';
import { runOnSpark } from './spark-run';
import { listedSource } from './spark-sources';

interface Answer { readonly dropped: TrainingSetMetadata['dropped']; readonly lateness: number; readonly rows: number }

/**
 * Builds a model's training set on Spark: the Glue job works out the rows where raw is, and what is done here is to put them
 * into their order and one file. The rows are those that DuckDB gives, and so are the file's bytes and the set's hash.
 *
 * @param job name of the Glue job
 */
export const buildTrainingSetOnSpark = async (place: TrainingPlace, job: string, model: ModelDefinition, from: number, to: number, onProgress: (share: number, step: string) => void = () => undefined, options: TrainingSetOptions = {}): Promise<TrainingSet> => {
  const { manifest, region, featuresBucket: bucket } = place;
  if (model.examples.from.kind !== 'event') throw new TrainingRefused(`The examples of the model ${versionedName(model)} come from the dataset ${versionedName(model.examples.from)}; a row of a training set is an event.`, { isWrongUse: true });
  const { sample, comparesAll = false } = options;
  if (comparesAll) throw new TrainingRefused('What event time alone would have leaked is worked out by DuckDB; leave --leak-report out, or --engine spark.', { isWrongUse: true });
  const { label } = model.examples;
  const problem = sample === undefined ? undefined : sampleProblem(sample, label.scalar);
  if (problem !== undefined) throw new TrainingRefused(problem, { isWrongUse: true });
  const sources = [...new Map([model.examples.from, ...(label.kind === 'happens' ? [label.outcome] : []), ...lookupsOf({ manifest, model }).map(({ view }) => view.from)].map((source) => [versionedName(source), source])).values()];
  const range = { earliest: Math.max(0, from - reachOf(manifest, model)), from, to };
  onProgress(0, 'listing raw');
  const listed = await Promise.all(sources.map((source, index) => listedSource(place, source, range, `records_${index}`)));
  const events = listed.filter(({ isEvent }) => isEvent);
  if (events.every(({ content }) => content.length === 0)) throw new TrainingRefused(`The raw zone of ${place.environment} holds nothing of ${events.map(({ name }) => name).join(', ')} from ${dayText(range.earliest)} to ${dayText(to)}.`, { next: 'bring a history in: npx headrace import FILE --as TYPE' });
  const keys = listed.flatMap(({ content }) => content);
  const rawHash = sha256(keys.join('\n'));
  const identity = sha256(canonicalJson({ builder: 'spark 2', rawHash, from, to, model: model.hash, inputs: model.inputsHash, manifest: manifest.hash, ...(sample === undefined ? {} : { sample }) }));
  const directory = join(place.directory, 'training-sets', identity.slice(0, 16));
  const [file, profileFile, metadataFile] = ['examples.parquet', 'profile.json', 'metadata.json'].map((each) => join(directory, each)) as [string, string, string];
  if (existsSync(metadataFile)) return { file, metadata: JSON.parse(readFileSync(metadataFile, 'utf8')) as TrainingSetMetadata, profile: JSON.parse(readFileSync(profileFile, 'utf8')) as TrainingProfile };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });

  const input: TrainingSetPlanInput = { manifest, model, ...(sample === undefined ? {} : { sample }), records: (source) => {
    const found = listed.find(({ name }) => name === versionedName(source));
    if (!found) throw new Error(`No records of ${versionedName(source)} were listed.`);
    return { table: found.view, lateness: 0 };
  } };
  const prefix = `training-sets/${model.name}/v${model.version}/work/${identity.slice(0, 16)}/`;
  onProgress(0.1, 'working out rows on Spark');
  const answer = await runOnSpark({ region, job, bucket, prefix }, {
    work: 'training set', of: versionedName(model), target: `s3://${bucket}/${prefix}rows`,
    lines: listed.flatMap(({ lines }) => lines).map(({ view, schema, keys: objects }) => ({ view, schema, uris: objects.map((key) => `s3://${place.rawBucket}/${key}`) })),
    statements: [...listed.flatMap(({ statements }) => statements), ...sparkTrainingSetPlan(input, { from, to, knownUntil: to })],
    dropped: droppedQuery, rows: 'SELECT * FROM examples', lateness: `SELECT coalesce(max(lateness), 0) FROM (${events.map(({ view }) => `SELECT max(known - effective) AS lateness FROM ${view}`).join(' UNION ALL ')})`,
  }) as Answer;

  onProgress(0.7, 'putting rows in their order');
  const store = s3Objects(new S3Client({ region }), bucket);
  const parts: string[] = [];
  for await (const { key } of store.list(`${prefix}rows/`)) if (key.endsWith('.parquet')) parts.push(key);
  const brought = await bringZone(store, join(directory, 'parts'), parts, (share) => { onProgress(0.7 + share * 0.1, 'bringing rows'); });
  const made = await withDatabase(directory, async (database) => {
    await database.run({ step: 'reading rows', sql: `CREATE TABLE examples AS SELECT * FROM read_parquet([${brought.map((part) => textLiteral(part.file)).join(', ')}])` });
    const [counts] = await database.rows(examplesStatistics(label.scalar));
    const rows = Number(counts?.['rows'] ?? 0);
    if (rows !== answer.rows) throw new Error(`Spark wrote ${answer.rows} rows of ${versionedName(model)}, and ${rows} were read; build the set again.`);
    await database.run(writeStatement(`${file}.part`));
    const trainingSetHash = await fileHash(`${file}.part`);
    return { statistics: { rows, labelShare: typeof counts?.['share'] === 'number' ? counts['share'] : null, leak: notCompared }, trainingSetHash,
      profile: await trainingProfile(database.rows, 'examples', model, { trainingSetHash, rows }, exampleColumns.label, sample === undefined ? undefined : exampleColumns.weight) };
  }, options);
  renameSync(`${file}.part`, file);
  rmSync(join(directory, 'parts'), { recursive: true, force: true });
  const { statistics, profile, trainingSetHash } = made;
  const set = { file, profile, metadata: { model: versionedName(model), from: isoText(from), to: isoText(to), ...(sample === undefined ? {} : { sample }), ...statistics, dropped: answer.dropped, lateness: answer.lateness, manifestHash: manifest.hash, inputsHash: model.inputsHash, rawHash, rawObjects: keys.length, trainingSetHash, table: trainingSetTable(model) } };
  await publishTrainingSet(place, model, set);
  for await (const { key } of store.list(prefix)) await store.remove(key);
  writeFileSync(profileFile, `${JSON.stringify(profile, null, 1)}\n`);
  writeFileSync(metadataFile, `${JSON.stringify(set.metadata, null, 1)}\n`);
  return set;
};
