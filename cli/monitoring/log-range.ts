import { isoText } from '../../core/event/time';
import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import { CommandError } from '../command-error';
import { rangeOption } from '../range-option';

const day = 86_400_000;

/** The times between which predictions were made, of a command line: the last 24 hours where it says nothing, and the 24 hours before `--to` where it says that alone. */
export const logRange = (from: string | undefined, to: string | undefined, now: number): LogRange => {
  const given = rangeOption({ from, to });
  const end = given.to ?? now;
  const begin = given.from ?? end - day;
  if (begin >= end) throw new CommandError(`The range is empty: --from is ${isoText(begin)}, and without --to it ends now, ${isoText(end)}.`, { exitCode: 2 });
  return { from: begin, to: end };
};
