import type { Scalar } from '../definition/node';
import type { ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { BooleanProfile, ColumnProfile, NumberProfile, TextProfile, TrainingProfile } from './profile';
import { profileFormat } from './profile';
import { identifier } from './sql';

/** A column to be profiled; booleans stand as booleans, or as 0 and 1 where a model takes numbers. */
export interface ProfiledColumn { readonly name: string; readonly scalar: Scalar }

type Cells = Readonly<Record<string, string | null>>;

/** Answers a query whose cells are all text. */
export type TextRows = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

// Through text, as there are numbers of 128 bits among them.
const answered = async (rows: TextRows, sql: string): Promise<readonly Cells[]> => await rows(`SELECT COLUMNS(*)::VARCHAR FROM (${sql})`) as readonly Cells[];

const twentieths = Array.from({ length: 19 }, (_each, index) => (index + 1) / 20);

/** SQL of a finite number, or null. */
const numberSql = ({ name, scalar }: ProfiledColumn): string => {
  const value = `CAST(${scalar === 'boolean' ? `CAST(${identifier(name)} AS TINYINT)` : identifier(name)} AS DOUBLE)`;
  return `CASE WHEN isfinite(${value}) THEN ${value} END`;
};

/** How many rows each stands for. Weights are few, as they are given by label. */
const weightSql = (weight: string | undefined): string => (weight === undefined ? '1::DOUBLE' : `CAST(${identifier(weight)} AS DOUBLE)`);

const number = (text: string | null | undefined): number => Number(text ?? 0);

interface Bounds { readonly count: number; readonly absent: number; readonly min: number; readonly max: number; readonly edges: readonly number[] }

const boundsSql = (table: string, column: ProfiledColumn): string => `
  SELECT count(v) AS count, count(*) - count(v) AS absent, min(v) AS min, max(v) AS max, to_json(quantile_disc(v, [${twentieths.join(', ')}])) AS quantiles
  FROM (SELECT ${numberSql(column)} AS v FROM ${table})`;

const boundsOf = (row: Cells | undefined): Bounds => {
  const [min, max] = [number(row?.['min']), number(row?.['max'])];
  const quantiles = JSON.parse(row?.['quantiles'] ?? '[]') as readonly number[];
  return { count: number(row?.['count']), absent: number(row?.['absent']), min, max, edges: [...new Set(quantiles)].filter((edge) => edge < max) };
};

/**
 * Counts of rows at or under each edge, and sums of whole units, by weight. Whole numbers, so that the order in which threads
 * come to the rows changes nothing; a unit is a 2^-40th of the largest value or less.
 */
const momentsSql = (table: string, column: ProfiledColumn, weight: string | undefined, edges: readonly number[], unit: number): string => `
  SELECT w, count(*) AS count, sum(u) AS total, sum(u * u) AS squares${edges.map((edge, index) => `, count(*) FILTER (v <= CAST('${edge}' AS DOUBLE)) AS e${index}`).join('')}
  FROM (SELECT w, v, CAST(round(v / CAST('${unit}' AS DOUBLE)) AS HUGEINT) AS u FROM (SELECT ${weightSql(weight)} AS w, ${numberSql(column)} AS v FROM ${table}) WHERE v IS NOT NULL)
  GROUP BY w ORDER BY ALL`;

const sumOf = (values: readonly number[]): number => values.reduce((left, right) => left + right, 0);

const numberProfile = async (rows: TextRows, table: string, column: ProfiledColumn, weight: string | undefined): Promise<NumberProfile> => {
  const [row] = await answered(rows, boundsSql(table, column));
  const { count, absent, min, max, edges } = boundsOf(row);
  if (count === 0) return { kind: 'number', count, absent, mean: null, standardDeviation: null, min: null, max: null, edges: [], shares: [] };
  const unit = 2 ** (Math.ceil(Math.log2(Math.max(Math.abs(min), Math.abs(max), Number.MIN_VALUE * 2 ** 60))) - 40);
  const byWeight = await answered(rows, momentsSql(table, column, weight, edges, unit));
  const weights = byWeight.map((each) => number(each['w']));
  const weighted = (of: string): number => sumOf(byWeight.map((each, index) => (weights[index] ?? 0) * number(each[of])));
  const all = weighted('count');
  const mean = weighted('total') / all;
  // The squares of the distances from the mean, by whole numbers too: the difference of two large squares would have lost them.
  const shift = BigInt(Math.round(mean));
  const squares = sumOf(byWeight.map((each, index) => (weights[index] ?? 0) * Number(BigInt(each['squares'] ?? 0) - 2n * shift * BigInt(each['total'] ?? 0) + shift * shift * BigInt(each['count'] ?? 0))));
  const under = [...edges.map((_edge, index) => weighted(`e${index}`)), all];
  return {
    kind: 'number', count, absent, mean: mean * unit, standardDeviation: Math.sqrt(Math.max(0, squares / all - (mean - Number(shift)) ** 2)) * unit, min, max, edges,
    shares: under.map((each, index) => (each - (under[index - 1] ?? 0)) / all),
  };
};

const booleanProfile = async (rows: TextRows, table: string, column: ProfiledColumn, weight: string | undefined): Promise<BooleanProfile> => {
  const byWeight = await answered(rows, `SELECT w, count(v) AS count, count(*) - count(v) AS absent, count(*) FILTER (v = 1) AS trues FROM (SELECT ${weightSql(weight)} AS w, ${numberSql(column)} AS v FROM ${table}) GROUP BY w ORDER BY ALL`);
  const weighted = (of: string): number => sumOf(byWeight.map((each) => number(each['w']) * number(each[of])));
  const count = sumOf(byWeight.map((each) => number(each['count'])));
  return { kind: 'boolean', count, absent: sumOf(byWeight.map((each) => number(each['absent']))), trueShare: count === 0 ? null : weighted('trues') / weighted('count') };
};

const textProfile = async (rows: TextRows, table: string, { name }: ProfiledColumn): Promise<TextProfile> => {
  const [row] = await answered(rows, `SELECT count(v) AS count, count(*) - count(v) AS absent, count(DISTINCT v) AS different FROM (SELECT ${identifier(name)} AS v FROM ${table})`);
  return { kind: 'text', count: number(row?.['count']), absent: number(row?.['absent']), distinct: number(row?.['different']) };
};

/**
 * The profile of a column of a table in DuckDB. The same rows give the same numbers, to the last digit.
 *
 * @param table as SQL has it
 * @param weight the column that says how many rows each stands for; without one, each is one
 */
export const columnProfile = (rows: TextRows, table: string, column: ProfiledColumn, weight?: string): Promise<ColumnProfile> => {
  if (column.scalar === 'string') return textProfile(rows, table, column);
  return column.scalar === 'boolean' ? booleanProfile(rows, table, column, weight) : numberProfile(rows, table, column, weight);
};

/**
 * The profile of a training set in DuckDB's table `table`.
 *
 * @param label name of the label's column; undefined for rows without labels
 * @param weight as for {@link columnProfile}
 */
export const trainingProfile = async (rows: TextRows, table: string, model: ModelDefinition, of: Pick<TrainingProfile, 'trainingSetHash' | 'rows'>, label: string | undefined, weight?: string): Promise<TrainingProfile> => {
  const inputs: [string, ColumnProfile][] = [];
  for (const { name, scalar } of model.inputs) inputs.push([name, await columnProfile(rows, table, { name, scalar }, weight)]);
  return {
    format: profileFormat, model: versionedName(model), trainingSetHash: of.trainingSetHash, rows: of.rows, inputs: Object.fromEntries(inputs),
    label: label === undefined ? null : await columnProfile(rows, table, { name: label, scalar: model.examples.label.scalar }, weight),
  };
};
