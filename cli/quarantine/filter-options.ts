import type { Command } from 'commander';
import type { RejectionCode } from '../../core/contract/rejection';
import { rejectionCodes } from '../../core/contract/rejection';
import { positionText } from '../../core/event/position';
import { CommandError } from '../command-error';
import { countOption } from '../count-option';
import { rangeOption } from '../range-option';
import type { RejectedFilter } from './rejected';

/** Options by which rejected events are chosen. */
export interface FilterOptions { readonly reason?: string; readonly type?: string; readonly from?: string; readonly to?: string; readonly position?: string }

const isCode = (text: string): text is RejectionCode => rejectionCodes.some((code) => code === text);

/** A reason, as `--reason` takes it. */
export const reasonOption = (reason: string): RejectionCode => {
  if (!isCode(reason)) throw new CommandError(`--reason is '${reason}'; there are ${rejectionCodes.join(', ')}.`, { exitCode: 2 });
  return reason;
};

/** A whole number from 1 on, as `--limit` takes it. */
export const limitOption = (limit: string): number => countOption('--limit', limit);

/** A position, as `show` prints it (`source/shard/sequence`, and `.n` in an aggregated record) or as lines have it: its fixed-width text. */
export const positionOption = (text: string): string => {
  const [, source, shard, sequence, subSequence = '0'] = /^(.+)\/([^/]+)\/(\d{1,129})(?:\.(\d{1,6}))?$/u.exec(text) ?? [];
  if (source === undefined || shard === undefined || sequence === undefined) throw new CommandError(`--position is '${text}'; it must be source/shard/sequence.`, { next: 'npx headrace quarantine show', exitCode: 2 });
  return positionText({ source, shard, sequence, subSequence: Number(subSequence) });
};

/** Reads the options. */
export const filterOf = ({ reason, type, from, to, position }: FilterOptions): RejectedFilter => ({
  ...(reason === undefined ? {} : { reason: reasonOption(reason) }), ...(type === undefined ? {} : { type }), ...(position === undefined ? {} : { position: positionOption(position) }),
  ...rangeOption({ from, to }),
});

/** Gives a command those options. */
export const withFilters = (command: Command): Command => command
  .option('--reason <code>', 'only events rejected for this reason')
  .option('--type <event type>', 'only events that say they are of this type')
  .option('--from <moment>', 'only events that arrived then or later')
  .option('--to <moment>', 'only events that arrived before')
  .option('--position <position>', 'only the record that stood there, source/shard/sequence')
  .option('--json', 'print JSON');
