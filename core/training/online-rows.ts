import type { DatasetDefinition, EntityDefinition, ViewDefinition } from '../manifest/manifest';
import { fieldColumn } from './expression-sql';
import { viewEntitySql } from './view-plan';

/**
 * The query of what is to be online of a dataset's view, in the order of its entities: the latest row of each, and where
 * there was one before that is gone, a row that is not `present` and has nothing but its key. Its columns are `entity`,
 * `present`, `batch_rank`, `known`, `position`, and one a field.
 *
 * @param rows table as readRows leaves it
 * @param left table of rows that may be online; undefined when there are none
 * @param past so many are left out
 */
export const onlineRows = (view: ViewDefinition, entity: EntityDefinition, dataset: DatasetDefinition, { rows, left, past = 0 }: { readonly rows: string; readonly left?: string; readonly past?: number }): string => {
  const [key, keys, fields] = [viewEntitySql(view, entity), dataset.key.map(fieldColumn), Object.keys(dataset.fields).map(fieldColumn)];
  const gone = left === undefined ? '' : `
    UNION ALL BY NAME SELECT DISTINCT FALSE AS present, ${keys.join(', ')} FROM ${left} AS held ANTI JOIN ${rows} AS rows ON ${keys.map((name) => `rows.${name} = held.${name}`).join(' AND ')}`;
  return `SELECT ${key} AS entity, present, batch_rank, known, position, ${fields.join(', ')} FROM (
    SELECT present, batch_rank, known, position, ${fields.join(', ')} FROM (SELECT *, row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY batch_rank DESC) AS copy FROM ${rows}) WHERE copy = 1${gone}
  ) WHERE ${key} IS NOT NULL ORDER BY entity OFFSET ${past}`;
};
