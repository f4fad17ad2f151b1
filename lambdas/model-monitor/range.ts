import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';

/** What the function is asked: times as ISO 8601; the schedule asks for nothing. */
export interface MonitorRequest { readonly from?: string; readonly to?: string }

const day = 86_400_000;

/** The times that are asked for; the last whole day, UTC, where none are. */
export const rangeOf = ({ from, to }: MonitorRequest, now: number): LogRange => {
  const midnight = now - (now % day);
  const range = { from: from === undefined ? midnight - day : Date.parse(from), to: to === undefined ? midnight : Date.parse(to) };
  if (!(range.from < range.to)) throw new RangeError(`The range from ${from ?? 'yesterday'} to ${to ?? 'today'} is empty or no range; give ISO 8601 times, the earlier one as from.`);
  return range;
};
