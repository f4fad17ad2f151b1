import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { batchReferenceOf, isFileDataset, type BatchRecord, type BatchReference } from '../../core/dataset/batch';
import { dependenciesOf, waitsFor } from '../../core/dataset/dependencies';
import { batchOfMoment, isPostgresDataset, momentOfBatch } from '../../core/dataset/postgres';
import { versionedName, type DatasetDefinition } from '../../core/manifest/manifest';
import { batchRecordsIn, type BatchRecords } from '../../lib/runtime/batch-records';
import { executionEnd, startOrJoin } from '../../lib/runtime/pipeline';
import { fileHash } from '../../lib/runtime/file-hash';
import { lastMoment } from '../../lib/runtime/schedule-moments';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { executionFault } from '../execution-fault';
import { momentOption } from '../moment-option';

/** How often a running pipeline is looked at, milliseconds; a local one takes a second, one on AWS some seconds. */
const lookEvery = 250;

/** The batch records of an environment. */
export const recordsOf = ({ environment, names }: Context): BatchRecords => batchRecordsIn(new DynamoDBClient({ region: environment.region }), names.batchTable);

/** The newest version of a dataset of that name, or the one that `name@vN` says. */
export const datasetNamed = ({ manifest }: Context, name: string): DatasetDefinition => {
  const all = Object.values(manifest.datasets);
  const found = all.filter((each) => each.name === name || versionedName(each) === name).sort((a, b) => b.version - a.version)[0];
  if (found === undefined) throw new CommandError(`There is no dataset '${name}'; the manifest has ${all.map(versionedName).join(', ') || 'none'}.`, { exitCode: 2 });
  return found;
};

const checksumOf = async (file: string): Promise<string> => {
  try {
    return await fileHash(file);
  } catch (error) {
    throw new CommandError(`The file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { exitCode: 2 });
  }
};

/** A batch that is to be run, and its file. */
interface Wanted { readonly reference: BatchReference; readonly file?: string }

/** The batch of a file, or of a moment for what comes from a database. */
const wantedBatch = async (dataset: DatasetDefinition, { file, date }: RunOptions): Promise<Wanted> => {
  if (isPostgresDataset(dataset)) {
    if (file !== undefined) throw new CommandError(`Dataset ${versionedName(dataset)} comes from a database, and not as files; leave --file out.`, { exitCode: 2 });
    const moment = date === undefined ? Math.floor(Date.now() / 1000) * 1000 : momentOption('--date', date);
    return { reference: { dataset: versionedName(dataset), batch: batchOfMoment(dataset, moment), key: '', checksum: '', attempt: 1 } };
  }
  if (!isFileDataset(dataset) || file === undefined) throw new CommandError(`Dataset ${versionedName(dataset)} comes as files; name one with --file.`, { exitCode: 2 });
  return { reference: batchReferenceOf(dataset, await checksumOf(file), 1), file };
};

/** Says what a batch waits for, as nothing else is seen of it for minutes or hours. */
const tellWaiting = async ({ manifest }: Context, dataset: DatasetDefinition, reference: BatchReference, records: BatchRecords): Promise<void> => {
  const dependencies = dependenciesOf(dataset, manifest);
  if (dependencies.length === 0) return;
  const found = new Map(await Promise.all(dependencies.map(async (each) => [versionedName(each), await records.list(versionedName(each))] as const)));
  const waits = waitsFor(dependencies, found, (schedule) => lastMoment(schedule, momentOfBatch(reference) ?? Date.now()));
  if (waits.length > 0) process.stderr.write(`${reference.batch} waits for ${waits.join(', and for ')}; it goes on by itself\n`);
};

/** What `dataset run` takes: a file, or the moment that a batch of a database is for. */
export interface RunOptions { readonly file?: string; readonly date?: string }

/**
 * Lands a batch of a dataset and runs the pipeline to its end. The same file, or the same moment, is the same batch: run
 * again, it changes nothing more.
 *
 * @returns the batch's record, committed
 * @throws CommandError when the batch was refused or the pipeline failed
 */
export const runDataset = async (context: Context, name: string, options: RunOptions): Promise<BatchRecord> => {
  const { environment, names } = context;
  const dataset = datasetNamed(context, name);
  const { reference: first, file } = await wantedBatch(dataset, options);
  const records = recordsOf(context);
  const known = await records.get(first.dataset, first.batch);
  if (known?.status === 'committed') return known;

  if (file !== undefined) await new S3Client({ region: environment.region }).send(new PutObjectCommand({ Bucket: names.bucket('landing'), Key: first.key, Body: createReadStream(file), ContentLength: (await stat(file)).size }));
  const client = new SFNClient({ region: environment.region });
  const machine = `arn:aws:states:${environment.region}:${environment.account}:stateMachine:${names.stateMachine('land-dataset')}`;
  // An attempt that is still running is joined; one that ended without a commit is followed by the next.
  const reference = await startOrJoin(client, machine, { ...first, attempt: known?.attempt ?? 1 });
  await tellWaiting(context, dataset, reference, records);
  const { status, error, cause } = await executionEnd(client, machine, reference, lookEvery);
  const record = await records.get(reference.dataset, reference.batch);
  if (record?.status === 'committed' && status === 'SUCCEEDED') return record;
  if (record?.status === 'committed') throw new CommandError(`Batch ${reference.batch} is committed, and what follows that was not done (${status}): ${executionFault(cause) ?? error ?? 'its execution says why'}`, { next: `npx headrace features fill --env ${environment.name}, which brings its features online` });
  throw new CommandError(`Batch ${reference.batch} was not landed (${status}): ${record?.refusal ?? executionFault(cause) ?? error ?? 'its execution says why'}`, { next: `npx headrace dataset show ${dataset.name} --env ${environment.name}` });
};

