import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import { CommandError } from '../command-error';
import { momentOption } from '../moment-option';

const day = 86_400_000;

/** The times between which predictions were made, of a command line: the last 24 hours where it says nothing. */
export const logRange = (from: string | undefined, to: string | undefined, now: number): LogRange => {
  const end = to === undefined ? now : momentOption('--to', to);
  const range = { from: from === undefined ? end - day : momentOption('--from', from), to: end };
  if (range.from >= range.to) throw new CommandError('The range is empty: --from is not before --to.', { exitCode: 2 });
  return range;
};
