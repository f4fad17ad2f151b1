import type { FieldNode, Scalar } from '../definition/node';
import { versionedName, type DatasetDefinition, type PostgresSource } from '../manifest/manifest';

/** A dataset that comes from a PostgreSQL database. */
export type PostgresDataset = DatasetDefinition & { readonly source: PostgresSource };

export const isPostgresDataset = (dataset: DatasetDefinition): dataset is PostgresDataset => 'postgres' in dataset.source;

/** The database of a source that names none. */
const usualDatabase = 'postgres';

/** Name of the database that a dataset comes from, as environments know it. */
export const databaseOf = ({ source }: PostgresDataset): string => source.database ?? usualDatabase;

/** A column as the database's catalog has it. */
export interface DatabaseColumn { readonly name: string; /** As `format_type` writes it: `timestamp with time zone`. */ readonly type: string }

/** Types of a table's columns that can be read as a field's. */
const readable: Readonly<Record<Scalar, RegExp>> = {
  string: /^/u,
  int: /^(?:smallint|integer|bigint|numeric(?:\(.*\))?)$/u,
  float: /^(?:real|double precision|smallint|integer|bigint|numeric(?:\(.*\))?)$/u,
  boolean: /^boolean$/u,
  timestamp: /^timestamp(?:\(\d\))? with time zone$/u,
};

const allowedTypes: Readonly<Record<Scalar, string>> = {
  string: 'any type', int: 'smallint, integer, bigint or numeric', float: 'real, double precision, numeric or a whole number', boolean: 'boolean', timestamp: 'timestamp with time zone',
};

const snakeCase = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/gu, '$1_$2').toLowerCase();

/** The column that holds a field: that of its name, or of its name in snake case, as databases write it. */
const columnOf = (field: string, columns: readonly DatabaseColumn[]): DatabaseColumn | undefined =>
  columns.find(({ name }) => name === field) ?? columns.find(({ name }) => name === snakeCase(field));

/** A name as PostgreSQL takes it (manual, section 4.1.1). */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table` as two names; without a schema it is `public`. */
export const tableNameOf = ({ source }: PostgresDataset): readonly [schema: string, table: string] => {
  const [first = '', second] = source.postgres.split('.');
  return second === undefined ? ['public', first] : [first, second];
};

const typeFault = (field: string, { scalar }: FieldNode, { name, type }: DatabaseColumn): string | undefined => {
  if (readable[scalar].test(type)) return undefined;
  const withoutZone = scalar === 'timestamp' && type.startsWith('timestamp') ? `; without a time zone a moment is not told: read a view with ${name} AT TIME ZONE '…'` : '';
  return `the column ${name} is ${type}, and the field '${field}' is ${scalar}, which is read from ${allowedTypes[scalar]}${withoutZone}`;
};

/** How a dataset's rows are read: SQL that gives each row as one text of JSON, or why that cannot be. */
export type ReadingPlan = { readonly ok: true; readonly sql: string; readonly incrementColumn?: string } | { readonly ok: false; readonly refusal: string };

/**
 * Holds a table's columns against the dataset's contract. Columns that the contract does not name are not read.
 *
 * @param columns of the table; none when there is no such table
 * @returns SQL with `$1` and `$2` (moments, exclusive and inclusive) where the dataset comes as increments, without parameters elsewhere
 */
export const readingPlan = (dataset: PostgresDataset, columns: readonly DatabaseColumn[]): ReadingPlan => {
  const [schema, table] = tableNameOf(dataset);
  const contract = `dataset ${versionedName(dataset)} (contract ${dataset.hash.slice(0, 12)})`;
  if (columns.length === 0) return { ok: false, refusal: `${contract} comes from the table ${schema}.${table}, which is not in the database ${databaseOf(dataset)}, or not for the user of its secret; correct the source's name, or grant SELECT on the table.` };
  const found = Object.entries(dataset.fields).map(([field, node]) => ({ field, node, column: columnOf(field, columns) }));
  const missing = found.filter(({ node, column }) => column === undefined && !node.optional).map(({ field }) => field);
  if (missing.length > 0) {
    const names = missing.map((field) => (snakeCase(field) === field ? field : `${field} or ${snakeCase(field)}`)).join(', ');
    return { ok: false, refusal: `${contract} has the field ${missing.map((field) => `'${field}'`).join(', ')}, and the table ${schema}.${table} has no column ${names}; its columns are ${columns.map(({ name }) => name).join(', ')}. Give the column back, or declare a version of the dataset without the field or with it optional.` };
  }
  const faults = found.flatMap(({ field, node, column }) => (column === undefined ? [] : typeFault(field, node, column) ?? []));
  if (faults.length > 0) return { ok: false, refusal: `${contract} does not fit the table ${schema}.${table}: ${faults.join('; ')}. Change the column's type back, or declare a new version of the dataset.` };
  const selected = found.flatMap(({ field, node, column }) => (column === undefined ? [] : [`${identifier(column.name)}${node.scalar === 'string' ? '::text' : ''} AS ${identifier(field)}`]));
  const { increment } = dataset.source;
  const incrementColumn = increment === undefined ? undefined : columnOf(increment, columns)?.name;
  const newer = incrementColumn === undefined ? '' : ` WHERE ${identifier(incrementColumn)} > $1::timestamptz AND ${identifier(incrementColumn)} <= $2::timestamptz`;
  return {
    ok: true,
    sql: `SELECT row_to_json(r)::text FROM (SELECT ${selected.join(', ')} FROM ${identifier(schema)}.${identifier(table)}${newer}) AS r`,
    ...(incrementColumn === undefined ? {} : { incrementColumn }),
  };
};

/** What was taken out of a database, as it lies in the landing bucket. */
export interface Extract {
  readonly parts: readonly { readonly key: string; /** SHA-256 (hex) of its bytes. */ readonly checksum: string; readonly rows: number }[];
  readonly rows: number;
  /** Where it was taken from. */
  readonly server: { readonly host: string; readonly port: number; readonly database: string };
  /** `schema.table`. */
  readonly table: string;
  /** ISO 8601: when the database's snapshot was taken. */
  readonly takenAt: string;
  /** ISO 8601: up to where an increment goes; the next one begins before it. */
  readonly watermark?: string;
}

/** Minutes before the last watermark from which an increment reads again, for rows whose transactions ended late. */
export const overlapMinutesOf = ({ source }: PostgresDataset): number => source.overlapMinutes ?? 10;

/** The batch of a moment for which a dataset is run: the same moment is the same batch. */
export const batchOfMoment = ({ name, version }: Pick<DatasetDefinition, 'name' | 'version'>, moment: number): string =>
  `${name}-v${version}-${new Date(moment).toISOString().replaceAll(/[-:]|\.\d{3}/gu, '')}`;

/** The moment that a batch is for; undefined for a batch that is a file's content. */
export const momentOfBatch = ({ batch }: { readonly batch: string }): number | undefined => {
  const found = /-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/u.exec(batch);
  return found === null ? undefined : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]), Number(found[4]), Number(found[5]), Number(found[6]));
};
