import type { EpochMillis } from '../event/time';
import type { EntityDefinition, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { duckdb } from './dialect';
import { columnTypes, entityKeySql, expressionSql, rowScope } from './expression-sql';
import { extremePlan } from './extreme-plan';
import { oldestPlan, sketchPlan } from './joined-plan';
import { newestPlan } from './newest-plan';
import { createTable, createView } from './plan-context';
import { sparsePlan } from './sparse-plan';
import type { Statement } from './sql';
import { identifier } from './sql';
import { totalPlan } from './total-plan';
import type { ViewParts } from './view-parts';
import { partsOfView, reachOf } from './view-parts';

/** What a plan works on. Tables are named as SQL has them. */
export interface ViewPlanInput {
  /** Rows of the view's source, each event once: `source`, `id`, `known`, `effective` and a column a field. */
  readonly records: string;
  /** Distinct `entity` (see {@link viewEntitySql}) and `moment` (BIGINT), for which values are wanted. */
  readonly points: string;
  /** The table to make: `entity`, `moment` and a column a feature, see {@link featureColumn}. */
  readonly values: string;
  /** No point is before this moment. */
  readonly earliest: EpochMillis;
  /** Every point is before this moment. */
  readonly latest: EpochMillis;
  /** Milliseconds by which the latest of the records became known after its effective time: 0 when all are in order. */
  readonly lateness: number;
  /** How totals, extremes and newest values are found; `dense` unless said otherwise. Both give the same. */
  readonly density?: Density;
}

/**
 * `dense`: all rows in order of time, once; what windows hold costs nothing. `sparse`: the rows of windows alone, joined to
 * their moments. `scarce`: the same, every row of an entity compared with each of its moments.
 */
export type Density = 'dense' | 'sparse' | 'scarce';

/** Column of a feature's value. */
export const featureColumn = (name: string, dialect = duckdb): string => dialect.identifier(`feature:${name}`);

/** SQL of the key of a view's entity for a row of its source. */
export const viewEntitySql = (view: ViewDefinition, entity: EntityDefinition, dialect = duckdb): string =>
  entityKeySql(Object.entries(entity.key).map(([key, { scalar }]) => {
    const node = view.by[key];
    if (!node) throw new Error(`The feature view ${versionedName(view)} does not say by which column the key '${key}' of ${entity.name} is found.`);
    return { sql: expressionSql(node, rowScope(versionedName(view), dialect)), scalar };
  }), dialect);

/** Rows of the source that can matter to the points, with what each brings to the aggregates. */
const rowsQuery = (view: ViewDefinition, entity: EntityDefinition, { totals, extremes, newest, oldest, sketches }: ViewParts, { records, earliest, latest }: ViewPlanInput): string => {
  const columns = [
    ...totals.map(({ ofRow }, index) => `coalesce(${ofRow}, 0) AS t${index}`),
    ...extremes.map(({ ofRow }, index) => `${ofRow} AS x${index}`),
    ...newest.map(({ ofRow }, index) => `${ofRow} AS n${index}`),
    ...oldest.map(({ ofRow }, index) => `${ofRow} AS o${index}`),
    ...sketches.map(({ key, value }, index) => `${key} AS s${index}_k, ${value} AS s${index}_v`),
    ...(newest.length + oldest.length > 0 ? ['source', 'id'] : []),
  ];
  const key = viewEntitySql(view, entity);
  return `SELECT ${key} AS entity, known, effective, ${columns.join(', ')} FROM ${records} WHERE known >= ${earliest - reachOf(view)} AND known < ${latest} AND ${key} IS NOT NULL`;
};

/**
 * The statements that work out a view's features at points in time: at moment t a window of width w counts the rows with
 * `known < t` and `effective >= floor_hop(t - w)`, exactly, also where rows became known late; late rows only cost time.
 * No rows are joined by a range: of dense windows totals are differences of running totals, put in order together with the windows' ends, smallest and largest values
 * come from window frames, the newest from its rank; only sketches, oldest values
 * and all of sparse windows are joined.
 *
 * The statements are to be run in order on one connection that preserves insertion order (DuckDB's default): running
 * totals take their rows in the order in which a subquery sorted them.
 *
 * @returns statements that leave the table `values` and drop every other that they made
 */
export const viewPlan = (view: ViewDefinition, entity: EntityDefinition, input: ViewPlanInput): readonly Statement[] => {
  const parts = partsOfView(view, rowScope(versionedName(view)));
  const table = (name: string): string => identifier(`plan ${versionedName(view)} ${name}`);
  const rows = table('rows');
  const context = { parts, rows, points: input.points, lateness: input.lateness, table };
  const isJoined = input.density === 'sparse' || input.density === 'scarce';
  const ordered = isJoined ? [sparsePlan(context, input.density === 'scarce')] : [totalPlan(context), extremePlan(context), newestPlan(context)];
  const plans = [...ordered, oldestPlan(context), sketchPlan(context)];
  // Rows that are read once need not be put down before.
  const onlyTotals = parts.extremes.length + parts.newest.length === 0 && input.lateness === 0;
  const readOnce = (isJoined || onlyTotals) && parts.oldest.length + parts.sketches.length === 0;
  const features = parts.features.map(({ name, scalar, sql }) => `CAST(${sql} AS ${columnTypes[scalar]}) AS ${featureColumn(name)}`);
  const statements: readonly Statement[] = [
    readOnce ? createView('rows', rows, rowsQuery(view, entity, parts, input)) : createTable('rows', rows, rowsQuery(view, entity, parts, input)),
    ...plans.flatMap((plan) => plan.statements),
    createTable('values', input.values, `SELECT point.entity, point.moment, ${features.join(', ')} FROM ${input.points} AS point ${plans.flatMap((plan) => plan.joins).join('\n')}`),
    { step: 'cleaning up', sql: `DROP ${readOnce ? 'VIEW' : 'TABLE'} ${rows}` },
    ...plans.flatMap((plan) => plan.tables).map((name): Statement => ({ step: 'cleaning up', sql: `DROP TABLE ${name}` })),
  ];
  return statements.map(({ step, sql }) => ({ step: `${versionedName(view)}: ${step}`, sql }));
};
