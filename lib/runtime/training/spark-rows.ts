import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { isoText } from '../../../core/event/time';
import { trainingSetTable } from '../../../core/lake/feature-table';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { leakQuery, leakReport, leakTables } from '../../../core/training/leak-plan';
import { trainingProfile } from '../../../core/training/profile-sql';
import { textLiteral } from '../../../core/training/sql';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { exampleColumns, examplesStatistics, writeStatement } from '../../../core/training/training-set-plan';
import type { Database, DatabaseLimits } from '../duckdb';
import { withDatabase } from '../duckdb';
import { fileHash } from '../file-hash';
import { s3Objects } from '../object-store';
import { bringZone } from '../zone-files';
import type { TrainingSet, TrainingSetMetadata } from './build';
import { publishTrainingSet } from './build';
import type { TrainingPlace } from './place';
import type { RowsStatistics } from './rows';
import type { SparkPlan, WantedRows } from './spark-plan';
import { sparkLeakDirectory, sparkRowsDirectory } from './spark-plan';

/** What the job has answered. */
interface Answer {
  readonly dropped: TrainingSetMetadata['dropped'];
  readonly lateness: number;
  readonly rows: number;
  /** Whether rows were worked out by event time: there is no need where every event was known as it happened. */
  readonly compared: boolean;
}

/** A build whose rows Spark has worked out. */
export interface SparkBuild extends WantedRows, Pick<SparkPlan, 'rawHash' | 'rawObjects'> {
  /** Of its work in the features bucket. */
  readonly prefix: string;
}

/** Rows that Spark wrote, as a table. */
const loadParts = async (database: Database, table: string, files: readonly string[]): Promise<void> => {
  await database.run({ step: `reading ${table}`, sql: `CREATE TABLE ${table} AS SELECT * FROM read_parquet([${files.map(textLiteral).join(', ')}])` });
};

/**
 * Takes the rows that Spark has worked out into their order and one file, and publishes it. Safe to do twice.
 *
 * @param directory an existing one of this machine, empty
 */
export const takeSparkRows = async (place: TrainingPlace, model: ModelDefinition, build: SparkBuild, directory: string, onProgress: (share: number, step: string) => void = () => undefined, limits: DatabaseLimits = {}): Promise<TrainingSet> => {
  const { manifest, region, featuresBucket: bucket } = place;
  const { from, to, sample, prefix, rawHash, rawObjects } = build;
  const client = new S3Client({ region });
  const store = s3Objects(client, bucket);
  const kept = await store.get(`${prefix}answer.json`);
  if (!kept) throw new Error(`The run of the Glue job left no answer in s3://${bucket}/${prefix}; build the set of ${versionedName(model)} again.`);
  const answer = JSON.parse(kept.toString('utf8')) as Answer;
  const bring = async (part: string): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.list(`${prefix}${part}/`)) if (key.endsWith('.parquet')) keys.push(key);
    return (await bringZone(store, join(directory, part), keys, (share) => { onProgress(share * 0.3, 'bringing rows'); })).map(({ file }) => file);
  };
  const [parts, compared] = [await bring(sparkRowsDirectory), answer.compared ? await bring(sparkLeakDirectory) : []];
  const input: TrainingSetPlanInput = { manifest, model, records: () => ({ table: '', lateness: 0 }) };
  const file = join(directory, 'examples.parquet');
  onProgress(0.3, 'putting rows in their order');
  const { statistics, trainingSetHash, profile } = await withDatabase(directory, async (database) => {
    await loadParts(database, 'examples', parts);
    const [counts] = await database.rows(examplesStatistics(model.examples.label.scalar));
    const rows = Number(counts?.['rows'] ?? 0);
    if (rows !== answer.rows) throw new Error(`Spark wrote ${answer.rows} rows of ${versionedName(model)}, and ${rows} were read; build the set again.`);
    if (answer.compared) await loadParts(database, leakTables.examples, compared);
    const [differences] = answer.compared ? await database.rows(leakQuery(input)) : [{ compared: rows }];
    await database.run(writeStatement(file));
    const hash = await fileHash(file);
    const told: RowsStatistics = { rows, labelShare: typeof counts?.['share'] === 'number' ? counts['share'] : null, leak: leakReport(input, rows, differences ?? {}) };
    return { statistics: told, trainingSetHash: hash, profile: await trainingProfile(database.rows, 'examples', model, { trainingSetHash: hash, rows }, exampleColumns.label, sample === undefined ? undefined : exampleColumns.weight) };
  }, limits);
  for (const part of [sparkRowsDirectory, sparkLeakDirectory]) rmSync(join(directory, part), { recursive: true, force: true });
  const metadata: TrainingSetMetadata = { model: versionedName(model), from: isoText(from), to: isoText(to), ...(sample === undefined ? {} : { sample }), ...statistics, dropped: answer.dropped, lateness: answer.lateness, manifestHash: manifest.hash, inputsHash: model.inputsHash, rawHash, rawObjects, trainingSetHash, table: trainingSetTable(model) };
  const set = { file, metadata, profile };
  await publishTrainingSet(place, model, set);
  return set;
};

/** Removes the rows of a build that is done; what was asked and answered goes by itself. */
export const removeSparkRows = async ({ region, featuresBucket }: TrainingPlace, prefix: string): Promise<void> => {
  const store = s3Objects(new S3Client({ region }), featuresBucket);
  for (const part of [sparkRowsDirectory, sparkLeakDirectory]) for await (const { key } of store.list(`${prefix}${part}`)) await store.remove(key);
};
