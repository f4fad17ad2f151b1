import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { open, stat } from 'node:fs/promises';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { TrainingProfile } from '../../core/training/profile';
import type { TrainingSetMetadata } from '../runtime/training/build';

/** A value of a row; whole numbers that a double does not hold are text. */
export type TrainingValue = string | number | boolean | Date | null;

/** A training set that stands open. */
export interface OpenedTrainingSet {
  readonly columns: readonly string[];
  /** How many rows it has. */
  readonly count: number;
  /** Its rows in their order, read a part at a time, by the names of the columns. */
  readonly rows: () => AsyncGenerator<Readonly<Record<string, TrainingValue>>>;
}

/** One of the features zone, with what stands beside it. */
export interface KeptTrainingSet extends OpenedTrainingSet {
  readonly metadata: TrainingSetMetadata;
  readonly profile: TrainingProfile;
}

/** Where the features zone of an environment keeps a set. Credentials and endpoints are found as the AWS SDKs find them. */
export interface TrainingSetPlace {
  readonly bucket: string;
  /** Name of the model. */
  readonly model: string;
  readonly version: number;
  /** `trainingSetHash` of its metadata. */
  readonly hash: string;
  /** @default as the AWS SDK finds it */
  readonly region?: string;
}

const valueOf = (value: unknown): TrainingValue => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof Date) return value ?? null;
  throw new TypeError(`A column of the training set holds a ${typeof value}; allowed are text, numbers, booleans and moments.`);
};

const opened = async (file: AsyncBuffer): Promise<OpenedTrainingSet> => {
  const metadata = await parquetMetadataAsync(file);
  return {
    columns: parquetSchema(metadata).children.map(({ element }) => element.name), count: Number(metadata.num_rows),
    rows: async function* rows() {
      let start = 0;
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows);
        for (const row of await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd: end })) yield Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueOf(value)]));
        start = end;
      }
    },
  };
};

const exactly = (bytes: Uint8Array): ArrayBuffer => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;

const bufferOf = (byteLength: number, read: (start: number, end: number) => Promise<Uint8Array>): AsyncBuffer => ({
  byteLength, slice: async (start, end = byteLength) => exactly(await read(start < 0 ? byteLength + start : start, end)),
});

const inFile = async (path: string): Promise<AsyncBuffer> => {
  const { size } = await stat(path);
  return bufferOf(size, async (start, end) => {
    const file = await open(path);
    try {
      return (await file.read(Buffer.alloc(end - start), 0, end - start, start)).buffer;
    } finally {
      await file.close();
    }
  });
};

const inZone = async ({ bucket: Bucket, model, version, hash, region }: TrainingSetPlace): Promise<KeptTrainingSet> => {
  const client = new S3Client(region === undefined ? {} : { region });
  const key = (name: string): string => `training-sets/${model}/v${version}/${hash}/${name}`;
  const bytes = async (name: string, Range?: string): Promise<Uint8Array> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key(name), ...(Range === undefined ? {} : { Range }) }));
    return await Body?.transformToByteArray() ?? new Uint8Array();
  };
  const json = async (name: string): Promise<unknown> => JSON.parse(Buffer.from(await bytes(name)).toString('utf8'));
  const { ContentLength = 0 } = await client.send(new HeadObjectCommand({ Bucket, Key: key('examples.parquet') }));
  return {
    ...await opened(bufferOf(ContentLength, async (start, end) => await bytes('examples.parquet', `bytes=${start}-${end - 1}`))),
    metadata: await json('metadata.json') as TrainingSetMetadata, profile: await json('profile.json') as TrainingProfile,
  };
};

/**
 * Opens a training set: a file that `headrace training-set build --out` has made, or one of the features zone.
 *
 * @example for await (const row of (await openTrainingSet('rows.parquet')).rows()) expect(row['distance']).not.toBeNull();
 */
export async function openTrainingSet(file: string): Promise<OpenedTrainingSet>;
export async function openTrainingSet(place: TrainingSetPlace): Promise<KeptTrainingSet>;
export async function openTrainingSet(where: string | TrainingSetPlace): Promise<OpenedTrainingSet> {
  return typeof where === 'string' ? await opened(await inFile(where)) : await inZone(where);
}
