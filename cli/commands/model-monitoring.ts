import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { consistencyText } from '../../core/monitoring/consistency';
import { reportText } from '../../core/monitoring/report';
import { reportHtml } from '../../core/monitoring/report-html';
import type { LogRange } from '../../lib/runtime/monitoring/logged-predictions';
import type { Context } from '../context';
import { contextOf } from '../context';
import type { Progress } from '../features/rebuild-place';
import { logRange } from '../monitoring/log-range';
import { modelConsistency, modelReport } from '../monitoring/reports';
import { progressBar } from '../progress';

const fromOption = ['--from <date>', 'predictions that were made from then on, inclusive; a day back, if left out'] as const;
const toOption = ['--to <date>', 'predictions that were made before, exclusive; now, if left out'] as const;
const jsonOption = ['--json', 'print the result as JSON'] as const;

type Work<Result> = (context: Context, name: string, range: LogRange, onProgress: Progress) => Promise<Result>;

/** Does a piece of work on the predictions of a range while a bar shows how far it is. */
const onRange = async <Result>(work: Work<Result>, context: Context, name: string, { from, to }: { readonly from?: string; readonly to?: string }): Promise<Result> => {
  const range = logRange(from, to, Date.now());
  const bar = progressBar('predictions');
  try { return await work(context, name, range, bar.update); } finally { bar.stop(); }
};

/** What watches a model: `headrace model consistency` and `headrace model report`. */
export const registerMonitoring = (model: Command): void => {
  model.command('consistency <model>')
    .description('hold the values that logged predictions were made from against a fold of what their state had read')
    .option(...fromOption)
    .option(...toOption)
    .option(...jsonOption)
    .action(async (name: string, options: { from?: string; to?: string; json?: boolean }, command: Command) => {
      const report = await onRange(modelConsistency, contextOf(command), name, options);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${consistencyText(report)}\n`);
      if (report.differing > 0) process.exitCode = 1;
    });

  model.command('report <model>')
    .description('what is known of logged predictions: skew, what became of them, and drift from what was learned from')
    .option(...fromOption)
    .option(...toOption)
    .option('--out <file>', 'write it as a page (HTML) that needs nothing else')
    .option(...jsonOption)
    .action(async (name: string, options: { from?: string; to?: string; out?: string; json?: boolean }, command: Command) => {
      const report = await onRange(modelReport, contextOf(command), name, options);
      if (options.out !== undefined) writeFileSync(options.out, reportHtml(report));
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${reportText(report)}${options.out === undefined ? '' : `\n${options.out}`}\n`);
    });
};
