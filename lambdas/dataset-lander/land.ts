import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Rejection } from '../../core/contract/rejection';
import { batchManifestKeyOf, formatOf, partKeyOf, type BatchManifest, type BatchPart, type BatchReference, type FileFormat } from '../../core/dataset/batch';
import { rowKey, type Row } from '../../core/dataset/row';
import { positionText, type Position } from '../../core/event/position';
import { versionedName, type DatasetDefinition } from '../../core/manifest/manifest';
import { readExtract } from './sources/extract';
import { readCsv } from './sources/csv';
import { readNdjson } from './sources/ndjson';
import { readParquet } from './sources/parquet';
import type { CheckedFile, ReadSource, SourceRow } from './sources/source';

/** An object to be written: its key and its bytes. */
export interface LakeObject { readonly key: string; readonly body: Buffer; readonly contentType: string }

/** Where objects go. Each is written under a name that depends on the batch, with bytes that depend on file and definitions. */
export interface LandingPlace {
  readonly putRaw: (object: LakeObject) => Promise<void>;
  readonly putQuarantine: (object: LakeObject) => Promise<void>;
}

/** A file that was taken apart: its counts, and what it says of itself in raw; or why the whole file is refused. */
export type Landing =
  | { readonly ok: true; readonly manifest: BatchManifest; readonly rows: number; readonly rejected: number; readonly contentHash: string }
  | { readonly ok: false; readonly refusal: string };

export interface LandingInput {
  readonly dataset: DatasetDefinition;
  readonly reference: BatchReference;
  /** The file with the SHA-256 (hex) of its bytes. */
  readonly file: CheckedFile;
  /** Brings another file of the landing bucket here; undefined when it is not there. */
  readonly bring: (key: string) => Promise<CheckedFile | undefined>;
  /** Epoch milliseconds at which the batch was first taken in; not the time of this attempt, so that every attempt gives the same bytes. */
  readonly arrival: number;
  readonly manifestHash: string;
  /** Rows of a part; not given but in tests. */
  readonly rowsOfAPart?: number;
}

/** So many lines are in memory at once. */
const usualRowsOfAPart = 100_000;

const readers: Readonly<Record<FileFormat | 'extract', ReadSource>> = { csv: readCsv, ndjson: readNdjson, parquet: readParquet, extract: readExtract };

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

/** The content hash of a batch, from those of its parts. */
export const contentHashOf = (parts: readonly BatchPart[]): string => sha256(parts.map(({ contentHash }) => contentHash).join(''));

const positionOf = (reference: BatchReference, row: number): Position => ({ source: `dataset/${reference.batch}`, shard: 'file', sequence: String(row), subSequence: 0 });

/** Since when a row was known, as the dataset declares it: null for what was always known. */
const knownAt = (dataset: DatasetDefinition, row: Row, arrival: string): string | null => {
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

/** Writes rows as they come, a part at a time; the first row of a key is taken, any further one rejected. */
const partWriter = (input: LandingInput, place: LandingPlace) => {
  const { dataset, reference, rowsOfAPart = usualRowsOfAPart } = input;
  const parts: BatchPart[] = [];
  const keys = new Map<string, number>();
  let taken: string[] = [];
  let refused: RejectedRow[] = [];
  let first: Rejection | undefined;
  const counts = { source: 0, rows: 0, rejected: 0 };

  const flush = async (): Promise<void> => {
    for (const object of quarantineObjects(input, refused)) await place.putQuarantine(object);
    refused = [];
    if (taken.length === 0) return;
    const content = lines(taken);
    const part = { key: partKeyOf(dataset, reference.batch, parts.length), rows: taken.length, contentHash: sha256(content) };
    taken = [];
    await place.putRaw(compressed(part.key, content));
    parts.push(part);
  };

  const reject = ({ index, text }: SourceRow, rejection: Rejection): void => {
    first ??= rejection;
    counts.rejected += 1;
    refused.push({ index, text, rejection });
  };

  const add = async (row: SourceRow): Promise<void> => {
    counts.source += 1;
    if (row.result.ok) {
      const key = rowKey(dataset.key, row.result.row);
      const before = keys.get(key);
      if (before === undefined) {
        keys.set(key, row.index);
        counts.rows += 1;
        taken.push(rawLine(input, row.index, row.result.row));
      } else {
        const isPersonal = dataset.key.some((name) => dataset.fields[name]?.personal);
        reject(row, { code: 'duplicate_key', path: `/${dataset.key.join(',')}`, found: isPersonal ? 'a key that was there before' : key, allowed: 'one row a key', remedy: `row ${before} has the same key and was taken; remove one of them` });
      }
    } else {
      reject(row, row.result.rejection);
    }
    if (taken.length + refused.length >= rowsOfAPart) await flush();
  };

  return { add, flush, parts, counts, firstFault: () => first };
};

const faultText = (first: Rejection | undefined): string => (first === undefined ? 'it has no rows' : `${first.code} at ${first.path}`);

/**
 * Takes a file apart, and writes its rows to raw and quarantine; what it says of the batch is for the caller to write, last.
 * The same input gives the same bytes, so that a batch can be landed again after any interruption.
 *
 * @returns what the batch holds, or a refusal that says what is wrong with the file as a whole
 */
export const landFile = async (input: LandingInput, place: LandingPlace): Promise<Landing> => {
  const { dataset, reference, file, bring } = input;
  const name = `file ${reference.key} of dataset ${reference.dataset}`;
  const refused = (refusal: string): Landing => ({ ok: false, refusal: `${name} ${refusal}.` });
  if (file.checksum !== reference.checksum) return { ok: false, refusal: `${name} has the checksum ${file.checksum}, not ${reference.checksum}: it changed on its way; run the dataset again.` };
  const writer = partWriter(input, place);
  for await (const piece of readers[formatOf(dataset) ?? 'extract'](file, dataset, bring)) {
    if ('fault' in piece) return { ok: false, refusal: `${name}: ${piece.fault}.` };
    for (const row of piece.rows) await writer.add(row);
  }
  const { counts, parts } = writer;
  if (counts.rows === 0) return refused(`has no row that fits the dataset, of ${counts.source}; the first fault: ${faultText(writer.firstFault())}`);
  await writer.flush();
  const contentHash = contentHashOf(parts);
  return {
    ok: true,
    manifest: {
      dataset: reference.dataset, batch: reference.batch, source: { key: reference.key, checksum: file.checksum, rows: counts.source }, arrival: new Date(input.arrival).toISOString(),
      contractHash: dataset.hash, manifestHash: input.manifestHash, rejected: counts.rejected, parts,
    },
    rows: counts.rows,
    rejected: counts.rejected,
    contentHash,
  };
};

/** The object that says what a batch holds. */
export const manifestObject = (dataset: DatasetDefinition, manifest: BatchManifest): LakeObject =>
  ({ key: batchManifestKeyOf(dataset, manifest.batch), body: Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`), contentType: 'application/json' });
