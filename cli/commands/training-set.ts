import { copyFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { OwnTrainingSet } from '../../lib/runtime/training/build-given';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf } from '../context';
import { countOption } from '../count-option';
import { rangeOption } from '../range-option';
import { progressBar } from '../progress';
import { sampleOption } from '../sample-option';
import { leakText } from '../training/leak-text';
import { buildByEngine, buildOwnTrainingSet, copyTrainingSet, modelNamed } from '../training/training-set';

interface BuildOptions {
  readonly from?: string;
  readonly to?: string;
  readonly examples?: string;
  readonly out?: string;
  readonly sample?: string;
  readonly leakReport?: boolean;
  readonly memory?: string;
  readonly threads?: string;
  readonly rowsAtOnce?: string;
  readonly engine?: string;
  readonly json?: boolean;
}

const engineOption = (engine: string | undefined): 'duckdb' | 'spark' | undefined => {
  if (engine === undefined || engine === 'duckdb' || engine === 'spark') return engine;
  throw new CommandError(`'${engine}' is no engine; --engine takes duckdb or spark.`, { exitCode: 2 });
};

const build = async (context: Context, model: string, options: BuildOptions): Promise<OwnTrainingSet> => {
  const { examples, sample, memory, threads, rowsAtOnce } = options;
  const { from: first, to: end } = rangeOption(options);
  const how = {
    comparesAll: options.leakReport === true, ...(memory === undefined ? {} : { memory }),
    ...(threads === undefined ? {} : { threads: countOption('--threads', threads) }), ...(rowsAtOnce === undefined ? {} : { rowsAtOnce: countOption('--rows-at-once', rowsAtOnce) }),
  };
  if (examples !== undefined && sample !== undefined) throw new CommandError('--sample takes a part of the events of the model; of rows of your own, give those that you want.', { exitCode: 2 });
  const engine = engineOption(options.engine);
  if (examples !== undefined && engine === 'spark') throw new CommandError('Rows of your own are made by DuckDB; leave --engine spark out.', { exitCode: 2 });
  const bar = progressBar('training set');
  try {
    if (examples !== undefined) return await buildOwnTrainingSet(context, model, { file: examples, now: Date.now(), ...(first === undefined ? {} : { from: first }), ...(end === undefined ? {} : { to: end }) }, bar.update, how);
    if (first === undefined || end === undefined) throw new CommandError('Which rows? Give --from and --to for the events of the model, or --examples FILE for rows of your own.', { exitCode: 2 });
    return await buildByEngine(engine ?? modelNamed(context.manifest, model).training?.engine)(context, model, first, end, bar.update, { ...how, ...(sample === undefined ? {} : { sample: sampleOption(sample) }) });
  } finally {
    bar.stop();
  }
};

export const registerTrainingSet = (program: Command): void => {
  program.command('training-set').description('training sets')
    .command('build <model>')
    .description('rows of a model, each with the features as they were known before its moment')
    .option('--from <date>', 'first moment, inclusive')
    .option('--to <date>', 'end of the range, exclusive')
    .option('--examples <file>', 'rows of your own, as Parquet, CSV or NDJSON: the keys of their entities as slot.key, request fields by name, moment, and label, known and id if they have them')
    .option('--out <file>', 'where to put the Parquet file; what was refused of your own rows stands beside it')
    .option('--sample <part>', 'part of the rows, such as 0.1, or by label true=1,false=0.1; example.weight says how many each stands for')
    .option('--leak-report', 'compare every row with what event time alone would have given, and not some 20,000')
    .option('--memory <size>', 'memory of DuckDB, such as 4GB; what does not fit goes to disk')
    .option('--threads <count>', 'threads of DuckDB')
    .option('--rows-at-once <count>', 'examples and events that are worked out at once, unless a day has more: fewer need less memory')
    .option('--engine <engine>', 'duckdb, on this machine, or spark, as the Glue job of the environment, for more than a machine holds; that of the model\'s definition, if left out')
    .option('--json', 'print the result as JSON')
    .action(async (model: string, options: BuildOptions, command: Command) => {
      const set = await build(contextOf(command), model, options);
      const file = options.out ?? set.file;
      if (options.out !== undefined) copyTrainingSet(set, options.out);
      const refusedFile = set.refusedFile === undefined || options.out === undefined ? set.refusedFile : `${options.out}.refused.ndjson`;
      if (set.refusedFile !== undefined && refusedFile !== undefined && refusedFile !== set.refusedFile) copyFileSync(set.refusedFile, refusedFile);
      const { rows, labelShare, dropped, leak, trainingSetHash, table } = set.metadata;
      process.stdout.write(options.json ? `${JSON.stringify({ file, ...(refusedFile === undefined ? {} : { refusedFile }), ...set.metadata })}\n` : [
        `${file}: ${rows} rows${labelShare === null ? '' : `, ${(labelShare * 100).toFixed(1)}% labelled true`}`,
        ...Object.entries(dropped).map(([reason, count]) => `  dropped, ${reason}: ${count}`), ...(refusedFile === undefined ? [] : [`  which, and why: ${refusedFile}`]), ...leakText(leak), `  in the table ${table}, at the tag ${trainingSetHash}`, ''].join('\n'));
    });
};
