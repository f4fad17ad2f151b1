import type { Command } from 'commander';
import { consistencyText } from '../../core/monitoring/consistency';
import { contextOf } from '../context';
import { modelConsistency } from '../monitoring/consistency';
import { logRange } from '../monitoring/log-range';
import { progressBar } from '../progress';

/** What watches a model: `headrace model consistency`. */
export const registerMonitoring = (model: Command): void => {
  model.command('consistency <model>')
    .description('hold the values that logged predictions were made from against a fold of what their state had read')
    .option('--from <date>', 'predictions that were made from then on, inclusive; a day back, if left out')
    .option('--to <date>', 'predictions that were made before, exclusive; now, if left out')
    .option('--json', 'print the result as JSON')
    .action(async (name: string, options: { from?: string; to?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const bar = progressBar('consistency');
      try {
        const report = await modelConsistency(context, name, logRange(options.from, options.to, Date.now()), bar.update);
        process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${consistencyText(report)}\n`);
        if (report.differing > 0) process.exitCode = 1;
      } finally { bar.stop(); }
    });
};
