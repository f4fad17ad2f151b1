import { Temporal } from 'temporal-polyfill';
import type { Schedule } from '../../core/dataset/schedule';

const day = 86_400_000;

/** Years of which the time zone database is asked when clocks change. */
const [firstYear, lastYear] = [2020, 2040];

/** Times of a day, UTC, as minutes since midnight, at which a daily time falls around a change of clocks that skips or repeats it; none where no change does. */
const timesAround = (time: string, timeZone: string): ReadonlySet<number> => {
  const times = new Set<number>();
  let isMoved = false;
  const start = Temporal.PlainDate.from({ year: firstYear, month: 1, day: 1 }).toZonedDateTime(timeZone);
  for (let change = start.getTimeZoneTransition('next'); change !== null && change.year <= lastYear; change = change.getTimeZoneTransition('next')) {
    for (const days of [-1, 0, 1]) {
      const wall = change.toPlainDate().add({ days }).toPlainDateTime(time);
      const [earlier, later] = (['earlier', 'later'] as const).map((disambiguation) => wall.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds);
      isMoved ||= earlier !== later;
      times.add((Number(later) % day) / 60_000);
    }
  }
  return isMoved ? times : new Set();
};

/**
 * A schedule of ticks of UTC that has one at each moment of a schedule, for one whose time clocks skip or repeat on some day:
 * EventBridge Scheduler passes over a time that is skipped, and does not say which of two it takes. It has ticks beside them at which
 * nothing is due.
 *
 * @returns as EventBridge Scheduler takes it; undefined where the time is there once on each day
 */
export const ticksWhereClocksChange = (schedule: Schedule): string | undefined => {
  if ('hourly' in schedule || schedule.timeZone === undefined) return undefined;
  const times = [...timesAround(schedule.daily, schedule.timeZone)].sort((left, right) => left - right);
  if (times.length === 0) return undefined;
  const each = (numbers: readonly number[]): string => [...new Set(numbers)].sort((left, right) => left - right).join(',');
  return `cron(${each(times.map((minutes) => minutes % 60))} ${each(times.map((minutes) => Math.floor(minutes / 60)))} * * ? *)`;
};
