import type { Command } from 'commander';
import { contextOf } from '../context';
import { momentOption } from '../moment-option';
import { progressBar } from '../progress';
import { buildTrainingSet, copyTrainingSet } from '../training/training-set';

export const registerTrainingSet = (program: Command): void => {
  program.command('training-set').description('training sets')
    .command('build <model>')
    .description('rows of a model, each with the features as they were known before its moment')
    .requiredOption('--from <date>', 'first moment, inclusive')
    .requiredOption('--to <date>', 'last moment, exclusive')
    .option('--out <file>', 'where to put the Parquet file')
    .option('--json', 'print the result as JSON')
    .action(async (model: string, options: { from: string; to: string; out?: string; json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const bar = progressBar('training set');
      const set = await buildTrainingSet(context, model, momentOption('--from', options.from), momentOption('--to', options.to), bar.update);
      bar.stop();
      const file = options.out ?? set.file;
      if (options.out !== undefined) copyTrainingSet(set, options.out);
      const { rows, labelShare, dropped, trainingSetHash } = set.metadata;
      process.stdout.write(options.json ? `${JSON.stringify({ file, ...set.metadata })}\n` : [
        `${file}: ${rows} rows${labelShare === null ? '' : `, ${(labelShare * 100).toFixed(1)}% labelled true`}`,
        ...Object.entries(dropped).map(([reason, count]) => `  dropped, ${reason}: ${count}`), `  hash ${trainingSetHash}`, ''].join('\n'));
    });
};
