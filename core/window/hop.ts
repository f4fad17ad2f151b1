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
 * The window that never ends: as wide as its one hop, which holds every event time (some 71,000 years from 1970). So it has
 * one tile, and begins before everything, by the same arithmetic as the others.
 */
const lifetime = 2 ** 51;

/** Whether nothing ever leaves the window. */
export const isLifetime = ({ width }: Pick<Window, 'width'>): boolean => width === lifetime;

/**
 * Reads a width such as `24h`.
 *
 * @throws RangeError for a width that no window has
 */
export const windowOf = (width: Width): Window => {
  if (width === 'lifetime') return { width: lifetime, hop: lifetime };
  const match = /^([1-9]\d*)([mhd])$/u.exec(width);
  const unit = units[match?.[2] ?? ''];
  if (!match || unit === undefined) throw new RangeError(`'${width}' is no width of a window; allowed are minutes, hours and days such as '5m', '3h' and '7d', and 'lifetime'.`);
  const milliseconds = Number(match[1]) * unit;
  return { width: milliseconds, hop: hopOf(milliseconds) };
};

/** Start of the hop in which an instant lies; hops are counted from 1970-01-01T00:00:00Z. */
export const floorHop = (instant: EpochMillis, hop: number): EpochMillis => Math.floor(instant / hop) * hop;

/** Earliest event time that the window at moment `t` counts. */
export const windowStart = (t: EpochMillis, { width, hop }: Window): EpochMillis => floorHop(t - width, hop);
