import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import manifest from '@generated/manifest';
import { isFileDataset, landingPrefixOf, type BatchReference, type FileDataset } from '../../core/dataset/batch';
import type { Manifest } from '../../core/manifest/manifest';
import { batchRecordsIn } from '../../lib/runtime/batch-records';
import { startOrJoin } from '../../lib/runtime/pipeline';
import { readVariables } from '../../lib/runtime/variables';
import { committedSince, isDue, startDue, type LandedFile, type World } from './start';
import { dependenciesReady, type Waiting } from './wait';

const { LANDING_BUCKET, BATCH_TABLE, STATE_MACHINE } = readVariables('LANDING_BUCKET', 'BATCH_TABLE', 'STATE_MACHINE');

const [s3, stepFunctions] = [new S3Client({}), new SFNClient({})];
const records = batchRecordsIn(new DynamoDBClient({}), BATCH_TABLE);
const { datasets }: Pick<Manifest, 'datasets'> = manifest;

const filesOf = async (dataset: FileDataset): Promise<readonly LandedFile[]> => {
  const found: LandedFile[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: LANDING_BUCKET, Prefix: landingPrefixOf(dataset) })) {
    found.push(...Contents.flatMap(({ Key, Size = 0, LastModified }) => (Key === undefined || Size === 0 ? [] : [{ key: Key, modified: LastModified?.getTime() ?? 0 }])));
  }
  return found;
};

const checksumOf = async (key: string): Promise<string> => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: LANDING_BUCKET, Key: key }));
  const hash = createHash('sha256');
  for await (const chunk of Body as Readable) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

const world: World = {
  records,
  files: filesOf,
  checksum: checksumOf,
  start: async (reference) => { await startOrJoin(stepFunctions, STATE_MACHINE, reference); },
};

/** A tick of a dataset's schedule, with the moment for which it was made. */
interface Tick { readonly dataset: string; readonly moment: string; /** Some ticks are of no moment of the schedule. */ readonly unless?: 'not due' }
/** A batch of the state machine `land-dataset` that asks whether what it waits for is there. */
interface Asking extends BatchReference { readonly step: 'wait'; readonly began: string }

/** What a tick did. `committed`: of files, the batches that were committed since its moment, by an earlier try of whoever asks or by another. */
interface Ticked { readonly started: readonly string[]; readonly committed?: readonly string[] }

/** Starts what is due of a dataset, or says whether what a batch waits for is there. */
export const handler = async (event: Tick | Asking): Promise<Waiting | Ticked> => {
  if ('step' in event) {
    const { dataset, batch, key, checksum, attempt, began } = event;
    return dependenciesReady(records, { datasets }, { dataset, batch, key, checksum, attempt }, Date.parse(began), Date.now());
  }
  const dataset = datasets[event.dataset];
  const moment = Date.parse(event.moment);
  if (dataset === undefined || Number.isNaN(moment)) throw new Error(`a tick of dataset ${event.dataset} for ${event.moment} cannot be taken: this release has the datasets ${Object.keys(datasets).join(', ')}, and a moment is a date and time with its zone.`);
  if (event.unless === 'not due' && !isDue(dataset, moment)) return { started: [] };
  // Looked for first: what this tick starts is told as started, however quickly it is committed.
  const committed = isFileDataset(dataset) ? { committed: await committedSince(world, dataset, moment) } : {};
  return { started: await startDue(world, dataset, moment), ...committed };
};
