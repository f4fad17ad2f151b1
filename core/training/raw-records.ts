import type { FieldNode, FieldNodes } from '../definition/node';
import type { EventDefinition } from '../manifest/manifest';
import { columnTypes, fieldColumn } from './expression-sql';
import { jsonFieldSql, jsonTypes, structOf } from './json-columns';
import type { Statement } from './sql';
import { textLiteral } from './sql';

/** The columns of a line of the raw zone that records need, as DuckDB's `read_json` takes them. */
const lineColumns = (fields: FieldNodes): string => {
  const data = structOf(Object.entries(fields).map(([name, { scalar }]) => [name, jsonTypes[scalar]]));
  const event = structOf([['id', 'VARCHAR'], ['source', 'VARCHAR'], ...(Object.keys(fields).length > 0 ? [['data', data] as const] : [])]);
  const lineage = structOf([['position', 'VARCHAR'], ['arrival', 'TIMESTAMP'], ['effective_time', 'TIMESTAMP'], ['known_at', 'TIMESTAMP']]);
  return `{event: ${textLiteral(event)}, lineage: ${textLiteral(lineage)}}`;
};

/** Objects of the raw zone that hold events of one contract. */
export interface RawFilesOf {
  /** The contract that the events were written by: another version than that as which they are read, it may be. */
  readonly writer: EventDefinition;
  /** Files of gzip NDJSON. */
  readonly files: readonly string[];
}

/** Where the lines of a source are read from, and which of them. */
export interface RawRange {
  /** Without any file there are no records. */
  readonly raw: readonly RawFilesOf[];
  /** Inclusive, epoch milliseconds of known-at. */
  readonly knownFrom: number;
  /** Exclusive. */
  readonly knownTo: number;
}

/** What the writer declared is read with the reader's type; the rest is absent, whatever stands there: nothing has judged it. */
const columnSql = (name: string, { scalar }: FieldNode, writer: EventDefinition): string =>
  `${name in writer.fields ? jsonFieldSql('event.data', name, scalar) : `CAST(NULL AS ${scalar === 'timestamp' ? 'BIGINT' : jsonTypes[scalar]})`} AS ${fieldColumn(name)}`;

const partSql = (event: EventDefinition, { writer, files }: RawFilesOf, { knownFrom, knownTo }: RawRange): string => {
  const declared = Object.fromEntries(Object.entries(event.fields).filter(([name]) => name in writer.fields));
  return `SELECT event.source AS source, event.id AS id, epoch_ms(lineage.known_at) AS known, epoch_ms(lineage.effective_time) AS effective,
      epoch_ms(lineage.arrival) AS arrival, lineage.position AS position, ${Object.entries(event.fields).map(([name, field]) => columnSql(name, field, writer)).join(', ')}
    FROM read_json([${files.map(textLiteral).join(', ')}], format = 'newline_delimited', compression = 'gzip', columns = ${lineColumns(declared)})
    WHERE epoch_ms(lineage.known_at) >= ${knownFrom} AND epoch_ms(lineage.known_at) < ${knownTo}`;
};

/** Columns of a record beside its fields, with their types. */
const recordColumns = [['source', 'VARCHAR'], ['id', 'VARCHAR'], ['known', 'BIGINT'], ['effective', 'BIGINT'], ['arrival', 'BIGINT'], ['position', 'VARCHAR']] as const;

/** No record at all: of a type of which raw holds nothing yet. */
const noneSql = ({ fields }: EventDefinition): string => `SELECT ${[...recordColumns, ...Object.entries(fields).map(([name, { scalar }]) => [fieldColumn(name), columnTypes[scalar]] as const)]
  .map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`).join(', ')} WHERE FALSE`;

/** The statement that reads lines of the raw zone into a table, copies of one identity each in its own row; columns as for {@link readRecords}. */
export const readLines = (event: EventDefinition, range: RawRange, table: string): Statement => {
  const parts = range.raw.filter(({ files }) => files.length > 0).map((part) => partSql(event, part, range));
  return { step: `reading ${event.name}`, sql: `CREATE OR REPLACE TABLE ${table} AS\n    ${parts.length === 0 ? noneSql(event) : parts.join('\n    UNION ALL ')}` };
};

/** The statement that leaves, of several copies of one identity (source, id), the first by (known-at, arrival, position). */
export const dropCopies = ({ name }: Pick<EventDefinition, 'name'>, table: string): Statement => ({ step: `dropping copies in ${name}`, sql: `DELETE FROM ${table} WHERE rowid IN (
    SELECT row FROM (SELECT records.rowid AS row, row_number() OVER (PARTITION BY source, id ORDER BY known, arrival, position) AS copy
      FROM ${table} AS records SEMI JOIN (SELECT source, id FROM ${table} GROUP BY ALL HAVING count(*) > 1) AS copied USING (source, id))
    WHERE copy > 1)` });

/**
 * The statements that read lines of the raw zone into a table: a row for each event, with `source`, `id`, `known`,
 * `effective`, `arrival` (epoch milliseconds), `position` and a column a field.
 *
 * The raw zone holds a record at least once, and a producer may have sent an event twice: see {@link dropCopies}.
 *
 * @param event the version as which all are read
 */
export const readRecords = (event: EventDefinition, range: RawRange, table: string): readonly Statement[] => [readLines(event, range, table), dropCopies(event, table)];

/** Counts over the records that {@link readRecords} left: how many, and by how many milliseconds the latest became known after its effective time. */
export const recordStatistics = (table: string): string => `SELECT count(*) AS count, coalesce(max(known - effective), 0) AS lateness FROM ${table}`;
