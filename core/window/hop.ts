import type { Width } from '../definition/node';
import type { EpochMillis } from '../event/time';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const units: Readonly<Record<string, number>> = { m: minute, h: hour, d: day };

/** A window in milliseconds: its width, and the hop in which its tail moves. */
export interface Window { readonly width: number; readonly hop: number }

/** Hop of a width: 5 minutes under 12 hours, 1 hour from 12 hours, 1 day from 12 days. */
const hopOf = (width: number): number => (width < 12 * hour ? 5 * minute : width < 12 * day ? hour : day);

/**
 * Reads a width such as `24h`.
 *
 * @throws RangeError for a width that no window has (`lifetime`, or text of another form)
 */
export const windowOf = (width: Width): Window => {
  const match = /^([1-9]\d*)([mhd])$/u.exec(width);
  const unit = units[match?.[2] ?? ''];
  if (!match || unit === undefined) throw new RangeError(`'${width}' is no width of a window; allowed are minutes, hours and days such as '5m', '3h' and '7d'.`);
  const milliseconds = Number(match[1]) * unit;
  return { width: milliseconds, hop: hopOf(milliseconds) };
};

/** Start of the hop in which an instant lies; hops are counted from 1970-01-01T00:00:00Z. */
export const floorHop = (instant: EpochMillis, hop: number): EpochMillis => Math.floor(instant / hop) * hop;

/** Earliest event time that the window at moment `t` counts. */
export const windowStart = (t: EpochMillis, { width, hop }: Window): EpochMillis => floorHop(t - width, hop);
