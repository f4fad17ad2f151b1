import { sha256 } from '../manifest/hash';
import { compareSequences, shardName, type Position } from '../event/position';
import type { EpochMillis } from '../event/time';
import { dayText, hourText } from '../event/time';
import type { TextBuilder } from './text-builder';

/** An object of the raw or quarantine zone: newline-delimited JSON, compressed with gzip when it is written. */
export interface LakeObject {
  readonly zone: 'raw' | 'quarantine';
  readonly key: string;
  /** Uncompressed. */
  readonly content: Buffer;
  readonly records: number;
  /** Index of its first record among those that were added to the batch: they are in order. */
  readonly firstIndex: number;
}

/** Lines that belong into one object, in the order of their records. */
export interface LineGroup {
  readonly zone: LakeObject['zone'];
  /** `<type>/v<n>` in raw, the reason in quarantine. */
  readonly folder: string;
  /** Decides the partition. */
  readonly at: EpochMillis;
  readonly firstIndex: number;
  readonly first: Position;
  last: Position;
  readonly lines: TextBuilder;
  records: number;
}

const hashDigits = 16;
const hashAtEnd = /-[0-9a-f]{16}\.ndjson\.gz$/u;

/** The key of an object that holds other content than it did: readers keep what they have read by its name. One whose name tells no content keeps it. */
export const keyWithContent = (key: string, content: Uint8Array): string => key.replace(hashAtEnd, `-${sha256(content).slice(0, hashDigits)}.ndjson.gz`);

/** `<shard>-<first>-<last>-<hash>.ndjson.gz`; a shard's own name has hyphens too. */
const objectName = /^(?<shard>.+)-(?<first>\d+)-(?<last>\d+)-[0-9a-f]{16}\.ndjson\.gz$/u;

/** Whether an object's name says that it spans a position: undefined when the name is none that {@link lakeObject} gives. */
export const spansPosition = (key: string, position: Pick<Position, 'source' | 'shard' | 'sequence'>): boolean | undefined => {
  const found = objectName.exec(key.slice(key.lastIndexOf('/') + 1))?.groups;
  if (found === undefined) return undefined;
  return found['shard'] === shardName(position) && compareSequences(found['first'] ?? '', position.sequence) <= 0 && compareSequences(position.sequence, found['last'] ?? '') <= 0;
};

/** Whether an object holds what came by the stream, and not by an import, by its name: shards end in a number. */
export const isStreamed = (key: string): boolean => /-\d+$/u.test(objectName.exec(key.slice(key.lastIndexOf('/') + 1))?.groups?.['shard'] ?? '');

/** Name of the one shard that a file is. */
export const fileShard = 'file';

/** The rows of an import that an object's name says it spans, from 0; undefined for one of anything else. */
export const importedRows = (key: string): { readonly first: number; readonly last: number } | undefined => {
  const { shard, first, last } = objectName.exec(key.slice(key.lastIndexOf('/') + 1))?.groups ?? {};
  return shard === fileShard ? { first: Number(first), last: Number(last) } : undefined;
};

/**
 * The object of a group of lines. Its name tells its place in the stream and what it holds, so that a retry with the same
 * records makes the same object, and one with others another.
 *
 * @returns `raw/<type>/v<n>/dt=YYYY-MM-DD/hr=HH/<shard>-<first>-<last>-<content hash>.ndjson.gz`, or the same below `quarantine/<reason>/`
 */
export const lakeObject = ({ zone, folder, at, firstIndex, first, last, lines, records }: LineGroup): LakeObject => {
  const content = lines.bytes();
  const name = `${shardName(first)}-${first.sequence}-${last.sequence}-${sha256(content).slice(0, hashDigits)}`;
  return { zone, key: `${zone}/${folder}/dt=${dayText(at)}/hr=${hourText(at)}/${name}.ndjson.gz`, content, records, firstIndex };
};
