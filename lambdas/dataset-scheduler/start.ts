import { batchReferenceOf, isFileDataset, type BatchRecord, type BatchReference, type FileDataset } from '../../core/dataset/batch';
import { batchOfMoment, isPostgresDataset, momentOfBatch, type PostgresDataset } from '../../core/dataset/postgres';
import { versionedName, type DatasetDefinition } from '../../core/manifest/manifest';
import { committedBatches, type BatchRecords } from '../../lib/runtime/batch-records';
import { lastMoment, momentsBetween } from '../../lib/runtime/schedule-moments';

/** A file that lies in the landing bucket. */
export interface LandedFile { readonly key: string; /** Epoch milliseconds. */ readonly modified: number }

/** What the scheduler needs of the world. */
export interface World {
  readonly records: BatchRecords;
  /** The files below a dataset's place in the landing bucket. */
  readonly files: (dataset: FileDataset) => Promise<readonly LandedFile[]>;
  /** SHA-256 (hex) of a file. */
  readonly checksum: (key: string) => Promise<string>;
  /** Starts the attempt of a batch that is due, or joins one that runs. */
  readonly start: (reference: BatchReference) => Promise<void>;
}

/** Whether a moment is one of a dataset's schedule; where clocks change there are ticks at others. */
export const isDue = ({ schedule }: Pick<DatasetDefinition, 'schedule'>, moment: number): boolean => schedule === undefined || lastMoment(schedule, moment) === moment;

/** Missed moments of which one tick takes care at most; the next one goes on. */
const mostMissed = 50;

/** Whether a batch may be started by itself: one that was refused waits for a person. */
const isOpen = (record: BatchRecord | undefined): boolean => record === undefined || (record.status !== 'committed' && record.status !== 'refused');

const attemptOf = (record: BatchRecord | undefined): number => record?.attempt ?? 1;

/** The moment itself, and those after the last batch that were missed: the scheduler was away, or the dataset was not deployed. */
const moments = (dataset: PostgresDataset, moment: number, records: readonly BatchRecord[]): readonly number[] => {
  const last = Math.max(...records.flatMap((record) => momentOfBatch(record) ?? []).filter((each) => each < moment), Number.NEGATIVE_INFINITY);
  if (dataset.schedule === undefined || last === Number.NEGATIVE_INFINITY) return [moment];
  return [...new Set([...momentsBetween(dataset.schedule, last, moment, mostMissed), ...records.flatMap((record) => (isOpen(record) ? momentOfBatch(record) ?? [] : [])), moment])].sort((left, right) => left - right);
};

const startMoments = async ({ records, start }: World, dataset: PostgresDataset, moment: number): Promise<readonly string[]> => {
  const known = await records.list(versionedName(dataset));
  const due = moments(dataset, moment, known).map((each) => {
    const batch = batchOfMoment(dataset, each);
    return { batch, record: known.find((record) => record.batch === batch) };
  }).filter(({ record }) => isOpen(record));
  for (const { batch, record } of due) await start({ dataset: versionedName(dataset), batch, key: '', checksum: '', attempt: attemptOf(record) });
  return due.map(({ batch }) => batch);
};

/** Whether a file has not been looked at since it was put there. */
const isNew = ({ key, modified }: LandedFile, records: readonly BatchRecord[]): boolean => !records.some((record) => record.key === key && record.arrival >= modified && !isOpen(record));

const startFiles = async ({ records, files, checksum, start }: World, dataset: FileDataset): Promise<readonly string[]> => {
  const known = await records.list(versionedName(dataset));
  const started: string[] = [];
  for (const file of (await files(dataset)).filter((each) => isNew(each, known))) {
    const reference = { ...batchReferenceOf(dataset, await checksum(file.key), 1), key: file.key };
    const record = known.find(({ batch }) => batch === reference.batch);
    if (!isOpen(record)) continue;
    await start({ ...reference, attempt: attemptOf(record) });
    started.push(reference.batch);
  }
  return started;
};

/** Batches of a dataset that were committed at a moment or after it: what a try of a run has done before another fails belongs to the run. */
export const committedSince = async ({ records }: Pick<World, 'records'>, dataset: DatasetDefinition, moment: number): Promise<readonly string[]> =>
  (await committedBatches(records, dataset)).filter(({ committedAt }) => committedAt >= moment).map(({ batch }) => batch);

/**
 * Starts what is due of a dataset at a moment of its schedule: of a database the batch of that moment and those that were
 * missed, of files those that came. Started twice it has the effect of once.
 *
 * @param moment epoch milliseconds
 * @returns the batches
 */
export const startDue = (world: World, dataset: DatasetDefinition, moment: number): Promise<readonly string[]> => {
  if (isPostgresDataset(dataset)) return startMoments(world, dataset, moment);
  return isFileDataset(dataset) ? startFiles(world, dataset) : Promise.resolve([]);
};
