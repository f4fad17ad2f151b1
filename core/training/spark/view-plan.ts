import type { EntityDefinition, ViewDefinition } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import { spark } from '../dialect';
import { rowScope } from '../expression-sql';
import type { Statement } from '../sql';
import type { ViewParts } from '../view-parts';
import { partsOfView, reachOf } from '../view-parts';
import type { ViewPlanInput } from '../view-plan';
import { featureColumn, viewEntitySql } from '../view-plan';
import { extremePlan } from './extreme-plan';
import { sketchPlan } from './joined-plan';
import { totalPlan } from './total-plan';
import { createView, keepView, orderedValue } from './views';

/** Rows of the source that can matter to the points, with what each brings to the aggregates. */
const rowsQuery = (view: ViewDefinition, entity: EntityDefinition, { totals, extremes, newest, oldest, sketches }: ViewParts, { records, earliest, latest }: Omit<ViewPlanInput, 'lateness'>): string => {
  const columns = [
    ...totals.map(({ ofRow }, index) => `coalesce(${ofRow}, 0) AS t${index}`),
    ...extremes.map(({ ofRow }, index) => `${ofRow} AS x${index}`),
    ...newest.map(({ ofRow }, index) => `${orderedValue(ofRow)} AS n${index}`),
    ...oldest.map(({ ofRow }, index) => `${orderedValue(ofRow)} AS o${index}`),
    ...sketches.map(({ key, value }, index) => `${key} AS s${index}_k, ${value} AS s${index}_v`),
  ];
  const key = viewEntitySql(view, entity, spark);
  return `SELECT ${[`${key} AS entity`, 'known', 'effective', ...columns].join(', ')} FROM ${records} WHERE known >= ${earliest - reachOf(view)} AND known < ${latest} AND ${key} IS NOT NULL`;
};

/**
 * The statements that work out a view's features at points in time on Spark SQL 3.5: the same values as viewPlan gives on
 * DuckDB, from the same definitions. They are to be run in order in a session of UTC that keeps to ANSI.
 *
 * @returns statements that leave the view `values`
 */
export const sparkViewPlan = (view: ViewDefinition, entity: EntityDefinition, input: Omit<ViewPlanInput, 'lateness'>): readonly Statement[] => {
  const parts = partsOfView(view, rowScope(versionedName(view), spark));
  const name = (part: string): string => spark.identifier(`plan ${versionedName(view)} ${part}`);
  const context = { parts, rows: name('rows'), points: input.points, view: name };
  const plans = [totalPlan(context), extremePlan(context), sketchPlan(context)];
  const features = parts.features.map((feature) => `CAST(${feature.sql} AS ${spark.types[feature.scalar]}) AS ${featureColumn(feature.name, spark)}`);
  return [
    ...keepView('rows', context.rows, rowsQuery(view, entity, parts, input)),
    ...plans.flatMap((plan) => plan.statements),
    createView('values', input.values, `SELECT point.entity, point.moment, ${features.join(', ')} FROM ${input.points} AS point
      ${plans.flatMap((plan) => plan.found).map(({ view: found, alias }) => `LEFT JOIN ${found} AS ${alias} ON ${alias}.entity = point.entity AND ${alias}.moment = point.moment`).join('\n')}`),
  ].map(({ step, sql }) => ({ step: `${versionedName(view)}: ${step}`, sql }));
};
