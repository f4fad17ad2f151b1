import { CommandError } from '../../cli/command-error';
import { LocalCloudError } from '../../local/cloud';

/** What to say of an error: what is wrong, and what to type next. */
export interface Explanation { readonly message: string; readonly next: string }

/** An error in the words of a person who can mend it; what nobody foresaw keeps its stack, for the log. */
export const explanationOf = (error: unknown): Explanation => {
  if (error instanceof CommandError) return { message: error.message, next: error.next ?? 'npm start' };
  if (error instanceof LocalCloudError) return { message: error.message, next: error.remedy };
  return { message: error instanceof Error ? error.message : String(error), next: 'npm start (what is done already is not done again)' };
};
