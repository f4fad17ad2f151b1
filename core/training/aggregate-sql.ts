import type { AggregateKind, AggregateNode, Scalar } from '../definition/node';
import { scaleOf } from '../window/scale';
import type { Dialect } from './dialect';
import { duckdb } from './dialect';
import { bucketSql, estimateSql, quantileSql, registerSql } from './sketch-sql';
import type { ExpressionScope } from './expression-sql';
import { expressionSql } from './expression-sql';

/**
 * What the rows of one window give, as SQL over a point. An aggregate says which parts of a row it needs and gets back
 * the SQL of what they come to in the window; how that is found is the plan's business.
 */
export interface WindowSql {
  /** Sum over the window's rows of a whole number of each row; 0 when there are none. */
  readonly total: (ofRow: string) => string;
  /** Smallest or largest of a value of each row that is not null; null when there is none. */
  readonly extreme: (pick: 'min' | 'max', ofRow: string) => string;
  /** Value of the newest row by (effective time, source, id) whose value is not null; null when there is none. */
  readonly newest: (ofRow: string) => string;
  /** The same of the oldest row in the window. */
  readonly oldest: (ofRow: string) => string;
  /** A list of structs of k and v, ascending by k: the values of the rows' keys, summed or the largest; null when there are none. A row whose key is null is none. */
  readonly sketch: (combine: 'sum' | 'max', key: string, value: string) => string;
}

const double = (sql: string): string => `CAST(${sql} AS DOUBLE)`;
const dialectOf = ({ dialect = duckdb }: ExpressionScope): Dialect => dialect;
const countOf = (condition: string, scope: ExpressionScope): string => dialectOf(scope).whole.ofCondition(condition);

/** The value that a row brings: null when the row does not count. */
const valueOf = ({ of, where }: AggregateNode, scope: ExpressionScope): string => {
  if (!of) throw new Error('An aggregate other than count needs a value to work on.');
  const value = expressionSql(of, scope);
  return where ? `CASE WHEN ${expressionSql(where, scope)} THEN ${value} END` : value;
};

const scalarOf = ({ of, scalar }: AggregateNode): Scalar => of?.scalar ?? scalar;

/** A value in whole units of its scalar's scale; SQL rounds halves away from zero, as the online code does. */
const unitsOf = (node: AggregateNode, value: string, scope: ExpressionScope): string => dialectOf(scope).whole.of(scaleOf(scalarOf(node)) === 1 ? `(${value})` : `round((${value}) * ${scaleOf(scalarOf(node))})`);
const fromUnits = (node: AggregateNode, units: string, divisor = '1'): string => `(${double(units)} / (${scaleOf(scalarOf(node))} * ${divisor}))`;

const presentCount = (node: AggregateNode, window: WindowSql, scope: ExpressionScope): string => double(window.total(countOf(`(${valueOf(node, scope)}) IS NOT NULL`, scope)));

/** The steps of `varianceOf` in the online code, one by one, on whole numbers that hold its squares. */
const varianceSql = (node: AggregateNode, window: WindowSql, scope: ExpressionScope): string => {
  const units = unitsOf(node, valueOf(node, scope), scope);
  const [sum, squares] = [window.total(units), window.total(`(${units}) * (${units})`)];
  const rows = window.total(countOf(`(${valueOf(node, scope)}) IS NOT NULL`, scope));
  const scale = scaleOf(scalarOf(node));
  const truncated = dialectOf(scope).whole.quotient(sum, `nullif(${rows}, 0)`);
  const left = `(${sum} - ${truncated} * ${rows})`;
  const nearest = `(${truncated} + CASE WHEN 2 * abs(${left}) <= ${rows} THEN 0 WHEN ${left} < 0 THEN -1 ELSE 1 END)`;
  const rest = `(${sum} - ${nearest} * ${rows})`;
  const about = `(${squares} - ${nearest} * (${sum} + ${rest}))`;
  const shift = `(${double(rest)} / ${double(rows)})`;
  return `((${double(about)} / ${double(rows)} - ${shift} * ${shift}) / ${double(String(scale * scale))})`;
};

const backEnd: Readonly<Record<AggregateKind, (node: AggregateNode, window: WindowSql, scope: ExpressionScope) => string>> = {
  count: ({ where }, window, scope) => double(window.total(countOf(where ? expressionSql(where, scope) : 'TRUE', scope))),
  sum: (node, window, scope) => fromUnits(node, window.total(unitsOf(node, valueOf(node, scope), scope))),
  // One division of whole numbers, as the online code has it: a second one would round twice.
  mean: (node, window, scope) => fromUnits(node, window.total(unitsOf(node, valueOf(node, scope), scope)), `nullif(${presentCount(node, window, scope)}, 0)`),
  share: (node, window, scope) => `(${double(window.total(countOf(valueOf(node, scope), scope)))} / nullif(${presentCount(node, window, scope)}, 0))`,
  // Adding zero makes one zero of two: minus zero would make equal values differ in their bytes.
  min: (node, window, scope) => window.extreme('min', `(${valueOf(node, scope)}) + 0`),
  max: (node, window, scope) => window.extreme('max', `(${valueOf(node, scope)}) + 0`),
  variance: (node, window, scope) => varianceSql(node, window, scope),
  standardDeviation: (node, window, scope) => `sqrt(${varianceSql(node, window, scope)})`,
  first: (node, window, scope) => window.oldest(valueOf(node, scope)),
  distinct: (node, window, scope) => {
    const { key, value } = registerSql(valueOf(node, scope), scalarOf(node), dialectOf(scope));
    return estimateSql(window.sketch('max', key, value), dialectOf(scope));
  },
  quantile: (node, window, scope) => {
    const { at, from, to } = node.quantile ?? { at: 0.5, from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
    const [lowest, highest] = scaleOf(scalarOf(node)) === 1 ? [Math.ceil(from), Math.floor(to)] : [from, to];
    // SQL's least and greatest pass over what is null.
    const value = `(${valueOf(node, scope)})`;
    const bounded = `CASE WHEN ${value} IS NOT NULL THEN least(CAST('${highest}' AS DOUBLE), greatest(CAST('${lowest}' AS DOUBLE), ${value})) END`;
    return `(${quantileSql(window.sketch('sum', bucketSql(unitsOf(node, bounded, scope), dialectOf(scope)), '1'), at, dialectOf(scope))} / ${double(String(scaleOf(scalarOf(node))))})`;
  },
  last: (node, window, scope) => window.newest(valueOf(node, scope)),
};

/** SQL of an aggregate's value in a window, as the feature's scalar stands in the scope's dialect; null when it is absent. */
export const aggregateSql = (node: AggregateNode, window: WindowSql, scope: ExpressionScope): string => backEnd[node.kind](node, window, scope);
