import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { Command } from 'commander';
import type { ObjectStore } from '../../lib/runtime/object-store';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf, requireConsent } from '../context';
import type { FailedBatch } from '../redrive/failed-batch';
import { functionIn, rangesOf, readFailedBatch } from '../redrive/failed-batch';
import type { Invoke, RedriveOutcome } from '../redrive/redrive';
import { redrive } from '../redrive/redrive';

interface KeptBatch extends FailedBatch { readonly key: string }

/** Where Lambda's on-failure destination puts objects. */
const prefix = 'aws/lambda/';

const failuresOf = ({ environment, names }: Context): ObjectStore => s3Objects(new S3Client({ region: environment.region }), names.bucket('failures'));

const readBatch = async (store: ObjectStore, key: string): Promise<KeptBatch | undefined> => {
  const bytes = await store.get(key);
  // Another redrive may have finished with it meanwhile.
  if (bytes === undefined) return undefined;
  try {
    return { key, ...readFailedBatch(bytes.toString('utf8')) };
  } catch (error) {
    throw new CommandError(`The object ${key} in the failures bucket cannot be redriven: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
};

/** The kept batches, oldest first: keys hold the time at which the batch was given up. */
async function* keptBatches(store: ObjectStore): AsyncGenerator<KeptBatch> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  // The key is aws/lambda/<mapping>/<shard>/<day>/<time>-<random>: the mapping and the shard say nothing of age.
  for (const key of keys.sort((left, right) => (left.split('/').slice(4).join('/') < right.split('/').slice(4).join('/') ? -1 : 1))) {
    const batch = await readBatch(store, key);
    if (batch) yield batch;
  }
}

/** Invokes the function that a batch was meant for, which must be one of the environment's. */
const invokerOf = ({ environment, names }: Context, client: LambdaClient, { key, functionArn, eventOf }: KeptBatch): Invoke => {
  const { name, qualifier } = functionIn(functionArn);
  if (!name.startsWith(`${names.prefix}-`)) throw new CommandError(`The batch ${key} was meant for ${functionArn}, which is not of the environment ${environment.name} (${names.prefix}-…).`);
  return async (records) => {
    const reply = await client.send(new InvokeCommand({ FunctionName: name, ...(qualifier ? { Qualifier: qualifier } : {}), Payload: JSON.stringify(eventOf(records)) }));
    const payload = Buffer.from(reply.Payload ?? []).toString('utf8');
    return { functionError: reply.FunctionError, answer: payload === '' ? undefined : JSON.parse(payload) as unknown };
  };
};

/** What a batch holds: of each shard how many records, and between which. */
const summary = ({ key, functionArn, shard, condition, attempts, firstArrival, records }: KeptBatch) => ({
  key, function: functionIn(functionArn).name, shard, condition, attempts, firstArrival, records: records.length,
  ranges: rangesOf(records).map((range) => ({ ...range, shard: range.shard === '' ? shard : range.shard })),
});

const list = async (context: Context, json: boolean): Promise<void> => {
  const batches: ReturnType<typeof summary>[] = [];
  for await (const batch of keptBatches(failuresOf(context))) batches.push(summary(batch));
  if (json) { process.stdout.write(`${JSON.stringify(batches)}\n`); return; }
  if (batches.length === 0) process.stderr.write('no failed batch is waiting\n');
  for (const batch of batches) process.stdout.write(`${batch.firstArrival}  ${batch.function}  ${batch.shard}  ${batch.records} records  ${batch.condition}\n  ${batch.key}\n`);
};

/**
 * Redrives the batches that wait in the failures bucket, or one of them. A batch is removed once all of it is processed.
 *
 * @throws CommandError when records of some batch could not be processed; the batch stays
 */
export const redriveBatches = async (context: Context, only: string | undefined, onBatch: (key: string, outcome: RedriveOutcome) => void): Promise<void> => {
  const store = failuresOf(context);
  const client = new LambdaClient({ region: context.environment.region });
  let left = 0;
  let found = 0;
  for await (const batch of keptBatches(store)) {
    if (only !== undefined && batch.key !== only) continue;
    found += 1;
    const outcome = await redrive(batch, invokerOf(context, client, batch));
    // A redrive that dies here is run again and finds every record processed already.
    if (outcome.left === 0) await store.remove(batch.key);
    left += outcome.left;
    onBatch(batch.key, outcome);
  }
  if (only !== undefined && found === 0) throw new CommandError(`There is no failed batch ${only}.`, { next: `npx headrace redrive ls --env ${context.environment.name}`, exitCode: 2 });
  if (left > 0) throw new CommandError(`${left} records could not be processed; their batches were kept.`, { next: `mend what the function's log shows, then: npx headrace redrive run --env ${context.environment.name}` });
};

export const registerRedrive = (program: Command): void => {
  const command = program.command('redrive').description('batches of events that no retry could process');

  command.command('ls')
    .description('list them, oldest first')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { json?: boolean }, self: Command) => { await list(contextOf(self), json === true); });

  command.command('run [key]')
    .description('hand them to their function again at their positions, all or one; what is processed is removed')
    .option('--yes <environment>', 'the name of the environment, when it is protected')
    .option('--json', 'print what became of each as JSON')
    .action(async (key: string | undefined, { json, yes }: { json?: boolean; yes?: string }, self: Command) => {
      const context = contextOf(self);
      requireConsent(context, yes, 'redrive');
      const outcomes: (RedriveOutcome & { readonly key: string })[] = [];
      try {
        await redriveBatches(context, key, (each, outcome) => {
          outcomes.push({ key: each, ...outcome });
          process.stderr.write(`${each}: ${outcome.processed} records processed${outcome.left > 0 ? `, ${outcome.left} left: ${outcome.reason ?? ''}` : ''}\n`);
        });
      } finally {
        if (json) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
      }
      if (!json) process.stdout.write(`${outcomes.reduce((sum, { processed }) => sum + processed, 0)} records of ${outcomes.length} batches processed\n`);
    });
};
