import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf } from '../context';
import { compactRaw, portionsOf, type InvokeCompactor, type RawObject } from '../lake/compact-raw';
import { rangeOption } from '../range-option';
import { progressBar } from '../progress';

interface CompactOptions { readonly from?: string; readonly to?: string }

const invokerOf = ({ environment, names }: Context, name: string): ((event: unknown) => ReturnType<InvokeCompactor>) => {
  const client = new LambdaClient({ region: environment.region });
  return async (event) => {
    const reply = await client.send(new InvokeCommand({ FunctionName: names.function(name), Payload: JSON.stringify(event) }));
    const payload = Buffer.from(reply.Payload ?? []).toString('utf8');
    return { functionError: reply.FunctionError, answer: payload === '' ? undefined : JSON.parse(payload) as unknown };
  };
};

const compact = async (context: Context, options: CompactOptions): Promise<void> => {
  const range = rangeOption(options);
  const objects: RawObject[] = [];
  for await (const { key, bytes } of s3Objects(new S3Client({ region: context.environment.region }), context.names.bucket('raw')).list('raw/')) objects.push({ key, bytes });
  const portions = portionsOf(objects, range);
  const bar = progressBar('compacting');
  try {
    const left = await compactRaw(portions, invokerOf(context, 'lake-compactor'), (share) => { bar.update(share); });
    bar.stop();
    const count = portions.reduce((sum, portion) => sum + portion.length, 0);
    if (left.length > 0) throw new CommandError(`${left.length} of ${count} objects could not be taken into their tables, the first of them ${left[0] ?? ''}; the log group of lake-compactor says why.`, { next: 'docs/runbook.md, "compaction failed"' });
    process.stderr.write(`${count} objects of raw are in their tables\n`);
  } finally {
    bar.stop();
  }
};

const maintain = async (context: Context, tables: readonly string[]): Promise<void> => {
  const { functionError, answer } = await invokerOf(context, 'lake-maintainer')(tables.length === 0 ? {} : { tables });
  if (functionError !== undefined) throw new CommandError(`The tables were not all maintained: ${JSON.stringify(answer)}.`, { next: 'docs/runbook.md, "maintenance failed"' });
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

export const registerLake = (program: Command): void => {
  const lake = program.command('lake').description('the curated tables: take raw in, keep them in order');
  lake.command('compact')
    .description('take what is in raw into the curated tables; what is there already stays as it is')
    .option('--from <moment>', 'only what was known then or later')
    .option('--to <moment>', 'only what was known before')
    .action(async (options: CompactOptions, command: Command) => { await compact(contextOf(command), options); });
  lake.command('maintain [table...]')
    .description('keep tables in order now and not at night: far copies, small files, old snapshots, orphaned files')
    .action(async (tables: readonly string[], _options: unknown, command: Command) => { await maintain(contextOf(command), tables); });
};
