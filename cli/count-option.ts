import { CommandError } from './command-error';

/** Reads a whole number from 1 of a command line. */
export const countOption = (option: string, text: string): number => {
  if (!/^\d+$/u.test(text) || !(Number(text) >= 1)) throw new CommandError(`${option} is '${text}'; it must be a whole number from 1 on.`, { exitCode: 2 });
  return Number(text);
};
