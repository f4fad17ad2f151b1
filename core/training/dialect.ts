import { identifier, textLiteral } from './sql';

/** Where two engines' SQL differ. Names and text come in as they are, SQL as SQL. */
export interface Dialect {
  readonly identifier: (name: string) => string;
  readonly textLiteral: (value: string) => string;
  /** Hour of the day, 0 to 23, as a double. */
  readonly hourOfDay: (milliseconds: string, zone: string) => string;
  /** Day of the week, 1 (Monday) to 7, as a double. */
  readonly dayOfWeek: (milliseconds: string, zone: string) => string;
  /** Milliseconds since the epoch of a timestamp. */
  readonly milliseconds: (timestamp: string) => string;
  /** Whether a part of a text matches a regular expression, in the syntax that RE2 and Java share. */
  readonly matches: (text: string, pattern: string) => string;
}

export const duckdb: Dialect = {
  identifier,
  textLiteral,
  hourOfDay: (milliseconds, zone) => `CAST(hour(timezone(${textLiteral(zone)}, make_timestamptz(${milliseconds} * 1000))) AS DOUBLE)`,
  dayOfWeek: (milliseconds, zone) => `CAST(isodow(timezone(${textLiteral(zone)}, make_timestamptz(${milliseconds} * 1000))) AS DOUBLE)`,
  milliseconds: (timestamp) => `epoch_ms(${timestamp})`,
  matches: (text, pattern) => `regexp_matches(${text}, ${textLiteral(pattern)})`,
};

/** Spark takes a backslash in a literal for an escape, and two quotes for nothing: 'it''s' is its. */
const sparkText = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

/** Spark SQL 3.5, in a session whose time zone is UTC. */
export const spark: Dialect = {
  identifier: (name) => `\`${name.replaceAll('`', '``')}\``,
  textLiteral: sparkText,
  hourOfDay: (milliseconds, zone) => `CAST(hour(from_utc_timestamp(timestamp_millis(${milliseconds}), ${sparkText(zone)})) AS DOUBLE)`,
  dayOfWeek: (milliseconds, zone) => `CAST(weekday(from_utc_timestamp(timestamp_millis(${milliseconds}), ${sparkText(zone)})) + 1 AS DOUBLE)`,
  milliseconds: (timestamp) => `unix_millis(${timestamp})`,
  matches: (text, pattern) => `(${text} RLIKE ${sparkText(pattern)})`,
};
