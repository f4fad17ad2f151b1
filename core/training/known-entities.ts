import type { EpochMillis } from '../event/time';
import type { Manifest, ModelDefinition, SourceReference } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { columnTypes, entityKeySql, expressionSql, rowScope } from './expression-sql';
import { createTable } from './plan-context';
import type { Statement } from './sql';
import { identifier, textLiteral } from './sql';
import type { RecordsTable } from './training-set-plan';
import { entityColumn, lookupsOf, requestColumn, slotColumn } from './training-set-plan';

/**
 * Why the entities that a model's views know are no rows of it; undefined when they are.
 *
 * Two slots would make a row of each pair, which nobody asked for, and a request field has no value.
 */
export const knownEntitiesProblem = (model: ModelDefinition): string | undefined => {
  const slots = Object.keys(model.entities);
  if (slots.length !== 1) return `The model ${versionedName(model)} has the slots ${slots.join(', ') || 'of no entity'}: which entities belong together, only a file of rows says.`;
  const needed = Object.entries(model.request).flatMap(([name, { optional }]) => (optional ? [] : [name]));
  return needed.length === 0 ? undefined : `The model ${versionedName(model)} needs the request fields ${needed.join(', ')}, which entities do not have; give a file of rows.`;
};

/** What the entities are found in. */
export interface KnownEntitiesInput {
  readonly manifest: Manifest;
  readonly model: ModelDefinition;
  /** As far back as the windows of the views reach before the moment. */
  readonly records: (source: SourceReference) => RecordsTable;
  readonly moment: EpochMillis;
  /** Tells these rows from those of other requests. */
  readonly source: string;
}

/**
 * Makes the table `candidates` of every entity of which a model's views knew something before a moment: events in the reach
 * of their windows, or rows of their datasets. In the shape that given rows have; a row is called by the entity's key.
 *
 * @throws Error for a model of which {@link knownEntitiesProblem} tells
 */
export const knownEntities = ({ manifest, model, records, moment, source }: KnownEntitiesInput): Statement => {
  const problem = knownEntitiesProblem(model);
  const [slot, name] = Object.entries(model.entities)[0] ?? [];
  const key = name === undefined ? undefined : manifest.entities[name]?.key;
  if (problem !== undefined || slot === undefined || key === undefined) throw new Error(problem ?? `${versionedName(model)} reads ${name}, which is not in the manifest; run npx headrace compile.`);
  const parts = Object.entries(key).map(([field, { scalar }]) => ({ field, scalar, sql: identifier(field) }));
  const views = lookupsOf({ manifest, model }).map(({ view }) => {
    const columns = parts.map(({ field, scalar }) => {
      const node = view.by[field];
      if (!node) throw new Error(`The feature view ${versionedName(view)} does not say by which column the key '${field}' is found.`);
      return `CAST(${expressionSql(node, rowScope(versionedName(view)))} AS ${columnTypes[scalar]}) AS ${identifier(field)}`;
    });
    return `SELECT DISTINCT ${columns.join(', ')} FROM ${records(view.from).table} WHERE known < ${moment}${view.from.kind === 'dataset' ? ' AND present' : ''}`;
  });
  const entity = entityKeySql(parts);
  const columns = [
    `row_number() OVER (ORDER BY ${entity}) AS "row"`, `${textLiteral(source)} AS source`, `${entity} AS id`, 'CAST(NULL AS BIGINT) AS known', `CAST(${moment} AS BIGINT) AS moment`, `${entity} AS ${slotColumn(slot)}`,
    ...parts.map(({ field, scalar, sql }) => `${scalar === 'int' ? `CAST(${sql} AS BIGINT)` : sql} AS ${identifier(entityColumn(slot, field))}`),
    ...Object.entries(model.request).map(([field, { scalar }]) => `CAST(NULL AS ${columnTypes[scalar]}) AS ${requestColumn(field)}`),
    'NULL AS label', 'CAST(NULL AS VARCHAR) AS dropped', 'CAST(NULL AS VARCHAR) AS dropped_column',
  ];
  return createTable(`${versionedName(model)}: known entities`, 'candidates', `SELECT ${columns.join(', ')} FROM (${views.join(' UNION ')}) WHERE ${entity} IS NOT NULL`);
};

/** The statement that keeps known entities in a file, and the one that makes them the candidates again. */
export const keepEntities = (file: string): Statement => ({ step: 'keeping known entities', sql: `COPY (SELECT * FROM candidates ORDER BY "row") TO ${textLiteral(file)} (FORMAT parquet, COMPRESSION zstd)` });
export const keptEntities = (file: string): Statement => createTable('kept entities', 'candidates', `SELECT * FROM read_parquet(${textLiteral(file)})`);
