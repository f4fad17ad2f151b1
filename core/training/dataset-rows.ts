import type { FieldNodes } from '../definition/node';
import type { BatchRank } from '../dataset/current-row';
import type { DatasetDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { columnTypes, fieldColumn } from './expression-sql';
import { jsonFieldSql, jsonTypes, structOf } from './json-columns';
import type { Statement } from './sql';
import { textLiteral } from './sql';

/** A committed batch with the objects of raw that hold its rows, as files of gzip NDJSON on this machine. */
export interface BatchFiles extends BatchRank { readonly files: readonly string[] }

const emptySql = (fields: FieldNodes): string => `SELECT CAST(NULL AS BIGINT) AS batch_rank, TRUE AS present, CAST(NULL AS BIGINT) AS known, CAST(NULL AS BIGINT) AS arrival, CAST(NULL AS VARCHAR) AS position,
    ${Object.entries(fields).map(([name, { scalar }]) => `CAST(NULL AS ${columnTypes[scalar]}) AS ${fieldColumn(name)}`).join(', ')} WHERE FALSE`;

/** The order of batches as a table in SQL: `batch`, `batch_rank` from 0, `arrival`. */
const ranksSql = (batches: readonly BatchRank[]): string =>
  `(VALUES ${batches.map(({ batch, arrival }, rank) => `(${textLiteral(batch)}, ${rank}::BIGINT, ${arrival}::BIGINT)`).join(', ')}) AS ranks(batch, batch_rank, arrival)`;

/**
 * The statement that reads the rows of batches into a table: `batch_rank` (the place of its batch in the order given),
 * `present`, `known` (epoch milliseconds, 0 for what was always known), `arrival`, `position` and a column a field.
 *
 * @param batches in their order, the oldest first
 */
export const readRows = (dataset: DatasetDefinition, batches: readonly BatchFiles[], table: string): Statement => {
  const files = batches.flatMap((batch) => batch.files);
  const fields = Object.entries(dataset.fields);
  const row = structOf(fields.map(([name, { scalar }]) => [name, jsonTypes[scalar]]));
  const lineage = structOf([['position', 'VARCHAR'], ['known_at', 'TIMESTAMP'], ['batch_id', 'VARCHAR']]);
  return {
    step: `reading ${versionedName(dataset)}`,
    sql: `CREATE OR REPLACE TABLE ${table} AS ${files.length === 0 ? emptySql(dataset.fields) : `
    SELECT batch_rank, TRUE AS present, coalesce(epoch_ms(lineage.known_at), 0) AS known, arrival, lineage.position AS position, ${fields.map(([name, { scalar }]) => `${jsonFieldSql('"row"', name, scalar)} AS ${fieldColumn(name)}`).join(', ')}
    FROM read_json([${files.map(textLiteral).join(', ')}], format = 'newline_delimited', compression = 'gzip', columns = {'row': ${textLiteral(row)}, lineage: ${textLiteral(lineage)}})
    JOIN ${ranksSql(batches)} ON ranks.batch = lineage.batch_id`}`,
  };
};

/**
 * The statement that adds, for batches that hold all rows, where a row was gone: a row that is not `present`, known from the
 * arrival of the first batch on that does not have it any more.
 *
 * @param batches as they were given to {@link readRows}
 */
export const addAbsences = (dataset: DatasetDefinition, batches: readonly BatchRank[], table: string): Statement => {
  const keys = dataset.key.map(fieldColumn).join(', ');
  return {
    step: `rows that are gone from ${versionedName(dataset)}`,
    sql: `INSERT INTO ${table} BY NAME SELECT ranks.batch_rank AS batch_rank, FALSE AS present, ranks.arrival AS known, ranks.arrival AS arrival, ${keys}
    FROM (SELECT ${keys}, batch_rank, lead(batch_rank) OVER (PARTITION BY ${keys} ORDER BY batch_rank) AS following FROM ${table}) AS held
    JOIN ${ranksSql(batches)} ON ranks.batch_rank = held.batch_rank + 1 WHERE held.following IS DISTINCT FROM held.batch_rank + 1`,
  };
};
