import { parseTimestamp } from '../core/event/time';
import { CommandError } from './command-error';

/**
 * Reads a moment of a command line: a date (its midnight, UTC) or a date and time with its zone.
 *
 * @returns epoch milliseconds
 */
export const momentOption = (option: string, text: string): number => {
  const moment = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00:00Z` : text);
  if (moment === undefined) throw new CommandError(`${option} takes a date or a date and time with its zone, such as 2001-06-01 or 2001-06-01T12:00:00Z, but '${text}' was given.`, { exitCode: 2 });
  return moment;
};
