import type { Scalar } from '../../definition/node';
import { isIncremental, type BatchRank } from '../../dataset/current-row';
import type { DatasetDefinition, EventDefinition } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';
import { spark } from '../dialect';
import { fieldColumnIn } from '../expression-sql';
import type { Statement } from '../sql';
import { createView, keepView } from './views';

/** Objects of raw, gzip NDJSON, as a view of Spark with a column for each member of a line; the job that runs the plan makes it. */
export interface RawLines {
  readonly view: string;
  /** As Spark takes a schema: columns with their types. */
  readonly schema: string;
  /** Keys in the bucket of raw. */
  readonly keys: readonly string[];
}

/** Statements that leave a source's records or rows in a view, and the lines that they read. */
export interface SparkSource { readonly lines: readonly RawLines[]; readonly statements: readonly Statement[] }

const fieldColumn = fieldColumnIn(spark);
const struct = (fields: readonly (readonly [name: string, type: string])[]): string => `STRUCT<${fields.map(([name, type]) => `${spark.identifier(name)}: ${type}`).join(', ')}>`;
/** Timestamps are read as the text that the contract accepted. */
const jsonType = (scalar: Scalar): string => (scalar === 'timestamp' ? spark.types.string : spark.types[scalar]);
const instant = (text: string): string => `unix_millis(CAST(${text} AS TIMESTAMP))`;
const fieldOf = (object: string, name: string, scalar: Scalar): string => (scalar === 'timestamp' ? instant(`${object}.${spark.identifier(name)}`) : `${object}.${spark.identifier(name)}`);

/** Which of an event type's lines are read, see RawRange. */
export interface SparkRawRange {
  readonly raw: readonly { readonly writer: EventDefinition; readonly keys: readonly string[] }[];
  readonly knownFrom: number;
  readonly knownTo: number;
}

/** Reads events as readRecords does on DuckDB: of several copies of one identity the first by (known-at, arrival, position) stays. */
export const sparkRecords = (event: EventDefinition, { raw, knownFrom, knownTo }: SparkRawRange, view: string): SparkSource => {
  const parts = raw.map(({ writer, keys }, index) => ({ writer, keys, view: spark.identifier(`lines of ${view} ${index}`) }));
  const lineage = struct([['position', 'STRING'], ['arrival', 'STRING'], ['effective_time', 'STRING'], ['known_at', 'STRING']]);
  const declared = (writer: EventDefinition): readonly (readonly [string, string])[] => Object.entries(event.fields).flatMap(([name, { scalar }]) => (name in writer.fields ? [[name, jsonType(scalar)] as const] : []));
  // What the writer did not declare is absent, whatever stands there: nothing has judged it.
  const column = (name: string, scalar: Scalar, writer: EventDefinition): string => `${name in writer.fields ? fieldOf('event.data', name, scalar) : `CAST(NULL AS ${spark.types[scalar]})`} AS ${fieldColumn(name)}`;
  const read = parts.map((part) => `SELECT event.source AS source, event.id AS id, ${instant('lineage.known_at')} AS known, ${instant('lineage.effective_time')} AS effective, ${instant('lineage.arrival')} AS arrival, lineage.position AS position
    ${Object.entries(event.fields).map(([name, { scalar }]) => `, ${column(name, scalar, part.writer)}`).join('')} FROM ${part.view}`);
  return {
    lines: parts.map((part) => ({ view: part.view, keys: part.keys, schema: `event ${struct([['id', 'STRING'], ['source', 'STRING'], ...(declared(part.writer).length > 0 ? [['data', struct(declared(part.writer))] as const] : [])])}, lineage ${lineage}` })),
    statements: keepView(`reading ${versionedName(event)}`, view, `SELECT * FROM (
      SELECT *, row_number() OVER (PARTITION BY source, id ORDER BY known, arrival, position) AS copy FROM (${read.join(' UNION ALL ')}) WHERE known >= ${knownFrom} AND known < ${knownTo}) WHERE copy = 1`),
  };
};

/** A committed batch with its objects. */
export interface BatchKeys extends BatchRank { readonly keys: readonly string[] }

/** Reads the rows of a dataset's batches, and where rows are gone from one, as readRows and addAbsences do on DuckDB. */
export const sparkRows = (dataset: DatasetDefinition, batches: readonly BatchKeys[], view: string): SparkSource => {
  const [lines, read] = [spark.identifier(`lines of ${view}`), spark.identifier(`rows of ${view}`)];
  const fields = Object.entries(dataset.fields);
  const keys = dataset.key.map((name) => fieldColumn(name)).join(', ');
  const ranks = `(VALUES ${batches.map(({ batch, arrival }, rank) => `(${spark.textLiteral(batch)}, CAST(${rank} AS BIGINT), CAST(${arrival} AS BIGINT))`).join(', ')}) AS ranks(batch, batch_rank, arrival)`;
  const gone = `SELECT ranks.batch_rank AS batch_rank, FALSE AS present, ranks.arrival AS known, ranks.arrival AS arrival, CAST(NULL AS STRING) AS position, ${fields.map(([name, { scalar }]) => (dataset.key.includes(name) ? `held.${fieldColumn(name)}` : `CAST(NULL AS ${spark.types[scalar]}) AS ${fieldColumn(name)}`)).join(', ')}
    FROM (SELECT ${keys}, batch_rank, lead(batch_rank) OVER (PARTITION BY ${keys} ORDER BY batch_rank) AS following FROM ${read}) AS held
    JOIN ${ranks} ON ranks.batch_rank = held.batch_rank + 1 WHERE held.following IS NULL OR held.following <> held.batch_rank + 1`;
  return {
    lines: [{ view: lines, keys: batches.flatMap((batch) => batch.keys), schema: `${spark.identifier('row')} ${struct(fields.map(([name, { scalar }]) => [name, jsonType(scalar)]))}, lineage ${struct([['position', 'STRING'], ['known_at', 'STRING'], ['batch_id', 'STRING']])}` }],
    statements: [
      ...keepView(`reading ${versionedName(dataset)}`, read, `SELECT batch_rank, TRUE AS present, coalesce(${instant('lineage.known_at')}, 0) AS known, arrival, lineage.position AS position, ${fields.map(([name, { scalar }]) => `${fieldOf('`row`', name, scalar)} AS ${fieldColumn(name)}`).join(', ')}
        FROM ${lines} JOIN ${ranks} ON ranks.batch = lineage.batch_id`),
      createView(`rows that are gone from ${versionedName(dataset)}`, view, `SELECT * FROM ${read}${isIncremental(dataset) || batches.length < 2 ? '' : ` UNION ALL ${gone}`}`),
    ],
  };
};
