import type { FieldNode, Scalar } from '../definition/node';
import { columnTypes } from './expression-sql';
import { textLiteral } from './sql';

/** A column of a table that somebody gave, with DuckDB's type. */
export interface GivenColumn { readonly name: string; readonly type: string }

/** What a column's type can be read as. */
type Kind = 'text' | 'number' | 'boolean' | 'moment';

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(?:VARCHAR|UUID|ENUM\(.*\))$/u, 'text'],
  [/^(?:U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/u, 'number'],
  [/^BOOLEAN$/u, 'boolean'],
  [/^(?:DATE|TIMESTAMP(?:_S|_MS|_NS| WITH TIME ZONE)?)$/u, 'moment'],
];

/** Undefined for a list, a struct, bytes and the like. */
const kindOf = (type: string): Kind | undefined => kinds.find(([pattern]) => pattern.test(type))?.[1];

/** What online requests take too: a date and a time with an offset. Upper case, as DuckDB knows no `z`. */
const momentText = String.raw`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})`;
const momentSql = (text: string): string => `CASE WHEN regexp_full_match(upper(${text}), '${momentText}') THEN epoch_ms(TRY_CAST(upper(${text}) AS TIMESTAMPTZ)) END`;

/** A double that is a number; digits are not grouped, which DuckDB would take. */
const numberSql = (text: string): string => `CASE WHEN NOT contains(${text}, '_') AND isfinite(TRY_CAST(${text} AS DOUBLE)) THEN TRY_CAST(${text} AS DOUBLE) END`;
const finiteSql = (sql: string): string => `CASE WHEN isfinite(CAST(${sql} AS DOUBLE)) THEN CAST(${sql} AS DOUBLE) END`;
const wholeSql = (number: string): string => `CASE WHEN (${number}) = floor(${number}) AND abs(${number}) <= ${Number.MAX_SAFE_INTEGER} THEN (${number}) END`;

/** How a column of a kind is read as a scalar; what is absent here cannot be. Times without an offset are UTC. */
const readers: Readonly<Record<Scalar, Partial<Readonly<Record<Kind, (sql: string) => string>>>>> = {
  string: { text: (sql) => `CAST(${sql} AS VARCHAR)`, number: (sql) => `CAST(${sql} AS VARCHAR)` },
  int: { text: (sql) => wholeSql(numberSql(`CAST(${sql} AS VARCHAR)`)), number: (sql) => wholeSql(finiteSql(sql)) },
  float: { text: (sql) => numberSql(`CAST(${sql} AS VARCHAR)`), number: finiteSql },
  boolean: {
    boolean: (sql) => sql,
    number: (sql) => `CASE ${sql} WHEN 0 THEN FALSE WHEN 1 THEN TRUE END`,
    text: (sql) => `CASE lower(CAST(${sql} AS VARCHAR)) WHEN 'true' THEN TRUE WHEN '1' THEN TRUE WHEN 'false' THEN FALSE WHEN '0' THEN FALSE END`,
  },
  timestamp: { moment: (sql) => `epoch_ms(CAST(${sql} AS TIMESTAMPTZ))`, text: (sql) => momentSql(`CAST(${sql} AS VARCHAR)`) },
};

/** The types of a column that can be read as a scalar, in words. */
const words: Readonly<Record<Scalar, string>> = {
  string: 'text', int: 'whole numbers', float: 'numbers', boolean: 'true or false', timestamp: 'timestamps, as text with an offset such as 2001-01-31T18:00:00Z',
};

/** Keeps to the limits of a field, as a request must online; what breaks them is null. A pattern is not looked at: it is written for another engine. */
const limitedSql = (sql: string, { scalar, min, max, oneOf }: Pick<FieldNode, 'scalar' | 'min' | 'max' | 'oneOf'>): string => {
  const conditions = [
    ...(min === undefined || scalar === 'timestamp' ? [] : [`(${sql}) >= ${min}`]),
    ...(max === undefined || scalar === 'timestamp' ? [] : [`(${sql}) <= ${max}`]),
    ...(oneOf === undefined ? [] : [`(${sql}) IN (${oneOf.map(textLiteral).join(', ')})`]),
  ];
  return conditions.length === 0 ? sql : `CASE WHEN ${conditions.join(' AND ')} THEN ${sql} END`;
};

/** A column read as a field's type, or why none of its values could be. */
export type GivenValue = { readonly ok: true; readonly sql: string } | { readonly ok: false; readonly problem: string };

/**
 * SQL of a column's value as a field's type, as {@link columnTypes} has it: null for a value that is not of the type, or
 * breaks a limit.
 *
 * @param at SQL of the column
 */
export const givenValue = (column: GivenColumn, at: string, field: Pick<FieldNode, 'scalar' | 'min' | 'max' | 'oneOf'>): GivenValue => {
  const kind = kindOf(column.type);
  const read = kind && readers[field.scalar][kind];
  if (!read) return { ok: false, problem: `the column ${column.name} is of the type ${column.type}; it must hold ${words[field.scalar]}` };
  return { ok: true, sql: `CAST(${limitedSql(read(at), field)} AS ${columnTypes[field.scalar]})` };
};
