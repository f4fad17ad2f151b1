import type { Scalar } from '../definition/node';
import type { EventDefinition } from '../manifest/manifest';
import { columnTypes, fieldColumn } from './expression-sql';
import type { Statement } from './sql';
import { identifier, textLiteral } from './sql';

// Numbers are read as doubles, as 12.0 is a whole number in JSON; timestamps as the text that the contract accepted.
const jsonTypes: Readonly<Record<Scalar, string>> = { ...columnTypes, timestamp: 'VARCHAR' };

const fieldSql = (name: string, scalar: Scalar): string => {
  const field = `event.data.${identifier(name)}`;
  return scalar === 'timestamp' ? `epoch_ms(CAST(${field} AS TIMESTAMPTZ))` : field;
};

const structOf = (fields: readonly (readonly [name: string, type: string])[]): string => `STRUCT(${fields.map(([name, type]) => `${identifier(name)} ${type}`).join(', ')})`;

/** The columns of a line of the raw zone that records need, as DuckDB's `read_json` takes them. */
const lineColumns = ({ fields }: EventDefinition): string => {
  const data = structOf(Object.entries(fields).map(([name, { scalar }]) => [name, jsonTypes[scalar]]));
  const event = structOf([['id', 'VARCHAR'], ['source', 'VARCHAR'], ['data', data]]);
  const lineage = structOf([['position', 'VARCHAR'], ['arrival', 'TIMESTAMP'], ['effective_time', 'TIMESTAMP'], ['known_at', 'TIMESTAMP']]);
  return `{event: ${textLiteral(event)}, lineage: ${textLiteral(lineage)}}`;
};

/** Where the lines of a source are read from, and which of them. */
export interface RawRange {
  /** Files of gzip NDJSON, at least one. */
  readonly files: readonly string[];
  /** Inclusive, epoch milliseconds of known-at. */
  readonly knownFrom: number;
  /** Exclusive. */
  readonly knownTo: number;
}

/**
 * The statements that read lines of the raw zone into a table: a row for each event, with `source`, `id`, `known`,
 * `effective`, `arrival` (epoch milliseconds), `position` and a column a field.
 *
 * The raw zone holds a record at least once, and a producer may have sent an event twice: of several copies of one
 * identity (source, id) the first by (known-at, arrival, position) stays.
 */
export const readRecords = (event: EventDefinition, range: RawRange, table: string): readonly Statement[] => [
  { step: `reading ${event.name}`, sql: `CREATE OR REPLACE TABLE ${table} AS
    SELECT event.source AS source, event.id AS id, epoch_ms(lineage.known_at) AS known, epoch_ms(lineage.effective_time) AS effective,
      epoch_ms(lineage.arrival) AS arrival, lineage.position AS position, ${Object.entries(event.fields).map(([name, { scalar }]) => `${fieldSql(name, scalar)} AS ${fieldColumn(name)}`).join(', ')}
    FROM read_json([${range.files.map(textLiteral).join(', ')}], format = 'newline_delimited', compression = 'gzip', columns = ${lineColumns(event)})
    WHERE epoch_ms(lineage.known_at) >= ${range.knownFrom} AND epoch_ms(lineage.known_at) < ${range.knownTo}` },
  { step: `dropping copies in ${event.name}`, sql: `DELETE FROM ${table} WHERE rowid IN (
    SELECT row FROM (SELECT records.rowid AS row, row_number() OVER (PARTITION BY source, id ORDER BY known, arrival, position) AS copy
      FROM ${table} AS records SEMI JOIN (SELECT source, id FROM ${table} GROUP BY ALL HAVING count(*) > 1) AS copied USING (source, id))
    WHERE copy > 1)` },
];

/** Counts over the records that {@link readRecords} left: how many, and by how many milliseconds the latest became known after its effective time. */
export const recordStatistics = (table: string): string => `SELECT count(*) AS count, coalesce(max(known - effective), 0) AS lateness FROM ${table}`;
