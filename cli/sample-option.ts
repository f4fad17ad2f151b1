import type { Sample } from '../core/training/sample';
import { CommandError } from './command-error';

/**
 * Reads the part of the rows that a training set takes: `0.1`, or by label `true=1,false=0.1`.
 *
 * @throws CommandError when it is neither
 */
export const sampleOption = (text: string): Sample => {
  const byLabel = /^true=(?<yes>[\d.]+),false=(?<no>[\d.]+)$/u.exec(text)?.groups;
  const parts = (byLabel ? [byLabel['yes'], byLabel['no']] : [text]).map((part) => (part === undefined || part === '' ? Number.NaN : Number(part)));
  if (parts.some((part) => !(part > 0 && part <= 1))) throw new CommandError(`--sample takes a part over 0 and at most 1, such as 0.1, or one for each label, true=1,false=0.1, but '${text}' was given.`, { exitCode: 2 });
  const [yes = 1, no] = parts;
  return no === undefined ? yes : { true: yes, false: no };
};
