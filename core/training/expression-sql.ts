import type { ArithmeticOperator, ExpressionKind, ExpressionNode, FeatureNode, Scalar } from '../definition/node';
import { duckdb, type Dialect, type ExpressionDialect } from './dialect';

/**
 * How scalars stand in DuckDB. Numbers are doubles, as they are in the language of the online code, so that both work out
 * the same bits; timestamps are epoch milliseconds.
 */
export const columnTypes: Readonly<Record<Scalar, string>> = duckdb.types;

/** Where the leaves of an expression are found; each gives SQL. A leaf that has no place here throws with the definition's name. */
export interface ExpressionScope<D extends ExpressionDialect = Dialect> {
  readonly column: (name: string) => string;
  readonly request: (name: string) => string;
  readonly feature: (node: FeatureNode) => string;
  /** DuckDB's unless said otherwise. */
  readonly dialect?: D;
}

type Scope = ExpressionScope<ExpressionDialect>;

type NodeOf<K extends ExpressionKind> = Extract<ExpressionNode, { kind: K }>;

const arithmeticSql: Readonly<Record<ArithmeticOperator, (left: string, right: string) => string>> = {
  add: (left, right) => `(${left} + ${right})`,
  subtract: (left, right) => `(${left} - ${right})`,
  multiply: (left, right) => `(${left} * ${right})`,
  divide: (left, right) => `(${left} / nullif(${right}, 0))`,
};

const literalSql = ({ value, scalar }: NodeOf<'literal'>, dialect: ExpressionDialect): string => {
  if (typeof value === 'string') return dialect.textLiteral(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  // From text, since SQL reads 0.1 as a decimal first.
  return `CAST('${value}' AS ${dialect.types[scalar]})`;
};

// From text, since SQL reads 0.1 as a decimal first.
const numberSql = (value: number): string => `CAST('${value}' AS DOUBLE)`;

/** A function of what is there; NULL of what is not. */
const ofPresent = (sql: string, result: (value: string) => string, isPresent = (value: string): string => `${value} IS NOT NULL`): string => `(CASE WHEN ${isPresent(sql)} THEN ${result(sql)} END)`;

/** The place of the first condition that holds, from 0; where none does, how many there are. */
const placeSql = (conditions: readonly string[]): string => `(CASE ${conditions.map((condition, place) => `WHEN ${condition} THEN ${numberSql(place)}`).join(' ')} ELSE ${numberSql(conditions.length)} END)`;

/** Whether a number is worked out: columns and literals are no NaN, and what is made of two numbers can be. */
const isWorkedOut = (node: ExpressionNode): boolean => node.kind !== 'literal' && node.kind !== 'column';
const canBeNaN = (...nodes: readonly ExpressionNode[]): boolean => nodes.some((node) => (node.scalar === 'int' || node.scalar === 'float') && isWorkedOut(node));

const backEnd: { readonly [K in ExpressionKind]: (node: NodeOf<K>, scope: Scope) => string } = {
  column: ({ name }, scope) => scope.column(name),
  literal: (node, { dialect = duckdb }) => literalSql(node, dialect),
  compare: ({ operator, left, right }, scope) => (scope.dialect ?? duckdb).compare(operator, expressionSql(left, scope), expressionSql(right, scope), canBeNaN(left, right)),
  arithmetic: ({ operator, left, right }, scope) => arithmeticSql[operator](expressionSql(left, scope), expressionSql(right, scope)),
  logic: ({ operator, operands }, scope) => `(${operands.map((operand) => expressionSql(operand, scope)).join(operator === 'and' ? ' AND ' : ' OR ')})`,
  not: ({ of }, scope) => `(NOT ${expressionSql(of, scope)})`,
  hourOfDay: ({ of, zone }, scope) => (scope.dialect ?? duckdb).hourOfDay(expressionSql(of, scope), zone),
  dayOfWeek: ({ of, zone }, scope) => (scope.dialect ?? duckdb).dayOfWeek(expressionSql(of, scope), zone),
  clip: ({ of, least, most }, scope) => ofPresent(expressionSql(of, scope), (value) => (scope.dialect ?? duckdb).clip(value, numberSql(least), numberSql(most))),
  bucket: ({ of, from }, scope) => ofPresent(expressionSql(of, scope), (value) => placeSql(from.map((bound) => `${value} < ${numberSql(bound)}`))),
  category: ({ of, values }, scope) => ofPresent(expressionSql(of, scope), (value) => placeSql(values.map((each) => `${value} = ${(scope.dialect ?? duckdb).textLiteral(each)}`))),
  // Of a negative number DuckDB makes an error, and Spark NaN.
  squareRoot: ({ of }, scope) => `sqrt(${ofPresent(expressionSql(of, scope), (value) => value, (value) => (scope.dialect ?? duckdb).compare('ge', value, '0', canBeNaN(of)))})`,
  coalesce: ({ of, otherwise }, scope) => `coalesce(${expressionSql(of, scope)}, ${expressionSql(otherwise, scope)})`,
  request: ({ name }, scope) => scope.request(name),
  feature: (node, scope) => scope.feature(node),
};

/** SQL that works out an expression, as {@link columnTypes} has its scalar. */
export const expressionSql = <K extends ExpressionKind>(node: NodeOf<K>, scope: Scope): string => backEnd[node.kind](node, scope);

const nowhere = (what: string, definition: string) => (): never => { throw new Error(`${definition} reads ${what}, which an expression over an event's row cannot; read a column of the event.`); };

/** Prefix of the columns that hold an event's fields, apart from the columns of the platform. */
export const fieldColumnIn = (dialect: ExpressionDialect) => (name: string): string => dialect.identifier(`field:${name}`);

/** The same in DuckDB. */
export const fieldColumn = fieldColumnIn(duckdb);

/**
 * The scope of an expression over an event's row.
 *
 * @param definition whose expression it is, for errors
 */
export const rowScope = <D extends ExpressionDialect = Dialect>(definition: string, dialect?: D): ExpressionScope<D> =>
  ({ ...(dialect ? { dialect } : {}), column: fieldColumnIn(dialect ?? duckdb), request: nowhere('a request field', definition), feature: nowhere('a feature', definition) });

/**
 * SQL of an entity's key as one text, injectively: two keys give the same text only when they are the same, and a key with
 * a part that is absent gives null. Used to join within one query, never kept.
 */
export const entityKeySql = (parts: readonly { readonly sql: string; readonly scalar: Scalar }[], { textLiteral, types } = duckdb): string => {
  const texts = parts.map(({ sql, scalar }) => `CAST(${scalar === 'int' ? `CAST(${sql} AS BIGINT)` : sql} AS ${types.string})`);
  if (texts.length === 1) return texts[0] ?? '';
  return texts.map((text) => `replace(replace(${text}, ${textLiteral('\\')}, ${textLiteral('\\\\')}), '|', ${textLiteral('\\|')})`).join(` || '|' || `);
};
