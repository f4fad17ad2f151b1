import { CommandError } from './command-error';
import { momentOption } from './moment-option';

/** A range of time, epoch milliseconds: `from` inclusive, `to` exclusive; open where an end is left out. */
export interface RangeOption { readonly from?: number; readonly to?: number }

/**
 * Reads `--from` and `--to`.
 *
 * @throws CommandError when one is no moment, or both are given and leave nothing between them
 */
export const rangeOption = ({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): RangeOption => {
  const range = { ...(from === undefined ? {} : { from: momentOption('--from', from) }), ...(to === undefined ? {} : { to: momentOption('--to', to) }) };
  if (range.from !== undefined && range.to !== undefined && range.from >= range.to) throw new CommandError(`The range is empty: --from is ${from ?? ''} and --to ${to ?? ''}; --from must be before --to, which is exclusive.`, { exitCode: 2 });
  return range;
};

/** The same, of a command that wants both. */
export const wholeRange = ({ from, to }: { readonly from: string; readonly to: string }): Required<RangeOption> => {
  rangeOption({ from, to });
  return { from: momentOption('--from', from), to: momentOption('--to', to) };
};
