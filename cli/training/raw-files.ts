import { mkdirSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../../core/manifest/hash';
import { s3Objects } from '../../lib/runtime/object-store';
import type { Context } from '../context';

/** Objects of the raw zone as files on this machine. */
export interface RawFiles {
  /** Keys of the objects, in order. */
  readonly keys: readonly string[];
  /** Where each stands here. */
  readonly files: readonly string[];
}

const downloadsInFlight = 8;
const dayOf = (key: string): string => /\/dt=(\d{4}-\d{2}-\d{2})\//u.exec(key)?.[1] ?? '';

/**
 * Brings the raw objects of an event type's days here. An object's name tells its content, so that one that is here
 * already is not brought again.
 *
 * @param folder `flight.landed/v1`
 * @param from first day of known-at, `2001-01-01`
 * @param to last day, inclusive
 */
export const downloadRaw = async (context: Context, folder: string, from: string, to: string, onProgress: (share: number) => void): Promise<RawFiles> => {
  const bucket = context.names.bucket('raw');
  const store = s3Objects(new S3Client({ region: context.environment.region }), bucket);
  const keys: string[] = [];
  for await (const { key } of store.list(`raw/${folder}/`)) if (dayOf(key) >= from && dayOf(key) <= to) keys.push(key);
  keys.sort();
  const directory = join(context.project.home, 'cache', 'raw', bucket);
  mkdirSync(directory, { recursive: true });
  const fileOf = (key: string): string => join(directory, `${sha256(key).slice(0, 16)}-${basename(key)}`.slice(-200));
  const left = keys.filter((key) => !existsSync(fileOf(key)));
  const missing = left.length;
  await Promise.all(Array.from({ length: downloadsInFlight }, async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const content = await store.get(key);
      if (!content) throw new Error(`The object ${key} of ${bucket} was listed and is gone.`);
      // Renamed when it is whole: a file that is here is complete.
      writeFileSync(`${fileOf(key)}.part`, content);
      renameSync(`${fileOf(key)}.part`, fileOf(key));
      onProgress((missing - left.length) / missing);
    }
  }));
  return { keys, files: keys.map(fileOf) };
};
