import type { CompareOperator } from '../../definition/node';
import type { ExpressionDialect } from '../../training/dialect';
import { plainCompare } from '../../training/dialect';

/** Text as Flink's SQL has it. What is no plain character is written by its code, so that a statement of many lines has its line ends where it says. */
export const textLiteral = (value: string): string => {
  const escaped = value.replaceAll("'", "''");
  if (/^[\x20-\x7e]*$/u.test(value)) return `'${escaped}'`;
  // Code units: Flink's parser reads four digits.
  const coded = escaped.replaceAll('\\', '\\\\').split('').map((unit) => (/[\x20-\x7e]/u.test(unit) ? unit : `\\${unit.charCodeAt(0).toString(16).padStart(4, '0')}`));
  return `U&'${coded.join('')}'`;
};

export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Whether a double is NaN, which Java takes for neither less than, nor equal to, nor larger than anything. Never null. */
const isNaNSql = (value: string): string => `((ABS(${value}) <= CAST('Infinity' AS DOUBLE)) IS FALSE)`;

const isMore = (left: string, right: string): string => `(${left} > ${right} OR (${isNaNSql(left)} AND NOT ${isNaNSql(right)}))`;
const isSame = (left: string, right: string): string => `(${left} = ${right} OR (${isNaNSql(left)} AND ${isNaNSql(right)}))`;

const compareOrdered: Readonly<Record<CompareOperator, (left: string, right: string) => string>> = {
  gt: isMore, lt: (left, right) => isMore(right, left), ge: (left, right) => `(NOT ${isMore(right, left)})`, le: (left, right) => `(NOT ${isMore(left, right)})`,
  eq: isSame, ne: (left, right) => `(NOT ${isSame(left, right)})`,
};

/** Local date and time of a moment, `2001-06-01 12:00:00`, in a session whose time zone is UTC. */
const localText = (milliseconds: string, zone: string): string =>
  `CONVERT_TZ(DATE_FORMAT(TO_TIMESTAMP_LTZ(${milliseconds}, 3), 'yyyy-MM-dd HH:mm:ss'), 'UTC', ${textLiteral(zone)})`;

/** Flink SQL 1.20. */
export const flink: ExpressionDialect = {
  identifier,
  textLiteral,
  types: { string: 'STRING', int: 'DOUBLE', float: 'DOUBLE', boolean: 'BOOLEAN', timestamp: 'BIGINT' },
  hourOfDay: (milliseconds, zone) => `CAST(SUBSTRING(${localText(milliseconds, zone)} FROM 12 FOR 2) AS DOUBLE)`,
  // Its days begin with Sunday, as 1.
  dayOfWeek: (milliseconds, zone) => `CAST(MOD(DAYOFWEEK(CAST(SUBSTRING(${localText(milliseconds, zone)} FROM 1 FOR 10) AS DATE)) + 5, 7) + 1 AS DOUBLE)`,
  compare: (operator, left, right, canBeNaN) => (canBeNaN ? compareOrdered[operator](left, right) : plainCompare(operator, left, right)),
  // NaN is larger than the larger bound.
  clip: (value, least, most) => `(CASE WHEN ${value} < ${least} THEN ${least} WHEN ${value} <= ${most} THEN ${value} ELSE ${most} END)`,
};
