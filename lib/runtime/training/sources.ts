import { S3Client } from '@aws-sdk/client-s3';
import { batchesThatMatter } from '../../../core/dataset/materialization';
import { isIncremental } from '../../../core/dataset/current-row';
import { dayText } from '../../../core/event/time';
import type { DatasetDefinition, EventDefinition, ModelDefinition, SourceReference } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { addAbsences, readRows } from '../../../core/training/dataset-rows';
import { readRecords, recordStatistics } from '../../../core/training/raw-records';
import type { RecordsTable } from '../../../core/training/training-set-plan';
import { bringBatches } from '../batch-files';
import type { Database } from '../duckdb';
import { bringRaw, listRaw } from '../raw-files';
import { s3Objects } from '../object-store';
import type { TrainingPlace } from './place';
import { TrainingRefused } from './refused';

/** What a training set reads of one source, on this machine or Lambda. */
export interface TrainingSource {
  readonly name: string;
  /** Tells what was read: objects of raw by their keys, which tell their content, batches by a hash of theirs. */
  readonly content: readonly string[];
  readonly isEvent: boolean;
  readonly load: (database: Database, table: string) => Promise<RecordsTable>;
}

/** Moments of a training set, and how far before them its windows reach. */
export interface SourceRange { readonly earliest: number; readonly from: number; readonly to: number }

const eventSource = async (place: TrainingPlace, definition: EventDefinition, { earliest, to }: SourceRange, onProgress: (share: number) => void): Promise<TrainingSource> => {
  const [first, last] = [dayText(earliest), dayText(to - 1)];
  const raw = await bringRaw(place, await listRaw(place, definition), (date) => date >= first && date <= last, onProgress);
  return {
    name: versionedName(definition), content: raw.flatMap(({ keys }) => keys), isEvent: true,
    load: async (database, table) => {
      for (const statement of readRecords(definition, { raw, knownFrom: earliest, knownTo: to }, table)) await database.run(statement);
      const [counts] = await database.rows(recordStatistics(table));
      return { table, lateness: Number(counts?.['lateness'] ?? 0) };
    },
  };
};

const datasetSource = async (place: TrainingPlace, dataset: DatasetDefinition, { from, to }: SourceRange): Promise<TrainingSource> => {
  const committed = await place.committed(dataset);
  if (committed.length === 0) throw new TrainingRefused(`No batch of the dataset ${versionedName(dataset)} is committed in ${place.environment}, and features are made from it.`, { next: `npx headrace dataset run ${dataset.name}` });
  const batches = await bringBatches(s3Objects(new S3Client({ region: place.region }), place.rawBucket), place.directory, dataset, batchesThatMatter(dataset, committed, from, to));
  return {
    name: versionedName(dataset), content: batches.map(({ batch, contentHash }) => `${batch} ${contentHash}`), isEvent: false,
    load: async (database, table) => {
      await database.run(readRows(dataset, batches, table));
      if (!isIncremental(dataset) && batches.length > 1) await database.run(addAbsences(dataset, batches, table));
      return { table, lateness: 0 };
    },
  };
};

/**
 * Brings what a model's rows are made from here: the events of its examples and of its views, and the batches of its datasets.
 *
 * @param onProgress takes the share that is here
 * @throws TrainingRefused when a dataset has no committed batch
 */
export const trainingSources = async (place: TrainingPlace, model: ModelDefinition, sources: readonly SourceReference[], range: SourceRange, onProgress: (share: number) => void): Promise<readonly TrainingSource[]> => {
  const { manifest } = place;
  return Promise.all(sources.map((source) => {
    const [event, dataset] = [manifest.events[versionedName(source)], manifest.datasets[versionedName(source)]];
    if (source.kind === 'event' && event) return eventSource(place, event, range, onProgress);
    if (source.kind === 'dataset' && dataset) return datasetSource(place, dataset, range);
    throw new TrainingRefused(`The model ${versionedName(model)} reads the ${source.kind} ${versionedName(source)}, which the manifest does not have.`, { next: 'npx headrace compile' });
  }));
};

/**
 * Reads what was brought into tables of a database, one a source.
 *
 * @param onSource told of each source before it is read
 */
export const loadSources = async (database: Database, sources: readonly TrainingSource[], onSource: (name: string) => void = () => undefined): Promise<{ readonly records: (source: SourceReference) => RecordsTable; readonly lateness: number }> => {
  const tables = new Map<string, RecordsTable>();
  for (const [index, source] of sources.entries()) {
    onSource(source.name);
    tables.set(source.name, await source.load(database, `records_${index}`));
  }
  return {
    records: (source) => {
      const table = tables.get(versionedName(source));
      if (!table) throw new Error(`No records of ${versionedName(source)} were read.`);
      return table;
    },
    lateness: Math.max(0, ...[...tables.values()].map(({ lateness }) => lateness)),
  };
};
