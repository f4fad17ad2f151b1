import type { EpochMillis } from '../event/time';
import { binSql } from './sql';
import type { ExampleRange } from './training-set-plan';

const day = 86_400_000;

/** How many rows a day of UTC has: examples, and events that became known on it. */
export interface DayRows {
  /** Days since 1970. */
  readonly day: number;
  readonly rows: number;
}

/** Rows of (day, rows) over the table `candidates` and the records of events. */
export const rowsByDay = (records: readonly string[]): string => `SELECT day, sum(rows) AS rows FROM (
  ${['SELECT moment AS instant FROM candidates WHERE dropped IS NULL', ...records.map((table) => `SELECT known AS instant FROM ${table}`)].map((each) => `SELECT ${binSql('instant', String(day))} AS day, count(*) AS rows FROM (${each}) GROUP BY ALL`).join(' UNION ALL ')})
  GROUP BY ALL ORDER BY day`;

/**
 * Cuts a range of moments into chunks that are worked out one after another, so that what is in memory at once does not
 * grow with the range: at the ends of days, and each of so many days as have no more rows than asked for.
 *
 * @param days ascending; one that is not there has no rows
 * @param rowsAtOnce a day with more is a chunk by itself
 */
export const chunksOf = ({ from, to }: Pick<ExampleRange, 'from' | 'to'>, days: readonly DayRows[], rowsAtOnce: number): readonly Pick<ExampleRange, 'from' | 'to'>[] => {
  const within = days.filter(({ day: each }) => each * day < to && (each + 1) * day > from);
  const all = within.reduce((sum, { rows: each }) => sum + each, 0);
  // Of about the same size: each reads anew what its windows reach back to, a small last one too.
  const enough = all / Math.ceil(all / rowsAtOnce);
  const cuts: EpochMillis[] = [];
  let rows = 0;
  for (const { day: number, rows: more } of within) {
    if (rows > 0 && (rows >= enough || rows + more > rowsAtOnce) && number * day > from) {
      cuts.push(number * day);
      rows = 0;
    }
    rows += more;
  }
  return [from, ...cuts].map((start, index) => ({ from: start, to: cuts[index] ?? to }));
};
