import type { EpochMillis } from '../event/time';
import type { Manifest, ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import { columnTypes, entityKeySql } from './expression-sql';
import type { GivenColumns, GivenRead } from './given-columns';
import { createTable } from './plan-context';
import type { Statement } from './sql';
import { identifier, textLiteral } from './sql';
import { entityColumn, requestColumn, slotColumn } from './training-set-plan';

/** Formats of files of rows that somebody gives. */
export const givenFormats = ['parquet', 'csv', 'ndjson'] as const;
export type GivenFormat = (typeof givenFormats)[number];

/** The format of a file by the end of its name, whether it is compressed or not; undefined for another. */
export const givenFormatOf = (name: string): GivenFormat | undefined => {
  const ending = /\.(parquet|csv|ndjson|jsonl)(?:\.gz)?$/iu.exec(name)?.[1]?.toLowerCase();
  return ending === 'jsonl' ? 'ndjson' : givenFormats.find((format) => format === ending);
};

/** Table of the rows as they stand in the file. */
export const givenTable = 'given';
/** Its column of a row's number in the file, from 1; no file has such a column. */
const numberColumn = '"given row"';
const at = `${givenTable}.${numberColumn}`;

// Commas, as files of datasets have, and nothing guessed.
const csvForm = `header = true, delim = ',', quote = '"', escape = '"'`;

/** A query of rows of (name): the columns that a file of text has, for {@link readGiven}; undefined for one that says it itself. */
export const givenNamesQuery = (file: string, format: GivenFormat): string | undefined => {
  const path = textLiteral(file);
  if (format === 'parquet') return undefined;
  if (format === 'csv') return `SELECT column_name AS name FROM (DESCRIBE SELECT * FROM read_csv(${path}, all_varchar = true, null_padding = true, ${csvForm}))`;
  return `SELECT DISTINCT name FROM (SELECT unnest(json_keys(json)) AS name FROM read_ndjson_objects(${path})) WHERE NOT contains(name, '"') ORDER BY name`;
};

const sourceOf = (file: string, format: GivenFormat, names: readonly string[]): string => {
  const path = textLiteral(file);
  if (format === 'parquet') return `SELECT * FROM read_parquet(${path})`;
  if (format === 'csv') return `SELECT * FROM read_csv(${path}, auto_detect = false, ${csvForm}, columns = {${names.map((name) => `${textLiteral(name)}: 'VARCHAR'`).join(', ')}})`;
  return `SELECT ${names.length === 0 ? 'NULL AS nothing' : names.map((name) => `json ->> ${textLiteral(`$."${name}"`)} AS ${identifier(name)}`).join(', ')} FROM read_ndjson_objects(${path})`;
};

/**
 * The statement that reads a file into the table `given`, its rows in the file's order. A line that cannot be read fails the
 * whole: no row is lost.
 *
 * @param names of a file of text, see {@link givenNamesQuery}
 */
export const readGiven = (file: string, format: GivenFormat, names: readonly string[] = []): Statement => ({ step: 'reading the rows', sql: `CREATE OR REPLACE TABLE ${givenTable} AS SELECT row_number() OVER () AS ${numberColumn}, * FROM (${sourceOf(file, format, names)})` });

/** Rows of (name, type): the columns of `given`. */
export const givenColumnsQuery = `SELECT column_name AS name, column_type AS type FROM (DESCRIBE ${givenTable}) WHERE column_name <> ${textLiteral(numberColumn.slice(1, -1))}`;

/** Why a row that was given is none: a closed list; each is counted, and the row is kept with it. */
export const givenReasons = ['idMissing', 'duplicateId', 'momentMissing', 'momentInvalid', 'momentOutOfRange', 'momentInFuture', 'entityMissing', 'entityInvalid', 'requestMissing', 'requestInvalid', 'labelMissing', 'labelInvalid', 'knownInvalid', 'labelNotInFuture', 'labelNotDue'] as const;
export type GivenReason = (typeof givenReasons)[number];

export interface GivenPlanInput {
  readonly manifest: Pick<Manifest, 'entities'>;
  readonly model: ModelDefinition;
  readonly columns: GivenColumns;
  /** Of every row, where the rows have none of their own. */
  readonly moment?: EpochMillis;
  /** Only moments from then on, and before then. */
  readonly from?: EpochMillis;
  readonly to?: EpochMillis;
  /** What is later is not known yet: no row has a later moment. */
  readonly now: EpochMillis;
  /** Tells these rows from those of other files: the `source` of their identity. */
  readonly source: string;
}

/** A condition under which a row is none. */
interface Refusal { readonly when: string; readonly reason: GivenReason; readonly column: string }

const missing = ({ present, column }: GivenRead, reason: GivenReason): Refusal => ({ when: `NOT (${present})`, reason, column });
const invalid = ({ present, value, column }: GivenRead, reason: GivenReason): Refusal => ({ when: `${present} AND ${value} IS NULL`, reason, column });

const momentOf = ({ columns, moment }: Pick<GivenPlanInput, 'columns' | 'moment'>): string => {
  const sql = columns.moment?.value ?? (moment === undefined ? undefined : `CAST(${moment} AS BIGINT)`);
  if (sql === undefined) throw new Error('Rows have no moment: neither a column nor one for all was given.');
  return sql;
};

/** Every condition, in the order in which they are asked. */
const refusalsOf = (input: GivenPlanInput): readonly Refusal[] => {
  const { columns: { id, moment, known, label, entities, request }, now, from, to } = input;
  const when = momentOf(input);
  const keys = Object.values(entities).flatMap((key) => Object.values(key));
  const fields = Object.values(request);
  return [
    ...(id === undefined ? [] : [missing(id, 'idMissing'), { when: '"given copy" > 1', reason: 'duplicateId', column: id.column } as const]),
    ...(moment === undefined ? [] : [missing(moment, 'momentMissing'), invalid(moment, 'momentInvalid')]),
    ...(from === undefined ? [] : [{ when: `${when} < ${from}`, reason: 'momentOutOfRange', column: moment?.column ?? '' } as const]),
    ...(to === undefined ? [] : [{ when: `${when} >= ${to}`, reason: 'momentOutOfRange', column: moment?.column ?? '' } as const]),
    { when: `${when} > ${now}`, reason: 'momentInFuture', column: moment?.column ?? '' },
    ...keys.map((key) => missing(key, 'entityMissing')), ...keys.map((key) => invalid(key, 'entityInvalid')),
    ...fields.filter(({ optional }) => !optional).map((field) => missing(field, 'requestMissing')), ...fields.map((field) => invalid(field, 'requestInvalid')),
    ...(label === undefined ? [] : [missing(label, 'labelMissing'), invalid(label, 'labelInvalid')]),
    ...(label === undefined || known === undefined ? [] : [
      invalid(known, 'knownInvalid'),
      { when: `${known.value} <= ${when}`, reason: 'labelNotInFuture', column: known.column } as const,
      { when: `${known.value} > ${now}`, reason: 'labelNotDue', column: known.column } as const,
    ]),
  ];
};

const firstOf = (refusals: readonly Refusal[], tell: (refusal: Refusal) => string): string => `CASE ${refusals.map((refusal) => `WHEN ${refusal.when} THEN ${textLiteral(tell(refusal))}`).join(' ')} END`;

/**
 * Makes the table `candidates` of the rows of `given`, in the shape that events' candidates have, so that the same plan finds
 * their features; with `row` (from 1, as in the file), and `dropped` and `dropped_column` of rows that are none. An id that
 * came before is a duplicate; a row without ids is called by its number.
 */
export const givenCandidates = (input: GivenPlanInput): Statement => {
  const { manifest, model, columns, source } = input;
  const keys = Object.entries(model.entities).map(([slot, name]) => {
    const parts = Object.entries(manifest.entities[name]?.key ?? {}).map(([key, { scalar }]) => ({ key, scalar, sql: columns.entities[slot]?.[key]?.value ?? `CAST(NULL AS ${columnTypes[scalar]})` }));
    return `${entityKeySql(parts)} AS ${slotColumn(slot)}, ${parts.map(({ key, scalar, sql }) => `${scalar === 'int' ? `CAST(${sql} AS BIGINT)` : sql} AS ${identifier(entityColumn(slot, key))}`).join(', ')}`;
  });
  const requested = Object.entries(model.request).map(([name, { scalar }]) => `${columns.request[name]?.value ?? `CAST(NULL AS ${columnTypes[scalar]})`} AS ${requestColumn(name)}`);
  const id = columns.id?.value ?? `CAST(${at} AS VARCHAR)`;
  const refusals = refusalsOf(input);
  const copies = columns.id === undefined ? '1' : `row_number() OVER (PARTITION BY ${id} ORDER BY ${at})`;
  return createTable(`${versionedName(model)}: given rows`, 'candidates', `SELECT ${[
    `${at} AS "row"`, `${textLiteral(source)} AS source`, `${id} AS id`, `${columns.known?.value ?? 'CAST(NULL AS BIGINT)'} AS known`, `${momentOf(input)} AS moment`,
    ...keys, ...requested, `${columns.label?.value ?? 'NULL'} AS label`, `${firstOf(refusals, ({ reason }) => reason)} AS dropped`, `${firstOf(refusals, ({ column }) => column)} AS dropped_column`,
  ].join(', ')} FROM (SELECT *, ${copies} AS "given copy" FROM ${givenTable}) AS ${givenTable}`);
};

/** Rows of (rows, kept, first, last): how many there are, how many are rows of the model, and their first and last moments. */
export const givenStatistics = 'SELECT count(*) AS rows, count(*) FILTER (dropped IS NULL) AS kept, min(moment) FILTER (dropped IS NULL) AS first, max(moment) FILTER (dropped IS NULL) AS last FROM candidates';

/** The statement that writes what was refused as NDJSON: the row's number, why, in which column, and the row as it was given. */
export const writeRefused = (file: string): Statement => ({
  step: 'writing what was refused',
  sql: `COPY (SELECT candidates."row" AS "row", dropped AS reason, nullif(dropped_column, '') AS "column", json_merge_patch(to_json(${givenTable}), '{${numberColumn}: null}') AS given
    FROM candidates JOIN ${givenTable} ON ${at} = candidates."row" WHERE dropped IS NOT NULL ORDER BY candidates."row") TO ${textLiteral(file)} (FORMAT json)`,
});
