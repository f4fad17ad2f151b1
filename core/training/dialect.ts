import type { CompareOperator, Scalar } from '../definition/node';
import { identifier, textLiteral } from './sql';

/** Where two engines' SQL of expressions differ. Names and text come in as they are, SQL as SQL. */
export interface ExpressionDialect {
  readonly identifier: (name: string) => string;
  readonly textLiteral: (value: string) => string;
  /** How scalars stand: numbers are doubles, timestamps epoch milliseconds. */
  readonly types: Readonly<Record<Scalar, string>>;
  /** Hour of the day, 0 to 23, as a double. */
  readonly hourOfDay: (milliseconds: string, zone: string) => string;
  /** Day of the week, 1 (Monday) to 7, as a double. */
  readonly dayOfWeek: (milliseconds: string, zone: string) => string;
  /**
   * A comparison; NaN is larger than every number, and equal to itself.
   *
   * @param canBeNaN whether one side is worked out, so that it could be
   */
  readonly compare: (operator: CompareOperator, left: string, right: string, canBeNaN: boolean) => string;
  /** A double that is there, held within bounds. */
  readonly clip: (value: string, least: string, most: string) => string;
}

/** Where two engines' SQL differ. */
export interface Dialect extends ExpressionDialect {
  /** Milliseconds since the epoch of a timestamp. */
  readonly milliseconds: (timestamp: string) => string;
  /** A timestamp without a zone, UTC, of milliseconds since the epoch. */
  readonly timestamp: (milliseconds: string) => string;
  /** Whether a part of a text matches a regular expression, in the syntax that RE2 and Java share. */
  readonly matches: (text: string, pattern: string) => string;
  /** Whether a double is a number, and none of the infinities. */
  readonly isFinite: (value: string) => string;
  /** Whole numbers on which sums are exact. What does not fit is an error and never another number. */
  readonly whole: WholeDialect;
  readonly sketch: SketchDialect;
}

/** Exact whole numbers of at least 126 bits. */
export interface WholeDialect {
  /** The whole number that a double is, exactly. */
  readonly of: (double: string) => string;
  /** 1 where a condition is true, else 0: of a type whose sums hold as many rows as there can be. */
  readonly ofCondition: (condition: string) => string;
  /** Quotient of two whole numbers, cut off towards zero. */
  readonly quotient: (left: string, right: string) => string;
  /** Digits of a whole number that is not below zero, to the base 2. */
  readonly bits: (value: string) => string;
  /** Two to the power of a BIGINT, as a whole number. */
  readonly powerOfTwo: (exponent: string) => string;
}

/** Sketches are lists of structs of `k` and `v`, BIGINT both, ascending by `k`; a list without entries is null. */
export interface SketchDialect {
  /** The first 13 hexadecimal digits of the SHA-256 of a text, as a BIGINT. */
  readonly hashBits: (text: string) => string;
  readonly bigintQuotient: (left: string, right: string) => string;
  /** How many entries there are; 0 for null. */
  readonly count: (entries: string) => string;
  /** Sum over the entries; null for null. */
  readonly sum: (entries: string, ofEntry: (entry: string) => string) => string;
  /** The key of the first entry up to which more than so many are counted; null for null. */
  readonly keyBeyond: (entries: string, threshold: string) => string;
  /** SQL over a value that is long and stands in it more than once. */
  readonly once: (value: string, name: string, sql: string) => string;
}

const operators: Readonly<Record<CompareOperator, string>> = { gt: '>', ge: '>=', lt: '<', le: '<=', eq: '=', ne: '<>' };

/** A comparison as SQL has it, where that takes NaN for the largest number. */
export const plainCompare = (operator: CompareOperator, left: string, right: string): string => `(${left} ${operators[operator]} ${right})`;
// greatest and least pass over what is null: of nothing they would make a bound.
const boundedBy = (value: string, least: string, most: string): string => `least(greatest(${value}, ${least}), ${most})`;

export const duckdb: Dialect = {
  identifier,
  textLiteral,
  types: { string: 'VARCHAR', int: 'DOUBLE', float: 'DOUBLE', boolean: 'BOOLEAN', timestamp: 'BIGINT' },
  hourOfDay: (milliseconds, zone) => `CAST(hour(timezone(${textLiteral(zone)}, make_timestamptz(${milliseconds} * 1000))) AS DOUBLE)`,
  dayOfWeek: (milliseconds, zone) => `CAST(isodow(timezone(${textLiteral(zone)}, make_timestamptz(${milliseconds} * 1000))) AS DOUBLE)`,
  compare: plainCompare,
  clip: boundedBy,
  milliseconds: (timestamp) => `epoch_ms(${timestamp})`,
  timestamp: (milliseconds) => `make_timestamp(${milliseconds} * 1000)`,
  matches: (text, pattern) => `regexp_matches(${text}, ${textLiteral(pattern)})`,
  isFinite: (value) => `isfinite(${value})`,
  whole: {
    of: (double) => `CAST(${double} AS HUGEINT)`,
    ofCondition: (condition) => `CAST(CASE WHEN ${condition} THEN 1 ELSE 0 END AS HUGEINT)`,
    quotient: (left, right) => `(${left} // ${right})`,
    bits: (value) => `length(bin(${value}))`,
    powerOfTwo: (exponent) => `CAST(pow(2, ${exponent}) AS HUGEINT)`,
  },
  sketch: {
    hashBits: (text) => `CAST('0x' || substr(sha256(${text}), 1, 13) AS BIGINT)`,
    bigintQuotient: (left, right) => `(${left} // ${right})`,
    count: (entries) => `coalesce(len(${entries}), 0)`,
    sum: (entries, ofEntry) => `list_sum(list_transform(${entries}, lambda each: ${ofEntry('each')}))`,
    keyBeyond: (entries, threshold) => {
      const upTo = `list_transform(range(1, len(${entries}) + 1), lambda place: {'k': ${entries}[place].k, 'upto': list_sum(list_transform(${entries}[1:place], lambda each: each.v))})`;
      return `list_filter(${upTo}, lambda each: each.upto > ${threshold})[1].k`;
    },
    once: (value, name, sql) => `list_transform([${value}], lambda ${name}: ${sql})[1]`,
  },
};

/** Spark takes a backslash in a literal for an escape, and two quotes for nothing: 'it''s' is its. */
const sparkText = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const sparkWhole = 'DECIMAL(38, 0)';
const sparkDouble = (value: bigint): string => `CAST('${value}' AS DOUBLE)`;

/** Spark casts a double to a decimal by its shortest digits, which beyond 2^53 are another number: whole numbers go through BIGINT, in two halves where they are larger than one. */
const sparkWholeOf = (double: string): string => {
  const high = `CAST(${double} / ${sparkDouble(2n ** 64n)} AS BIGINT)`;
  const low = `(${double} - CAST(${high} AS DOUBLE) * ${sparkDouble(2n ** 64n)})`;
  return `CASE WHEN abs(${double}) < ${sparkDouble(2n ** 63n)} THEN CAST(CAST(${double} AS BIGINT) AS ${sparkWhole})
    ELSE CAST(${high} AS ${sparkWhole}) * ${2n ** 64n} + CAST(CAST(${low} / 2048 AS BIGINT) AS ${sparkWhole}) * 2048 END`;
};

/** Spark's `div` gives a BIGINT, and division of decimals digits behind the point: of a multiple it has none. */
const sparkQuotient = (left: string, right: string): string => `CAST((${left} - ${left} % ${right}) / ${right} AS ${sparkWhole})`;

/** Spark SQL 3.5, in a session whose time zone is UTC; arithmetic of whole numbers in one that keeps to ANSI, where what does not fit is an error. */
export const spark: Dialect = {
  identifier: (name) => `\`${name.replaceAll('`', '``')}\``,
  textLiteral: sparkText,
  types: { string: 'STRING', int: 'DOUBLE', float: 'DOUBLE', boolean: 'BOOLEAN', timestamp: 'BIGINT' },
  hourOfDay: (milliseconds, zone) => `CAST(hour(from_utc_timestamp(timestamp_millis(${milliseconds}), ${sparkText(zone)})) AS DOUBLE)`,
  dayOfWeek: (milliseconds, zone) => `CAST(weekday(from_utc_timestamp(timestamp_millis(${milliseconds}), ${sparkText(zone)})) + 1 AS DOUBLE)`,
  compare: plainCompare,
  clip: boundedBy,
  milliseconds: (timestamp) => `unix_millis(${timestamp})`,
  timestamp: (milliseconds) => `CAST(timestamp_millis(${milliseconds}) AS TIMESTAMP_NTZ)`,
  matches: (text, pattern) => `(${text} RLIKE ${sparkText(pattern)})`,
  isFinite: (value) => `(abs(${value}) < CAST('Infinity' AS DOUBLE))`,
  whole: {
    of: sparkWholeOf,
    ofCondition: (condition) => `CAST(CASE WHEN ${condition} THEN 1 ELSE 0 END AS BIGINT)`,
    quotient: sparkQuotient,
    bits: (value) => `CASE WHEN ${value} < ${2n ** 62n} THEN length(bin(CAST(${value} AS BIGINT))) ELSE 62 + length(bin(CAST(${sparkQuotient(value, String(2n ** 62n))} AS BIGINT))) END`,
    powerOfTwo: (exponent) => sparkWholeOf(`pow(2, ${exponent})`),
  },
  sketch: {
    hashBits: (text) => `CAST(conv(substr(sha2(${text}, 256), 1, 13), 16, 10) AS BIGINT)`,
    bigintQuotient: (left, right) => `(${left} div ${right})`,
    count: (entries) => `coalesce(array_size(${entries}), 0)`,
    sum: (entries, ofEntry) => `aggregate(${entries}, CAST(0 AS DOUBLE), (sofar, each) -> sofar + ${ofEntry('each')})`,
    keyBeyond: (entries, threshold) => `aggregate(${entries}, named_struct('upto', CAST(0 AS BIGINT), 'beyond', CAST(${threshold} AS BIGINT), 'k', CAST(NULL AS BIGINT)), (sofar, each) ->
      named_struct('upto', sofar.upto + each.v, 'beyond', sofar.beyond, 'k', CASE WHEN sofar.k IS NULL AND sofar.upto + each.v > sofar.beyond THEN each.k ELSE sofar.k END)).k`,
    once: (value, name, sql) => `transform(array(${value}), ${name} -> ${sql})[0]`,
  },
};
