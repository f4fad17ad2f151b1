import type { Command } from 'commander';
import type { BatchRecord } from '../../core/dataset/batch';
import { versionedName } from '../../core/manifest/manifest';
import { contextOf } from '../context';
import { backfillDataset } from '../dataset/backfill';
import { datasetNamed, recordsOf, runDataset, type RunOptions } from '../dataset/run-dataset';
import { countOption } from '../count-option';
import { wholeRange } from '../range-option';

/** Arrival and commit of a record as people read them. */
const shown = (record: BatchRecord): Readonly<Record<string, unknown>> => ({
  ...record,
  arrival: new Date(record.arrival).toISOString(),
  ...(record.committedAt === undefined ? {} : { committedAt: new Date(record.committedAt).toISOString() }),
});

const line = (record: BatchRecord): string =>
  `${record.batch}  ${record.status}  ${record.rows ?? '-'} rows, ${record.rejected ?? '-'} rejected  arrived ${new Date(record.arrival).toISOString()}${record.refusal === undefined ? '' : `\n  ${record.refusal}`}`;

const print = (json: boolean | undefined, records: readonly BatchRecord[], whole: unknown): void => {
  process.stdout.write(json ? `${JSON.stringify(whole)}\n` : records.map((record) => `${line(record)}\n`).join(''));
};

export const registerDataset = (program: Command): void => {
  const dataset = program.command('dataset').description('batches of datasets: land a file, list what was landed');

  dataset.command('run <name>')
    .description('land a batch: a file, or what a database holds; the same file or moment again changes nothing')
    .option('--date <moment>', 'of a dataset that comes from a database: the moment that the batch is for; now when it is left out')
    .option('--file <path>', 'of a dataset that comes as files: a file of the format that the dataset says: CSV whose first row names the columns, NDJSON or Parquet')
    .option('--json', 'print the batch as JSON')
    .action(async (name: string, { json, ...options }: RunOptions & { json?: boolean }, command: Command) => {
      const record = await runDataset(contextOf(command), name, options);
      print(json, [record], shown(record));
    });

  dataset.command('backfill <name>')
    .description('land what a database holds as the batches of all moments of a schedule in a range; those that are committed stay as they are')
    .requiredOption('--from <moment>', 'first moment, such as 2026-03-01')
    .requiredOption('--to <moment>', 'end, exclusive')
    .option('--concurrency <batches>', 'batches at once', '2')
    .option('--json', 'print the batches as JSON')
    .action(async (name: string, { from, to, concurrency, json }: { from: string; to: string; concurrency: string; json?: boolean }, command: Command) => {
      const records = await backfillDataset(contextOf(command), name, { ...wholeRange({ from, to }), concurrency: countOption('--concurrency', concurrency) });
      print(json, records, records.map(shown));
    });

  dataset.command('ls')
    .description('the datasets with their newest committed batch')
    .option('--json', 'print as JSON')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const rows = await Promise.all(Object.values(context.manifest.datasets).map(async (each) => {
        const batches = await recordsOf(context).list(versionedName(each));
        const newest = batches.filter((batch) => batch.status === 'committed').sort((a, b) => (b.committedAt ?? 0) - (a.committedAt ?? 0))[0];
        return { dataset: versionedName(each), batches: batches.length, newest };
      }));
      process.stdout.write(json ? `${JSON.stringify(rows.map((row) => ({ ...row, newest: row.newest === undefined ? null : shown(row.newest) })))}\n`
        : rows.map((row) => `${row.dataset}  ${row.batches} batches  ${row.newest === undefined ? 'none committed' : line(row.newest)}\n`).join(''));
    });

  dataset.command('show <name>')
    .description('the batches of a dataset')
    .option('--json', 'print as JSON')
    .action(async (name: string, { json }: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const batches = [...await recordsOf(context).list(versionedName(datasetNamed(context, name)))].sort((a, b) => a.arrival - b.arrival);
      if (batches.length === 0) process.stderr.write(`no batch of ${name} was run yet; next: npx headrace dataset run ${name} --file FILE\n`);
      print(json, batches, batches.map(shown));
    });
};
