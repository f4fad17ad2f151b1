import type { Scalar } from '../definition/node';
import type { ModelDefinition, VersionedName } from '../manifest/manifest';
import { inputFieldNames } from '../model/prediction-event';
import type { ColumnProfile } from '../training/profile';
import { fieldColumn } from '../training/expression-sql';
import type { EntityDefinition } from '../manifest/manifest';

/** How many rows fall where: of a column, bin by bin as its profile has them, and those without a value last. */
export interface BinCounts {
  /** Names of the bins, for people. */
  readonly names: readonly string[];
  /** Rows of the reference in each, and of what is compared. */
  readonly reference: readonly number[];
  readonly compared: readonly number[];
  /** The part of what is compared in each, weighted. */
  readonly comparedShares: readonly number[];
}

/** How far what was served lies from what was learned from. */
export interface ColumnDrift extends Pick<BinCounts, 'names'> {
  readonly column: string;
  /** Population stability index over the bins. */
  readonly psi: number;
  /** Pearson's chi-square of the two rows of counts: how likely at least such a distance is where nothing has changed. */
  readonly pValue: number;
  readonly referenceShares: readonly number[];
  readonly comparedShares: readonly number[];
  readonly isDrifted: boolean;
}

/** What a day's predictions of a version look like beside what it learned from. */
export interface DriftReport {
  readonly model: VersionedName;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly version: string;
  readonly predictions: number;
  /** Of each input against the training set, and of the prediction against the days before. */
  readonly columns: readonly ColumnDrift[];
  /** Why there is nothing to compare with, where there is not. */
  readonly lacking: readonly string[];
}

/** Above this a distribution is usually said to have changed (Siddiqi, "Credit Risk Scorecards", 2006). */
export const mostPsi = 0.2;
/** Where few rows are compared, chance alone makes a large index: both must speak for it. */
export const leastPValue = 0.001;

/** What an empty bin is taken to hold, so that a logarithm can be taken. */
const least = 1e-4;

const sharesOf = (counts: readonly number[]): readonly number[] => {
  const all = counts.reduce((sum, each) => sum + each, 0);
  return counts.map((each) => (all === 0 ? 0 : each / all));
};

/**
 * Population stability index: the sum over bins of (compared − reference) · ln(compared / reference), both as shares.
 * Source: Siddiqi, "Credit Risk Scorecards" (2006), section "System stability report".
 */
export const stabilityIndex = (reference: readonly number[], compared: readonly number[]): number => reference.reduce((sum, share, index) => {
  const [before, after] = [Math.max(least, share), Math.max(least, compared[index] ?? 0)];
  return sum + (after - before) * Math.log(after / before);
}, 0);

/** Pearson's chi-square of a table of two rows, and its degrees of freedom; bins that are empty in both count for nothing. */
export const chiSquareOf = (one: readonly number[], other: readonly number[]): { readonly statistic: number; readonly degrees: number } => {
  const bins = one.flatMap((count, index) => (count + (other[index] ?? 0) > 0 ? [[count, other[index] ?? 0] as const] : []));
  const [left, right] = [bins.reduce((sum, [count]) => sum + count, 0), bins.reduce((sum, [, count]) => sum + count, 0)];
  if (left === 0 || right === 0) return { statistic: 0, degrees: 0 };
  const statistic = bins.reduce((sum, [first, second]) => {
    const [expectedFirst, expectedSecond] = [(first + second) * left / (left + right), (first + second) * right / (left + right)];
    return sum + (first - expectedFirst) ** 2 / expectedFirst + (second - expectedSecond) ** 2 / expectedSecond;
  }, 0);
  return { statistic, degrees: bins.length - 1 };
};

/**
 * The drift of a column.
 *
 * @param tail the part of a chi-square distribution of so many degrees of freedom that lies above a value
 */
export const driftOf = (column: string, { names, reference, compared, comparedShares }: BinCounts, tail: (statistic: number, degrees: number) => number): ColumnDrift => {
  const { statistic, degrees } = chiSquareOf(reference, compared);
  const [psi, pValue] = [stabilityIndex(sharesOf(reference), comparedShares), degrees === 0 ? 1 : tail(statistic, degrees)];
  return { column, names, psi, pValue, referenceShares: sharesOf(reference), comparedShares, isDrifted: psi > mostPsi && pValue < leastPValue };
};

/** A column as it is binned: SQL of the number of its bin, the last for what is absent, and what a profile says of these. */
export interface BinnedColumn { readonly sql: string; readonly names: readonly string[]; readonly reference: readonly number[] }

const edgeText = (edge: number): string => String(Number(edge.toPrecision(4)));

/**
 * How a column is binned by a profile.
 *
 * @param value SQL of the column as the profiled one was: of an input a 32-bit float, as a model takes it
 * @returns undefined for a column of text, which no input is. One that never had a value is binned by whether it has one: that
 *   it has some now is a distance like any other
 */
export const binnedBy = (profile: ColumnProfile, value: string): BinnedColumn | undefined => {
  const { count, absent } = profile;
  if (profile.kind === 'text') return undefined;
  if (count === 0) return { sql: `CASE WHEN ${value} IS NULL OR NOT isfinite(${value}) THEN 1 ELSE 0 END`, names: ['any', 'absent'], reference: [0, absent] };
  if (profile.kind === 'boolean') {
    const share = profile.trueShare ?? 0;
    return { sql: `CASE WHEN ${value} IS NULL THEN 2 WHEN ${value} = 1 THEN 1 ELSE 0 END`, names: ['false', 'true', 'absent'], reference: [count * (1 - share), count * share, absent] };
  }
  const { edges, shares } = profile;
  const names = shares.map((_share, index) => (edges.length === 0 ? 'all' : index === 0 ? `to ${edgeText(edges[0] ?? 0)}` : index === edges.length ? `over ${edgeText(edges.at(-1) ?? 0)}` : `${edgeText(edges[index - 1] ?? 0)} to ${edgeText(edges[index] ?? 0)}`));
  const cases = edges.map((edge, index) => `WHEN ${value} <= CAST('${edge}' AS DOUBLE) THEN ${index}`).join(' ');
  return { sql: `CASE WHEN ${value} IS NULL OR NOT isfinite(${value}) THEN ${shares.length} ${cases} ELSE ${edges.length} END`, names: [...names, 'absent'], reference: [...shares.map((share) => share * count), absent] };
};

const asModelTakesIt: Readonly<Record<Scalar, (column: string) => string>> = {
  int: (column) => `CAST(CAST(${column} AS FLOAT) AS DOUBLE)`, float: (column) => `CAST(CAST(${column} AS FLOAT) AS DOUBLE)`, boolean: (column) => `CAST(CAST(${column} AS TINYINT) AS DOUBLE)`,
  timestamp: (column) => `CAST(CAST(CAST(${column} AS DOUBLE) / 1000 AS FLOAT) AS DOUBLE)`, string: (column) => column,
};

/** SQL of each logged input as a model takes it. */
export const loggedInputs = (model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>): readonly { readonly name: string; readonly sql: string }[] => {
  const fields = inputFieldNames(model, entities);
  return model.inputs.map(({ name, scalar }, index) => ({ name, sql: asModelTakesIt[scalar](fieldColumn(fields[index] ?? name)) }));
};

/** The lines that tell a person how far served data lies from what was learned from. */
export const driftText = ({ model, from, to, version, predictions, columns, lacking }: DriftReport): string => [
  `${model}, version ${version}, ${predictions} predictions from ${from} to ${to}: ${columns.filter(({ isDrifted }) => isDrifted).length} of ${columns.length} columns have drifted`,
  ...columns.toSorted((left, right) => right.psi - left.psi).slice(0, 10).map(({ column, psi, pValue, isDrifted }) => `  ${column}: PSI ${psi.toFixed(3)}, p ${pValue.toPrecision(2)}${isDrifted ? ', drifted' : ''}`),
  ...lacking.map((each) => `  ${each}`),
].join('\n');
