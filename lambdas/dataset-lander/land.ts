import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { Rejection } from '../../core/contract/rejection';
import { batchManifestKeyOf, partKeyOf, type BatchManifest, type BatchReference, type CsvDataset } from '../../core/dataset/batch';
import { readRow, rowKey, type Row } from '../../core/dataset/row';
import { positionText, type Position } from '../../core/event/position';
import { versionedName } from '../../core/manifest/manifest';

/** An object to be written: its key and its bytes. */
export interface LakeObject { readonly key: string; readonly body: Buffer; readonly contentType: string }

/** A file taken apart: what goes to raw, what to quarantine, and the counts; or why the whole file is refused. */
export type Landing =
  | { readonly ok: true; readonly part: LakeObject; readonly manifest: LakeObject; readonly quarantine: readonly LakeObject[]; readonly rows: number; readonly rejected: number; readonly contentHash: string }
  | { readonly ok: false; readonly refusal: string };

export interface LandingInput {
  readonly dataset: CsvDataset;
  readonly reference: BatchReference;
  readonly bytes: Buffer;
  /** Epoch milliseconds at which the batch was first taken in; not the time of this attempt, so that every attempt gives the same bytes. */
  readonly arrival: number;
  readonly manifestHash: string;
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

const refused = (refusal: string): Landing => ({ ok: false, refusal });

/** A row of the file: its cells in order, and its text as it stands there. */
interface FileRow { readonly cells: readonly string[]; readonly text: string }

const readFile = (bytes: Buffer): { readonly rows: readonly FileRow[] } | { readonly fault: string } => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'it is not UTF-8; save it as UTF-8' };
  }
  try {
    const records: unknown = parse(text, { bom: true, raw: true, relax_column_count: true, skip_empty_lines: true, skip_records_with_error: false });
    return { rows: (records as readonly { record: readonly string[]; raw: string }[]).map(({ record, raw }) => ({ cells: record, text: raw.replace(/\r?\n$/u, '') })) };
  } catch (error) {
    return { fault: `it is not CSV (${error instanceof Error ? error.message : String(error)})` };
  }
};

const headerFault = (header: readonly string[], { fields }: CsvDataset): string | undefined => {
  const names = Object.keys(fields);
  const missing = names.filter((name) => !header.includes(name) && fields[name]?.optional !== true);
  if (missing.length > 0) return `it has no column ${missing.join(', ')}; its columns are ${header.join(', ')}`;
  const unknown = header.filter((name) => !names.includes(name));
  if (unknown.length > 0) return `it has the column ${unknown.join(', ')}, which the dataset has no field for; declare it under a new version, or leave it out`;
  const twice = header.filter((name, index) => header.indexOf(name) !== index);
  return twice.length > 0 ? `it has the column ${twice.join(', ')} twice` : undefined;
};

const positionOf = (reference: BatchReference, row: number): Position => ({ source: `dataset/${reference.batch}`, shard: 'file', sequence: String(row), subSequence: 0 });

/** Since when a row was known, as the dataset declares it: null for what was always known. */
const knownAt = (dataset: CsvDataset, row: Row, arrival: string): string | null => {
  if (dataset.knownAt === 'always') return null;
  const value = dataset.knownAt === 'arrival' ? arrival : row[dataset.knownAt.column];
  return typeof value === 'string' && value < arrival ? value : arrival;
};

const rawLine = ({ dataset, reference, arrival, manifestHash }: LandingInput, index: number, row: Row): string => {
  const { source, shard, sequence, subSequence } = positionOf(reference, index);
  const arrived = new Date(arrival).toISOString();
  return JSON.stringify({
    row,
    lineage: {
      position: positionText(positionOf(reference, index)), source, shard, sequence, sub_sequence: subSequence, arrival: arrived, known_at: knownAt(dataset, row, arrived),
      contract: versionedName(dataset), contract_hash: dataset.hash, manifest_hash: manifestHash, batch_id: reference.batch,
    },
  });
};

interface RejectedRow { readonly index: number; readonly rejection: Rejection; readonly text: string }

const quarantineLine = ({ dataset, reference, arrival, manifestHash }: LandingInput, { index, rejection, text }: RejectedRow): string => {
  const { source, shard, sequence, subSequence } = positionOf(reference, index);
  const { code, path, found, allowed, remedy } = rejection;
  return JSON.stringify({
    reason: code, path, found, allowed, remedy, event_type: versionedName(dataset), original: Buffer.from(text, 'utf8').toString('base64'),
    lineage: { position: positionText(positionOf(reference, index)), source, shard, sequence, sub_sequence: subSequence, partition_key: null, arrival: new Date(arrival).toISOString(), manifest_hash: manifestHash, batch_id: reference.batch },
  });
};

const lines = (content: readonly string[]): string => content.map((line) => `${line}\n`).join('');
const compressed = (key: string, content: string): LakeObject => ({ key, body: gzipSync(content), contentType: 'application/gzip' });

/** One object per reason, named as the quarantine zone's are. */
const quarantineObjects = (input: LandingInput, rows: readonly RejectedRow[]): readonly LakeObject[] =>
  [...Map.groupBy(rows, ({ rejection }) => rejection.code)].map(([reason, group]) => {
    const content = lines(group.map((row) => quarantineLine(input, row)));
    const arrived = new Date(input.arrival).toISOString();
    const [first, last] = [group[0]?.index ?? 0, group.at(-1)?.index ?? 0];
    return compressed(`quarantine/${reason}/dt=${arrived.slice(0, 10)}/hr=${arrived.slice(11, 13)}/${input.reference.batch}-${first}-${last}-${sha256(content).slice(0, 16)}.ndjson.gz`, content);
  });

/** Reads the file's rows as the dataset's; the first row of a key is taken, any further one rejected. */
const judge = (dataset: CsvDataset, header: readonly string[], rows: readonly FileRow[]): { readonly taken: readonly { index: number; row: Row }[]; readonly rejected: readonly RejectedRow[] } => {
  const taken: { index: number; row: Row }[] = [];
  const rejected: RejectedRow[] = [];
  const keys = new Map<string, number>();
  for (const [index, { cells, text }] of rows.entries()) {
    if (cells.length > header.length) {
      rejected.push({ index, text, rejection: { code: 'unknown_field', path: '', found: `${cells.length} cells`, allowed: `${header.length} cells`, remedy: 'quote the cells that hold a comma' } });
      continue;
    }
    const read = readRow(dataset.fields, Object.fromEntries(header.map((name, column) => [name, cells[column]])));
    if (!read.ok) {
      rejected.push({ index, text, rejection: read.rejection });
      continue;
    }
    const key = rowKey(dataset.key, read.row);
    const before = keys.get(key);
    if (before !== undefined) {
      rejected.push({ index, text, rejection: { code: 'duplicate_key', path: `/${dataset.key.join(',')}`, found: dataset.key.some((name) => dataset.fields[name]?.personal) ? 'a key that was there before' : key, allowed: 'one row a key', remedy: `row ${before} has the same key and was taken; remove one of them` } });
      continue;
    }
    keys.set(key, index);
    taken.push({ index, row: read.row });
  }
  return { taken, rejected };
};

/**
 * Takes a file apart. The same input gives the same bytes, so that a batch can be landed again after any interruption.
 *
 * @returns the objects to write, or a refusal that says what is wrong with the file as a whole
 */
export const landFile = (input: LandingInput): Landing => {
  const { dataset, reference, bytes } = input;
  const checksum = sha256(bytes);
  const file = `file ${reference.key} of dataset ${reference.dataset}`;
  if (checksum !== reference.checksum) return refused(`${file} has the checksum ${checksum}, not ${reference.checksum}: it changed on its way; run the dataset again.`);
  const read = readFile(bytes);
  if ('fault' in read) return refused(`${file} cannot be read: ${read.fault}.`);
  const [header, ...rows] = read.rows;
  if (header === undefined) return refused(`${file} is empty; its first row must name the columns.`);
  const fault = headerFault(header.cells, dataset);
  if (fault !== undefined) return refused(`${file} does not fit: ${fault}.`);
  const { taken, rejected } = judge(dataset, header.cells, rows);
  if (taken.length === 0) return refused(`${file} has no row that fits the dataset, of ${rows.length}; the first fault: ${rejected[0] === undefined ? 'it has no rows' : `${rejected[0].rejection.code} at ${rejected[0].rejection.path}`}.`);

  const content = lines(taken.map(({ index, row }) => rawLine(input, index, row)));
  const contentHash = sha256(content);
  const partKey = partKeyOf(dataset, reference.batch);
  const manifest: BatchManifest = {
    dataset: reference.dataset, batch: reference.batch, source: { key: reference.key, checksum, rows: rows.length }, arrival: new Date(input.arrival).toISOString(),
    contractHash: dataset.hash, manifestHash: input.manifestHash, rejected: rejected.length, parts: [{ key: partKey, rows: taken.length, contentHash }],
  };
  return {
    ok: true,
    part: compressed(partKey, content),
    manifest: { key: batchManifestKeyOf(dataset, reference.batch), body: Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`), contentType: 'application/json' },
    quarantine: quarantineObjects(input, rejected),
    rows: taken.length,
    rejected: rejected.length,
    contentHash,
  };
};
