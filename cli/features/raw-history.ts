import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import type { CloudEvent } from '../../core/event/cloud-event';
import type { EventLineage } from '../../core/event/lineage';
import type { Context } from '../context';
import { s3Objects } from '../../lib/runtime/object-store';

const inflate = promisify(gunzip);

/** A line of the raw zone. */
export interface RawLine { readonly event: CloudEvent; readonly lineage: EventLineage }

const dayOf = (key: string): string | undefined => /\/dt=(\d{4}-\d{2}-\d{2})\//u.exec(key)?.[1];

/** Survivor first: by known-at, arrival and position, in every engine. */
const bySurvival = (left: RawLine, right: RawLine): number => {
  const key = ({ lineage }: RawLine): string => `${lineage.known_at} ${lineage.arrival} ${lineage.position}`;
  return key(left) < key(right) ? -1 : 1;
};

/**
 * Reads the imported history of an event type from the raw zone: each identity once, in the order in which it was known.
 * Records of the stream are left out; the stream delivers those.
 *
 * @param folders of the event's versions, `flight.landed/v1`
 * @param reach how far back from its end the history matters, milliseconds
 * @param onProgress takes the share of objects read, 0 to 1
 */
export const readImportedHistory = async (context: Context, folders: readonly string[], reach: number, onProgress: (share: number) => void): Promise<readonly RawLine[]> => {
  const store = s3Objects(new S3Client({ region: context.environment.region }), context.names.bucket('raw'));
  const keys: string[] = [];
  for (const folder of folders) for await (const { key } of store.list(`raw/${folder}/`)) keys.push(key);
  const newest = keys.flatMap((key) => dayOf(key) ?? []).sort().at(-1);
  if (newest === undefined) return [];
  const earliest = new Date(Math.max(0, Date.parse(newest) - reach)).toISOString().slice(0, 10);
  const wanted = keys.filter((key) => (dayOf(key) ?? '') >= earliest);

  const survivors = new Map<string, RawLine>();
  for (const [index, key] of wanted.entries()) {
    const content = await store.get(key);
    if (content) for (const text of (await inflate(content)).toString('utf8').split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text) as RawLine;
      if (!line.lineage.source.startsWith('import/')) continue;
      const identity = `${line.event.source}\0${line.event.id}`;
      const other = survivors.get(identity);
      if (!other || bySurvival(line, other) < 0) survivors.set(identity, line);
    }
    onProgress((index + 1) / wanted.length);
  }
  return [...survivors.values()].sort(bySurvival);
};
