import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { cronExpression, type Schedule } from '../../core/dataset/schedule';

const day = 86_400_000;

/**
 * The instant of a time by the clock on the wall. One that clocks skip is as much later as they are put forward, of one that is
 * there twice it is the second: as Airflow has it.
 *
 * @param wall as if it were a time of UTC
 */
const instantOf = (wall: Date, timeZone: string): number =>
  Temporal.PlainDateTime.from(wall.toISOString().slice(0, 19)).toZonedDateTime(timeZone, { disambiguation: 'later' }).epochMilliseconds;

/**
 * The moments at which a schedule runs after `from` up to and with `to`, ascending, in epoch milliseconds.
 *
 * @param atMost of them; the oldest first
 */
export const momentsBetween = (schedule: Schedule, from: number, to: number, atMost = 10_000): readonly number[] => {
  const { expression, timeZone } = cronExpression(schedule);
  const cron = new Cron(expression, { timezone: 'UTC' });
  const moments: number[] = [];
  // The clock on the wall is within a day of UTC's, with an hour or so to spare for where it is changed.
  let wall = cron.nextRun(new Date(timeZone === 'UTC' ? from : from - day - day / 8));
  while (wall !== null && moments.length < atMost) {
    const moment = timeZone === 'UTC' ? wall.getTime() : instantOf(wall, timeZone);
    if (moment > to) break;
    if (moment > from) moments.push(moment);
    wall = cron.nextRun(wall);
  }
  return moments;
};

/** The last moment at which a schedule ran, at or before another; undefined when there was none in the eight days before. */
export const lastMoment = (schedule: Schedule, at: number): number | undefined => momentsBetween(schedule, at - 8 * day, at).at(-1);
