import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { ErasureReceipt } from '../../core/erasure/receipt';
import { CommandError } from '../command-error';
import { contextOf, requireConsent } from '../context';
import { beginErasure, erasureEnd, forgetFetched, receiptOf } from '../erasure/erase-subject';
import { receiptText } from '../erasure/receipt-text';

interface EraseOptions { readonly field?: readonly string[]; readonly dryRun?: boolean; readonly wait: boolean; readonly receipt?: string; readonly yes?: string; readonly json?: boolean }

/** Identifiers of the command line; `-` takes them from standard input, a line each, so that no shell keeps them. */
const identifiersFrom = async (words: readonly string[]): Promise<readonly string[]> => {
  if (!words.includes('-')) return words;
  const lines = (await text(process.stdin)).split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return [...words.filter((word) => word !== '-'), ...lines];
};

const tell = (receipt: ErasureReceipt, json: boolean | undefined): void => {
  process.stdout.write(json ? `${JSON.stringify(receipt)}\n` : receiptText(receipt));
  if (receipt.outcome === 'incomplete') process.exitCode = 1;
};

export const registerErase = (program: Command): void => {
  program.command('erase [subject...]')
    .description('erase a person from everything that is kept: all identifiers that they are known by, or - to read them from standard input')
    .option('--field <name...>', 'look in these personal fields alone; needed where an identifier is a whole number')
    .option('--dry-run', 'say what there is, and erase nothing')
    .option('--no-wait', 'leave when it has begun; see how it goes with --receipt')
    .option('--receipt <erasure>', 'show what an erasure has done')
    .option('--yes <environment>', 'the name of the environment, when it is protected')
    .option('--json', 'print the receipt as JSON')
    .action(async (words: readonly string[], { field, dryRun, wait, receipt, yes, json }: EraseOptions, command: Command) => {
      const context = contextOf(command);
      if (receipt !== undefined) {
        const found = await receiptOf(context, receipt);
        if (found === undefined) throw new CommandError(`There is no receipt of an erasure '${receipt}': it has not come to its first search, or there is none.`, { exitCode: 2 });
        tell(found, json);
        return;
      }
      const identifiers = await identifiersFrom(words);
      if (identifiers.length === 0) throw new CommandError('Whom? Give what the person is known by: a customer number, an address.', { exitCode: 2, ...(field === undefined ? {} : { next: 'give it before --field, which takes every word after it' }) });
      if (dryRun !== true) requireConsent(context, yes, 'erase');
      const erasure = await beginErasure(context, { identifiers, ...(field === undefined ? {} : { fields: field }) }, { erases: dryRun !== true });
      const minutes = Math.ceil((2 * context.environment.erasureSettleSeconds) / 60);
      process.stderr.write(`erasure ${erasure} has begun${dryRun === true ? '' : `; it takes ${minutes} minutes at least, as it waits until nothing under way can bring back what it erases`}\n`);
      if (!wait) {
        process.stdout.write(json ? `${JSON.stringify({ erasure })}\n` : `${erasure}\n`);
        return;
      }
      const end = await erasureEnd(context, erasure);
      if (dryRun !== true) forgetFetched(context);
      tell(end, json);
    });
};
