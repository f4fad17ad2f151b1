import type { EntityDefinition, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { columnTypes, expressionSql, rowScope } from './expression-sql';
import { createTable } from './plan-context';
import type { Statement } from './sql';
import { identifier } from './sql';
import type { ViewPlanInput } from './view-plan';
import { featureColumn, viewEntitySql } from './view-plan';

/**
 * The statements that work out the features of a dataset's view at points in time: of the rows that were known before the
 * moment, that of the latest batch counts. A row that a later batch knows to have been so before, or at the same time, is
 * never seen; those that are left follow each other in both orders, so that one ASOF join finds them.
 *
 * @param input `records`: rows of the dataset as readRows and addAbsences leave them
 */
export const currentPlan = (view: ViewDefinition, entity: EntityDefinition, { records, points, values }: Pick<ViewPlanInput, 'records' | 'points' | 'values'>): readonly Statement[] => {
  const scope = rowScope(versionedName(view));
  const key = viewEntitySql(view, entity);
  const features = view.features.flatMap((feature) => (feature.kind === 'current' ? [{ ...feature, column: featureColumn(feature.name) }] : []));
  const versions = identifier(`plan ${versionedName(view)} versions`);
  const columns = features.map(({ of, scalar, column }) => {
    const value = `CAST(${expressionSql(of, scope)} AS ${columnTypes[scalar]})`;
    // A number that is none, or infinite, is absent.
    return `CASE WHEN present${scalar === 'int' || scalar === 'float' ? ` AND isfinite(${value})` : ''} THEN ${value} END AS ${column}`;
  });
  return [
    createTable('versions', versions, `SELECT * EXCLUDE (batch_rank, restated) FROM (
      SELECT ${key} AS entity, batch_rank, known, ${columns.join(', ')}, min(known) OVER (PARTITION BY ${key} ORDER BY batch_rank DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS restated
      FROM ${records} SEMI JOIN (SELECT DISTINCT entity FROM ${points}) AS wanted ON wanted.entity = ${key}) WHERE restated IS NULL OR known < restated`),
    createTable('values', values, `SELECT point.entity, point.moment, ${features.map(({ column }) => `versions.${column}`).join(', ')} FROM ${points} AS point
      ASOF LEFT JOIN ${versions} AS versions ON versions.entity = point.entity AND versions.known < point.moment`),
    { step: 'cleaning up', sql: `DROP TABLE ${versions}` },
  ].map(({ step, sql }) => ({ step: `${versionedName(view)}: ${step}`, sql }));
};
