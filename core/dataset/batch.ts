import { versionedName, type DatasetDefinition, type FileSource, type VersionedName } from '../manifest/manifest';

/**
 * What a batch of a dataset goes through. `landing`: its rows are being written; `landed`: they are in raw; `verified`:
 * they were read back and counted; `committed`: readers may use them, and nothing changes any more. `refused`: something
 * is wrong that trying again does not mend; a new attempt starts over.
 */
export type BatchStatus = 'landing' | 'landed' | 'verified' | 'committed' | 'refused';

/** What states of the pipeline pass to each other: where things are, never rows. */
export interface BatchReference {
  readonly dataset: VersionedName;
  readonly batch: string;
  /** The file, in the landing bucket. */
  readonly key: string;
  /** SHA-256 (hex) of the file's bytes; empty until a batch of a database is extracted. */
  readonly checksum: string;
  /** 1 for the first; a later one takes the batch over from an earlier. */
  readonly attempt: number;
}

/** A batch as the batch table remembers it; counts are there from `landed` on. */
export interface BatchRecord extends BatchReference {
  readonly status: BatchStatus;
  /** When the batch was first taken in (epoch milliseconds): its rows' arrival, however often it is tried. */
  readonly arrival: number;
  readonly rows?: number;
  readonly rejected?: number;
  /** SHA-256 (hex) of the content hashes of its parts, one after the other. */
  readonly contentHash?: string;
  readonly contractHash?: string;
  readonly manifestHash?: string;
  /** Epoch milliseconds. */
  readonly committedAt?: number;
  /** Why the batch was refused, and what to do. */
  readonly refusal?: string;
  /** SHA-256 (hex) of what was taken out of a database, from then on `key` is its place: a later attempt takes the same. Empty once the batch was refused. */
  readonly extracted?: string;
  /** ISO 8601: up to where an increment goes. */
  readonly watermark?: string;
}

/** Formats of the files that a dataset may come as. */
const fileFormats = ['csv', 'ndjson', 'parquet'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A dataset that comes as files. */
export type FileDataset = DatasetDefinition & { readonly source: FileSource };

/** The format of a dataset's files; undefined for one that comes from a database. */
export const formatOf = ({ source }: DatasetDefinition): FileFormat | undefined => fileFormats.find((format) => format in source);

export const isFileDataset = (dataset: DatasetDefinition): dataset is FileDataset => formatOf(dataset) !== undefined;

const checksumDigits = 16;

/** The batch of a file: the same bytes for the same dataset are the same batch, whatever the file is called. */
const batchIdOf = (dataset: Pick<DatasetDefinition, 'name' | 'version'>, checksum: string): string =>
  `${dataset.name}-v${dataset.version}-${checksum.slice(0, checksumDigits)}`;

/** Name of an execution of the pipeline. A name cannot be used again for 90 days, failed or not: so each attempt has its own. */
export const executionNameOf = (reference: Pick<BatchReference, 'batch' | 'attempt'>): string => `${reference.batch}.${reference.attempt}`;

const prefixOf = (source: DatasetDefinition['source']): string => ('csv' in source ? source.csv : 'ndjson' in source ? source.ndjson : 'parquet' in source ? source.parquet : '').replace(/^\/+|\/+$/gu, '');

/** Below where a batch of a database is put in the landing bucket; each attempt has a place of its own. */
export const extractPrefixOf = ({ dataset, batch, attempt }: Pick<BatchReference, 'dataset' | 'batch' | 'attempt'>): string => `extracts/${dataset.split('@')[0] ?? ''}/${batch}/attempt-${attempt}/`;

/** Where a dataset's files lie in the landing bucket. */
export const landingPrefixOf = (dataset: FileDataset): string => `${prefixOf(dataset.source) || dataset.name}/`;

/** Where a batch's file is put in the landing bucket. */
export const landingKeyOf = (dataset: FileDataset, batch: string): string => `${landingPrefixOf(dataset)}${batch}.${formatOf(dataset) ?? ''}`;

const batchPrefix = (dataset: Pick<DatasetDefinition, 'name' | 'version'>, batch: string): string => `raw/dataset=${dataset.name}/v${dataset.version}/batch=${batch}/`;

/** An object that holds rows of a batch: its parts are counted from 0. */
export const partKeyOf = (dataset: Pick<DatasetDefinition, 'name' | 'version'>, batch: string, part: number): string => `${batchPrefix(dataset, batch)}part-${String(part).padStart(4, '0')}.ndjson.gz`;

/** The object that says what a batch holds: a {@link BatchManifest}. Engines that read a folder pass over names with a `_`. */
export const batchManifestKeyOf = (dataset: Pick<DatasetDefinition, 'name' | 'version'>, batch: string): string => `${batchPrefix(dataset, batch)}_manifest.json`;

/** Written beside the rows, so that a batch explains itself without the batch table. */
export interface BatchManifest {
  readonly dataset: VersionedName;
  readonly batch: string;
  readonly source: { readonly key: string; readonly checksum: string; readonly rows: number };
  readonly arrival: string;
  readonly contractHash: string;
  readonly manifestHash: string;
  readonly rejected: number;
  readonly parts: readonly BatchPart[];
}

/** Rows of a batch that stand in one object. */
export interface BatchPart { readonly key: string; readonly rows: number; /** SHA-256 (hex) of its uncompressed lines. */ readonly contentHash: string }

/** A reference to the batch that a file of a dataset is. */
export const batchReferenceOf = (dataset: FileDataset, checksum: string, attempt: number): BatchReference => {
  const batch = batchIdOf(dataset, checksum);
  return { dataset: versionedName(dataset), batch, key: landingKeyOf(dataset, batch), checksum, attempt };
};
