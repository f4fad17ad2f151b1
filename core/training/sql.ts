/** A name as SQL takes it, whatever characters it holds. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Text as an SQL literal. */
export const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Start of the hop in which a moment lies, hops counted from the UTC epoch; exact before 1970 too, where SQL's `%` is negative.
 *
 * @param moment SQL of a BIGINT in epoch milliseconds
 * @param hop milliseconds; may be a column
 */
export const hopFloorSql = (moment: string, hop: number | string): string => `((${moment}) - (((${moment}) % ${hop}) + ${hop}) % ${hop})`;

/** Number of the bin of `size` in which a BIGINT lies; like {@link hopFloorSql}, but for joins on equality. `size` may be a column. */
export const binSql = (value: string, size: string): string => `(((${value}) - ((${value}) % (${size}) + (${size})) % (${size})) // (${size}))`;

/** One statement of a plan, with the words in which an error speaks of it. */
export interface Statement { readonly step: string; readonly sql: string }
