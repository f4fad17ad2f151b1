import type { EntityDefinition, ViewDefinition } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import { spark } from '../dialect';
import { expressionSql, rowScope } from '../expression-sql';
import type { Statement } from '../sql';
import type { ViewPlanInput } from '../view-plan';
import { featureColumn, viewEntitySql } from '../view-plan';
import { createView } from './views';

/**
 * The statements that work out the features of a dataset's view at points in time on Spark, as currentPlan does on DuckDB:
 * the versions that are left follow each other in the order of their batches and of their known-at, so that the latest
 * before a moment is that of the largest known-at.
 *
 * @param input `records`: rows of the dataset as sparkRows leaves them
 */
export const sparkCurrentPlan = (view: ViewDefinition, entity: EntityDefinition, { records, points, values }: Pick<ViewPlanInput, 'records' | 'points' | 'values'>): readonly Statement[] => {
  const scope = rowScope(versionedName(view), spark);
  const key = viewEntitySql(view, entity, spark);
  const versions = spark.identifier(`plan ${versionedName(view)} versions`);
  const features = view.features.flatMap((feature) => {
    if (feature.kind !== 'current') return [];
    const value = `CAST(${expressionSql(feature.of, scope)} AS ${spark.types[feature.scalar]})`;
    // A number that is none, or infinite, is absent.
    return [{ column: featureColumn(feature.name, spark), sql: `CASE WHEN present${feature.scalar === 'int' || feature.scalar === 'float' ? ` AND ${spark.isFinite(value)}` : ''} THEN ${value} END` }];
  });
  return [
    createView('versions', versions, `SELECT entity, known, named_struct('known', known, ${features.map(({ column }) => `${spark.textLiteral(column)}, ${column}`).join(', ')}) AS version FROM (
      SELECT ${key} AS entity, known, ${features.map(({ column, sql }) => `${sql} AS ${column}`).join(', ')}, min(known) OVER (PARTITION BY ${key} ORDER BY batch_rank DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS restated
      FROM ${records}) WHERE entity IS NOT NULL AND (restated IS NULL OR known < restated)`),
    createView('values', values, `SELECT entity, moment, ${features.map(({ column }) => `version.${spark.identifier(column)} AS ${column}`).join(', ')}
      FROM (SELECT entity, moment, is_row, max(version) OVER (PARTITION BY entity ORDER BY instant, is_row ROWS UNBOUNDED PRECEDING) AS version
        FROM (SELECT entity, known AS instant, 1 AS is_row, CAST(NULL AS BIGINT) AS moment, version FROM ${versions} UNION ALL SELECT entity, moment, 0, moment, NULL FROM ${points})) WHERE is_row = 0`),
  ].map(({ step, sql }) => ({ step: `${versionedName(view)}: ${step}`, sql }));
};
