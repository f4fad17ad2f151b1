import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { RowResult } from '../../../core/dataset/row';
import type { DatasetDefinition } from '../../../core/manifest/manifest';

/** A file of a batch. It may be larger than memory. */
export interface SourceFile {
  readonly size: number;
  readonly stream: () => Readable;
  /** The bytes from `start` to before `end`. */
  readonly slice: (start: number, end: number) => Promise<Buffer>;
}

/** A file with the SHA-256 (hex) of its bytes. */
export interface CheckedFile extends SourceFile { readonly checksum: string }

/** A row as it stands in its file, and what it is as a row of the dataset. */
export interface SourceRow {
  /** Its number in the batch, from 0. */
  readonly index: number;
  /** Its text in the file; of a format without text, JSON. */
  readonly text: string;
  readonly result: RowResult;
}

/** Rows of a source in their order, or why it cannot be read any further; nothing follows a fault. */
export type Piece = { readonly rows: readonly SourceRow[] } | { readonly fault: string };

/**
 * Reads a file of one format. What passes, such as a disk that fails, is thrown.
 *
 * @param bring another file of the landing bucket, for a format of several
 */
export type ReadSource = (file: SourceFile, dataset: DatasetDefinition, bring: (key: string) => Promise<CheckedFile | undefined>) => AsyncIterable<Piece>;

/** Rows that are given at once. */
export const rowsOfAPiece = 1000;

const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** The text of a file, which may be gzip whatever it is called. */
export const textOf = async (file: SourceFile): Promise<AsyncIterable<string>> => {
  const compressed = file.size >= 2 && (await file.slice(0, 2)).equals(gzipMagic);
  const bytes: AsyncIterable<Buffer> = compressed ? file.stream().pipe(createGunzip()) : file.stream();
  return (async function* decoded() {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  })();
};

/** What is wrong with a file whose text cannot be read, in words; undefined for a fault of another kind. */
export const textFault = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8; save it as UTF-8';
  return error.code.startsWith('Z_') ? `it is not gzip as its first bytes say (${'message' in error ? String(error.message) : error.code})` : undefined;
};

/** What is wrong with the columns that a whole file has. */
export const columnsFault = (columns: readonly string[], { fields }: DatasetDefinition): string | undefined => {
  const names = Object.keys(fields);
  const missing = names.filter((name) => !columns.includes(name) && fields[name]?.optional !== true);
  if (missing.length > 0) return `it has no column ${missing.join(', ')}; its columns are ${columns.join(', ')}`;
  const unknown = columns.filter((name) => !names.includes(name));
  if (unknown.length > 0) return `it has the column ${unknown.join(', ')}, which the dataset has no field for; declare it under a new version, or leave it out`;
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index);
  return twice.length > 0 ? `it has the column ${twice.join(', ')} twice` : undefined;
};
