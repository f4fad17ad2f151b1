import type { Command } from 'commander';
import { contextOf } from '../context';
import { importHistory } from '../history/import-history';
import { progressBar } from '../progress';

export const registerImport = (program: Command): void => {
  program.command('import')
    .description('bring a file of events into the lake, each judged by its contract')
    .argument('<file>', 'Parquet (.parquet), or a CloudEvent a line (.ndjson, also .gz)')
    .option('--as <type>', 'the event type of its rows, such as flight.landed or flight.landed@v1; needed for Parquet, else what the first event says')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, { as, json }: { as?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const bar = progressBar('importing');
      try {
        const result = await importHistory(context, file, as, (done, total) => { bar.update(total === 0 ? 1 : done / total, `${done} of ${total} rows`); });
        bar.stop();
        const { batch, rows, accepted, rejected, already } = result;
        process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${already ? 'already imported' : 'imported'} as ${batch}: ${accepted} of ${rows} rows accepted, ${rejected} rejected\n`);
        if (!json && rejected > 0) process.stderr.write(`next: npx headrace quarantine ls --env ${context.environment.name}\n`);
      } finally {
        bar.stop();
      }
    });
};
