import type { AggregateNode, Scalar } from '../../definition/node';
import type { ExpressionScope } from '../../training/expression-sql';
import { expressionSql } from '../../training/expression-sql';
import type { ExpressionDialect } from '../../training/dialect';
import { bucketsPerOctave } from '../aggregates/quantile';
import { scalarOf } from '../aggregates/sum';
import { largestSquared } from '../aggregates/variance';
import { longestFlinkText } from '../fold';
import type { Part, PartSource } from '../part';
import { scaleOf } from '../scale';
import { timeDigits } from './part-text';

/** What an aggregate needs of a row, worked out once a row: the SQL of a column, and of what must hold for the row to be counted at all. */
export interface RowSql {
  /** The column's name for the SQL of a value. */
  readonly column: (sql: string) => string;
  /** Has a row that breaks this left out, as one that the aggregator's Lambda could not fold. */
  readonly require: (condition: string) => void;
}

type Scope = ExpressionScope<ExpressionDialect>;
type Kind = PartSource['kind'];

/** Of what is not below it there is no exact BIGINT, or decimal: it is told as it is, and put together by whoever reads it. */
const [largestDecimal, largestBucketed] = ['1E18', '1E15'];

/** The value that a row brings: null when the row does not count. */
const valueSql = ({ of, where }: AggregateNode, scope: Scope): string => {
  const value = of ? expressionSql(of, scope) : 'TRUE';
  return where ? `CASE WHEN ${expressionSql(where, scope)} THEN ${value} END` : value;
};

const isNumber = (scalar: Scalar): boolean => scalar === 'int' || scalar === 'float';
const requireFinite = (value: string, row: RowSql): void => { row.require(`(${value} IS NULL OR ABS(${value}) <= CAST('1.7976931348623157E308' AS DOUBLE))`); };

/**
 * A value in units of its scale, whole, as a double; ROUND takes halves away from zero, as the online code does. From 2^53 on
 * a double is whole; what is no number stays that, on which ROUND would end the job.
 */
const unitsSql = (node: AggregateNode, scope: Scope, bounded = (value: string): string => value): string => {
  const [value, scale] = [bounded(valueSql(node, scope)), scaleOf(scalarOf(node))];
  if (scale === 1) return scalarOf(node) === 'timestamp' ? `CAST(${value} AS DOUBLE)` : value;
  const units = `(${value}) * CAST('${scale}' AS DOUBLE)`;
  return `CASE WHEN ABS(${units}) < ${double(2 ** 53)} THEN ROUND(${units}, 0) ELSE ${units} END`;
};

/** A row's value with the row's order among others, (effective time, source, id): texts are ordered by their bytes, and as long in front. */
const orderedSql = (value: string, scalar: Scalar): string => {
  const text = scalar === 'string' ? `'string ' || ${value}` : scalar === 'boolean' ? `CASE WHEN ${value} THEN 'boolean true' ELSE 'boolean false' END` : `'number ' || CAST(${value} AS STRING)`;
  return `LPAD(CAST(effective_time AS STRING), ${timeDigits}, '0') || ' ' || HEX(source) || ' ' || HEX(id) || ' ' || ${text}`;
};

/** The FILTER that restricts an aggregate to the rows of the tiers that keep the part, and for which a condition holds. */
type Only = (condition?: string) => string;

const digits = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_each, index) => `'${(from + index).toString(16)}'`).join(', ');
const digitValue = (digit: string): string => `(POSITION(${digit} IN '0123456789abcdef') - 1)`;

/**
 * A register and a rank of 52 bits in hexadecimal digits, cut after the first digit that has a bit of the rank: the digits
 * 1 and 2 and the first bit of the third choose the register, zeros that lead the others give the rank.
 */
const registerKeySql = (cut: string): string => {
  const [length, third, last] = [`CHAR_LENGTH(${cut})`, `SUBSTRING(${cut} FROM 3 FOR 1)`, `SUBSTRING(${cut} FROM CHAR_LENGTH(${cut}) FOR 1)`];
  const register = `${digitValue(`SUBSTRING(${cut} FROM 1 FOR 1)`)} * 32 + ${digitValue(`SUBSTRING(${cut} FROM 2 FOR 1)`)} * 2 + CASE WHEN ${third} IN (${digits(8, 15)}) THEN 1 ELSE 0 END`;
  const ofThird = `CASE WHEN ${third} IN ('1', '9') THEN 3 WHEN ${third} IN ('2', '3', 'a', 'b') THEN 2 ELSE 1 END`;
  const ofLast = `4 * ${length} - 8 - CASE WHEN ${last} = '0' THEN 0 WHEN ${last} = '1' THEN 1 WHEN ${last} IN (${digits(2, 3)}) THEN 2 WHEN ${last} IN (${digits(4, 7)}) THEN 3 ELSE 4 END`;
  return `CAST(${register} AS STRING) || '/' || CAST(CASE WHEN ${length} = 3 THEN ${ofThird} ELSE ${ofLast} END AS STRING)`;
};
const cutPattern = '^(..[^08]|..[08]0{0,9}[1-9a-f]|..[08]0{10})';

/** The text of a value that is hashed. */
const hashedText = (value: string, scalar: Scalar): string => {
  if (scalar === 'string') return value;
  if (scalar === 'boolean') return `CASE WHEN ${value} THEN 'true' WHEN NOT ${value} THEN 'false' END`;
  return `CAST(CAST(${value} AS BIGINT) AS STRING)`;
};

const bucketKeySql = (units: string): string => {
  const magnitude = `CAST(ABS(${units}) AS BIGINT)`;
  const octave = `(CHAR_LENGTH(BIN(${magnitude})) - 1)`;
  // Of BIGINTs: a quotient is cut off.
  const inOctave = `CASE WHEN ${octave} >= 6 THEN ${magnitude} / CAST(POWER(2, ${octave} - 6) AS BIGINT) ELSE ${magnitude} * CAST(POWER(2, 6 - ${octave}) AS BIGINT) END`;
  const bucket = `CAST(${octave} * ${bucketsPerOctave} + ${inOctave} - ${bucketsPerOctave} + 1 AS STRING)`;
  return `CASE WHEN ${units} = 0 THEN '0' WHEN ${units} < 0 THEN '-' || ${bucket} ELSE ${bucket} END`;
};

/** The text of a multiset, behind what is before it; nothing when nothing is in it. */
const multisetSql = (member: string, filter: string): string => `CASE WHEN COUNT(*)${filter} > 0 THEN ' ' || CAST(COLLECT(${member})${filter} AS STRING) ELSE '' END`;

/** A sum of decimals, exact; 0 for nothing. By way of BIGINT: a decimal of a double has the 17 digits of its text, and zeros behind them. */
const sumSql = (term: string, filter: string): string => `COALESCE(CAST(SUM(CAST(CAST(${term} AS BIGINT) AS DECIMAL(19, 0)))${filter} AS STRING), '0')`;

type SourceOf<K extends Kind> = Extract<PartSource, { readonly kind: K }>;
type Compile<K extends Kind> = (source: SourceOf<K>, scope: Scope, row: RowSql) => (only: Only) => string;

/** Whether a value's units are beyond decimals: not those of a column of whole numbers, which contracts hold within 2^53. */
const canBeLarge = ({ of }: AggregateNode): boolean => of?.kind !== 'column' || of.scalar === 'float';
const isSmall = (column: string): string => `ABS(${column}) < ${largestDecimal}`;
const isLarge = (column: string): string => `ABS(${column}) >= ${largestDecimal}`;
const isThere = (column: string): string => `${column} IS NOT NULL`;

const countSql = (value: string, only: Only, condition: string): string => `CAST(COUNT(*)${value === 'TRUE' ? only() : only(condition)} AS STRING)`;

const extremeSql = (aggregate: 'MIN' | 'MAX') => ({ node }: { readonly node: AggregateNode }, scope: Scope, row: RowSql) => {
  const column = row.column(valueSql(node, scope));
  if (isNumber(scalarOf(node))) requireFinite(column, row);
  return (only: Only): string => `CAST(${aggregate}(${column})${only()} AS STRING)`;
};

/** The SQL of each kind of part: first what it needs of a row, then its text in a group of rows. */
const backEnd: { readonly [K in Kind]: Compile<K> } = {
  count: ({ node }, scope, row) => {
    const value = valueSql(node, scope);
    const condition = isThere(value === 'TRUE' ? value : row.column(value));
    return (only) => countSql(value, only, condition);
  },
  hits: ({ node }, scope, row) => {
    const value = valueSql(node, scope);
    const condition = `${row.column(value)} IS TRUE`;
    return (only) => countSql(value, only, condition);
  },
  sum: ({ node }, scope, row) => {
    const column = row.column(unitsSql(node, scope));
    requireFinite(column, row);
    if (!canBeLarge(node)) return (only) => sumSql(column, only());
    return (only) => `${sumSql(column, only(isSmall(column)))} || ${multisetSql(`CAST(${column} AS STRING)`, only(isLarge(column)))}`;
  },
  // A square in three terms, each of which a decimal of 38 digits can sum for more rows than there are.
  squares: ({ node }, scope, row) => {
    const [column, value] = [row.column(unitsSql(node, scope)), row.column(valueSql(node, scope))];
    row.require(`(${value} IS NULL OR ABS(${value}) <= ${double(largestSquared)})`);
    const [high, low] = [`(CAST(ABS(${column}) AS BIGINT) / CAST(1000000000 AS BIGINT))`, `MOD(CAST(ABS(${column}) AS BIGINT), CAST(1000000000 AS BIGINT))`];
    return (only) => {
      const small = canBeLarge(node) ? only(isSmall(column)) : only();
      return [`${sumSql(`${high} * ${high}`, small)} || 'e18 '`, `${sumSql(`2 * ${high} * ${low}`, small)} || 'e9 '`, sumSql(`${low} * ${low}`, small),
        ...(canBeLarge(node) ? [multisetSql(`CAST(${column} AS STRING) || '^2'`, only(isLarge(column)))] : [])].join(' || ');
    };
  },
  min: extremeSql('MIN'),
  max: extremeSql('MAX'),
  oldest: ({ node }, scope, row) => orderedText('MIN', node, scope, row),
  registers: ({ node }, scope, row) => {
    const [value, scalar] = [valueSql(node, scope), scalarOf(node)];
    const cut = row.column(`REGEXP_EXTRACT(SHA256(${hashedText(value, scalar)}), '${cutPattern}', 1)`);
    if (!isNumber(scalar)) return (only) => `CAST(COLLECT(${registerKeySql(cut)})${only(isThere(cut))} AS STRING)`;
    const column = row.column(value);
    requireFinite(column, row);
    return (only) => `CAST(COLLECT(CASE WHEN ${isLarge(column)} THEN CAST(${column} AS STRING) ELSE ${registerKeySql(cut)} END)${only(isThere(column))} AS STRING)`;
  },
  buckets: ({ node, lowest, highest }, scope, row) => {
    const bounded = (value: string): string => `CASE WHEN (${value}) > ${double(highest)} THEN ${double(highest)} WHEN (${value}) < ${double(lowest)} THEN ${double(lowest)} ELSE ${value} END`;
    const units = row.column(unitsSql(node, scope, bounded));
    requireFinite(units, row);
    return (only) => `CAST(COLLECT(CASE WHEN ABS(${units}) >= ${largestBucketed} THEN CAST(${units} AS STRING) ELSE ${bucketKeySql(units)} END)${only(isThere(units))} AS STRING)`;
  },
};

const orderedText = (aggregate: 'MIN' | 'MAX', node: AggregateNode, scope: Scope, row: RowSql): ((only: Only) => string) => {
  const value = row.column(valueSql(node, scope));
  if (isNumber(scalarOf(node))) requireFinite(value, row);
  if (scalarOf(node) === 'string') row.require(`(${value} IS NULL OR CHAR_LENGTH(${value}) <= ${longestFlinkText})`);
  return (only) => `${aggregate}(${orderedSql(value, scalarOf(node))})${only(isThere(value))}`;
};

const double = (value: number): string => `CAST('${value}' AS DOUBLE)`;

/**
 * The text of a part over a group of rows, as part-text reads it.
 *
 * @returns what makes it, given how an aggregate is restricted to rows
 */
export const partSql = ({ source }: Part, scope: Scope, row: RowSql): ((only: Only) => string) => (backEnd[source.kind] as Compile<Kind>)(source, scope, row);

/** The text of the newest row's value. */
export const newestSql = (node: AggregateNode, scope: Scope, row: RowSql): ((only: Only) => string) => orderedText('MAX', node, scope, row);
