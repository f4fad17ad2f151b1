import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { readRecords, recordStatistics } from '../../../core/training/raw-records';
import { sparkRecords } from '../../../core/training/spark/raw-lines';
import { leakChunkStatements, leakQuery, leakReport, leakSampleStatements, leakTables, type LeakReport } from '../../../core/training/leak-plan';
import { sparkLeakPlan } from '../../../core/training/spark/leak-plan';
import { sparkTrainingSetPlan } from '../../../core/training/spark/training-set-plan';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements, droppedQuery, writeStatement } from '../../../core/training/training-set-plan';
import { rowsOf, type TestRecord } from '../../core/training/support';
import { definition, hour, manifest, range } from '../../core/training/trips';
import { given } from '../../fixtures/flights';
import { seeded } from '../../lambdas/simulated-store';

const minute = 60_000;
const event = given(manifest.events['trip.ended@v1']);
const iso = (time: unknown): string => new Date(Number(time)).toISOString();

/** A world of trips: events that are late, at the same moment, without values, and of stops in any script. */
export const worldOf = (seed: number, count: number): readonly TestRecord[] => {
  const random = seeded(seed);
  const below = (end: number): number => Math.floor(random() * end);
  const one = <T>(values: readonly T[]): T => given(values[below(values.length)]);
  return Array.from({ length: count }, (_each, index): TestRecord => {
    const effective = range.from + (random() < 0.5 ? (below(4 * 24 * 12) - 24 * 12) * 5 * minute : below(3 * 24 * 60 * 60) * 1000);
    const row = { from: one(['a', 'b', 'Zürich ✈', 'a|b', "o'\\"]), to: one(['a', 'b', 'Zürich ✈', '\u{1f6e9}']), began: effective - below(30) * 5 * minute, late: random() < 0.15 ? null : below(4) - 1, fare: below(100_000) / 997 };
    return { source: one(['s', 'é']), id: `e${index}`, effective, known: effective + one([0, 0, 0, 1, 7 * minute, 3 * hour, 40 * hour]), row };
  });
};

/** Writes records as raw holds them; of some a second copy with other content, known later. */
const rawOf = (directory: string, records: readonly TestRecord[]): readonly string[] => {
  mkdirSync(directory, { recursive: true });
  const line = ({ source, id, known, effective, row: { began, ...rest } }: TestRecord, position: number): string => JSON.stringify({
    event: { source, id, data: { ...rest, began: iso(began) } }, lineage: { position: `p/${String(position).padStart(9, '0')}`, arrival: iso(known), effective_time: iso(effective), known_at: iso(known) } });
  const lines = records.flatMap((each, index) => (index % 9 === 0 ? [line({ ...each, known: each.known + hour, row: { ...each.row, fare: 1 } }, index), line(each, index)] : [line(each, index)]));
  return [0, 1].map((half) => {
    const file = join(directory, `${half}.json.gz`);
    writeFileSync(file, gzipSync(lines.filter((_line, index) => index % 2 === half).join('\n')));
    return file;
  });
};

/** Rows that are compared by event time: some of all. */
const comparedRows = 700;

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

export interface BuiltSet { readonly rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>; readonly dropped: Readonly<Record<string, number>>; readonly hash: string; readonly leak?: LeakReport }

const finished = async (connection: DuckDBConnection, directory: string, dropped: BuiltSet['dropped'], input: TrainingSetPlanInput, compared: boolean): Promise<BuiltSet> => {
  const file = join(directory, 'examples.parquet');
  await connection.run(writeStatement(file).sql);
  const rows = await rowsOf(connection, 'SELECT *, epoch_ms("example.moment") AS moment FROM examples');
  const [differences] = compared ? await rowsOf(connection, leakQuery(input)) : [];
  return { rows: new Map(rows.map((row) => [String(row['example.id']), row])), dropped, hash: hashOf(file), ...(compared ? { leak: leakReport(input, rows.length, differences ?? {}) } : {}) };
};

/** The training set of trips by DuckDB. */
export const onDuckDB = async (connection: DuckDBConnection, directory: string, records: readonly TestRecord[]): Promise<BuiltSet> => {
  for (const { sql } of readRecords(event, { raw: [{ writer: event, files: rawOf(directory, records) }], knownFrom: 0, knownTo: range.to }, 'records')) await connection.run(sql);
  const [counts] = await rowsOf(connection, recordStatistics('records'));
  const input: TrainingSetPlanInput = { manifest, model: definition, records: () => ({ table: 'records', lateness: Number(counts?.['lateness']) }) };
  await connection.run(candidatesStatement(input, range).sql);
  for (const { sql } of chunkStatements(input, range, true)) await connection.run(sql);
  const [examples] = await rowsOf(connection, 'SELECT count(*) AS rows FROM candidates WHERE dropped IS NULL');
  for (const { sql } of [...leakSampleStatements(input, [definition.examples.from], comparedRows / Number(examples?.['rows'])), ...leakChunkStatements(input, range, true)]) await connection.run(sql);
  return await finished(connection, directory, Object.fromEntries((await rowsOf(connection, droppedQuery)).map((row) => [row['dropped'], row['count']])) as BuiltSet['dropped'], input, true);
};

/** What the Spark job is asked for, to make the same of the same files. @param compares by event time, too */
export const sparkRequest = (directory: string, records: readonly TestRecord[], compares: boolean): Readonly<Record<string, unknown>> => {
  const source = sparkRecords(event, { raw: [{ writer: event, keys: rawOf(directory, records) }], knownFrom: 0, knownTo: range.to }, 'records');
  const input: TrainingSetPlanInput = { manifest, model: definition, records: () => ({ table: 'records', lateness: 0 }) };
  return {
    lines: source.lines.map(({ view, schema, keys }) => ({ view, schema, uris: keys })), statements: [...source.statements, ...sparkTrainingSetPlan(input, range)],
    dropped: droppedQuery, lateness: 'SELECT max(known - effective) FROM records', rows: 'SELECT * FROM examples', target: join(directory, 'rows'),
    ...(compares ? { leak: { ...sparkLeakPlan(input, [definition.examples.from], range, comparedRows), rows: `SELECT * FROM ${leakTables.examples}`, target: join(directory, 'leak') } } : {}),
  };
};

/** The training set from the rows that Spark wrote. */
export const ofSpark = async (connection: DuckDBConnection, directory: string, { dropped, compared }: Pick<BuiltSet, 'dropped'> & { readonly compared: boolean }): Promise<BuiltSet> => {
  for (const [table, place] of [['examples', 'rows'], ...(compared ? [[leakTables.examples, 'leak'] as const] : [])] as const) {
    const parts = readdirSync(join(directory, place)).filter((name) => name.endsWith('.parquet')).map((name) => `'${join(directory, place, name)}'`);
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM read_parquet([${parts.join(', ')}])`);
  }
  return await finished(connection, directory, dropped, { manifest, model: definition, records: () => ({ table: 'records', lateness: 0 }) }, compared);
};
