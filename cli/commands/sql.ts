import { once } from 'node:events';
import type { Command } from 'commander';
import { CommandError } from '../command-error';
import { contextOf } from '../context';
import { rangeOption } from '../range-option';
import { progressBar } from '../progress';
import { limitOption, reasonOption } from '../quarantine/filter-options';
import type { LakeRange } from '../sql/lake-tables';
import { csvOutput, jsonOutput, tableOutput } from '../sql/output';
import { queryLake } from '../sql/query';

interface SqlOptions { readonly from?: string; readonly to?: string; readonly reason?: string; readonly limit?: string; readonly json?: boolean; readonly csv?: boolean }

/** Rows of a table unless more are asked for: all of them are kept until its columns are known to fit. */
const tableRows = 100;

const rangeOf = ({ from, to, reason }: SqlOptions): LakeRange => ({
  ...rangeOption({ from, to }), ...(reason === undefined ? {} : { reason: reasonOption(reason) }),
});

const write = async (text: string): Promise<void> => { if (!process.stdout.write(text)) await once(process.stdout, 'drain'); };

export const registerSql = (program: Command): void => {
  program.command('sql <query>')
    .description('ask the lake in SQL: the tables of its catalog, curated and raw events by type and quarantine')
    .option('--from <moment>', 'only what was known (events) or arrived (quarantine) then or later')
    .option('--to <moment>', 'only what was known or arrived before')
    .option('--reason <code>', 'fetch of quarantine only what was rejected for this reason')
    .option('--limit <number>', `give at most so many rows; a table has ${tableRows} unless told otherwise, JSON and CSV all`)
    .option('--json', 'print the rows as JSON')
    .option('--csv', 'print the rows as CSV')
    .action(async (query: string, options: SqlOptions, command: Command) => {
      if (options.json && options.csv) throw new CommandError('--json and --csv were both given; there is one stdout.', { exitCode: 2 });
      const range = rangeOf(options);
      const limit = options.limit === undefined ? (options.json || options.csv ? Number.POSITIVE_INFINITY : tableRows) : limitOption(options.limit);
      const output = (options.json ? jsonOutput : options.csv ? csvOutput : tableOutput)(write);
      const bar = progressBar('fetching');
      try {
        const more = await queryLake(contextOf(command), query, range, limit, output, (table, share) => { bar.update(share, table); });
        bar.stop();
        await output.end();
        if (more) process.stderr.write(`the first ${limit} rows; --limit gives more\n`);
      } finally {
        bar.stop();
      }
    });
};
