import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchesRun } from './three-million-batches';

const stepCells = (run: BatchesRun, step: string): string => run.engines.map(({ steps }) => {
  const found = steps.find((each) => each.step === step);
  return found === undefined ? ' | | |' : ` ${found.seconds} | ${found.memoryMegabytes} | ${found.diskMegabytes} |`;
}).join('');

const stored = ({ objects, bytes }: { readonly objects: number; readonly bytes: number }): string => `${objects} objects, ${(bytes / 1e6).toFixed(1)} MB`;

/** What `npm run bench:three-million-batches` found, for the page of measurements. */
export const batchesSection = (): readonly string[] => {
  const file = join(__dirname, 'three-million-batches.json');
  if (!existsSync(file)) return [];
  const run = JSON.parse(readFileSync(file, 'utf8')) as BatchesRun;
  const [first, ...others] = Object.entries(run.contents);
  const steps = [...new Set(run.engines.flatMap((engine) => engine.steps.map(({ step }) => step)))];
  const each = (of: (engine: BatchesRun['engines'][number]) => string): string => run.engines.map((engine) => ` ${of(engine)} |`).join('');
  return ['## Three million rows in one batch', '',
    `${run.rows} flights, a Parquet file of ${(run.fileBytes / 1e6).toFixed(1)} MB, through the deployed pipeline of a local cloud, by functions with DuckDB and by Spark: \`npm run bench:three-million-batches\`. The two datasets differ by name and engine alone. Then the rows, their keys, a sum of each column and one over the hashes of all rows are worked out of the file and of both Iceberg tables: of ${Object.keys(first?.[1] ?? {}).length} numbers ${run.differences.length === 0 ? 'none differs' : `these differ: ${run.differences.join('; ')}`} (${[first, ...others].map((entry) => entry?.[0] ?? '').join(', ')}).`, '',
    `| step | ${run.engines.map(({ engine }) => `${engine}: s | memory, MB | disk, MB`).join(' | ')} |`, `| --- |${' ---: | ---: | ---: |'.repeat(run.engines.length)}`,
    ...steps.map((step) => `| ${step} |${stepCells(run, step)}`), '',
    `| | ${run.engines.map(({ engine }) => engine).join(' | ')} |`, `| --- |${' ---: |'.repeat(run.engines.length)}`,
    `| the whole, s |${each(({ seconds }) => String(seconds))}`, `| rows taken, rejected |${each(({ rows, rejected }) => `${rows}, ${rejected}`)}`,
    `| raw |${each(({ raw }) => stored(raw))}`, `| table, data |${each(({ tableData }) => stored(tableData))}`, `| table, metadata |${each(({ tableMetadata }) => stored(tableMetadata))}`, '',
    `Memory is the highest resident memory of the process that the step runs in, disk the most that stood in its temporary directory. Functions have 3008 MB of memory here as on AWS, which the local cloud does not hold them to. Machine: ${run.machine} (${run.date}), ${run.load}.`, ''];
};
