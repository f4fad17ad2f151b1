import { Cron } from 'croner';
import { cronExpression, type Schedule } from '../../core/dataset/schedule';

/**
 * The moments at which a schedule runs after `from` up to and with `to`, ascending, in epoch milliseconds.
 *
 * @param atMost of them; the oldest first
 */
export const momentsBetween = (schedule: Schedule, from: number, to: number, atMost = 10_000): readonly number[] => {
  const { expression, timeZone } = cronExpression(schedule);
  const cron = new Cron(expression, { timezone: timeZone });
  const moments: number[] = [];
  let next = cron.nextRun(new Date(from));
  while (next !== null && next.getTime() <= to && moments.length < atMost) {
    moments.push(next.getTime());
    next = cron.nextRun(next);
  }
  return moments;
};

const day = 86_400_000;

/** The last moment at which a schedule ran, at or before another; undefined when there was none in the eight days before. */
export const lastMoment = (schedule: Schedule, at: number): number | undefined => momentsBetween(schedule, at - 8 * day, at).at(-1);
