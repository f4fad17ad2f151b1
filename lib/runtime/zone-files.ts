import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sha256 } from '../../core/manifest/hash';
import type { ObjectStore } from './object-store';

/** An object of a zone on this machine. */
export interface ZoneFile { readonly key: string; readonly file: string }

const downloadsInFlight = 8;

/** Keys of the lines' objects below some prefixes, ascending. */
export const listZone = async (store: Pick<ObjectStore, 'list'>, prefixes: readonly string[], wants: (key: string) => boolean = () => true): Promise<readonly string[]> => {
  const keys: string[] = [];
  for (const prefix of prefixes) for await (const { key } of store.list(prefix)) if (/\.ndjson(?:\.gz)?$/u.test(key) && wants(key)) keys.push(key);
  return keys.sort();
};

/**
 * Brings objects of a zone here. An object's name tells its content, so that one that is here already is not brought again.
 *
 * @param store of the zone's bucket
 * @param directory `<home>/cache/<zone>/<bucket>`
 * @param onProgress takes the share that is here
 * @param check throws for content that is not what was expected: it is not kept then
 */
export const bringZone = async (store: Pick<ObjectStore, 'get'>, directory: string, keys: readonly string[], onProgress: (share: number) => void, check: (key: string, content: Buffer) => void = () => undefined): Promise<readonly ZoneFile[]> => {
  mkdirSync(directory, { recursive: true });
  const files = keys.map((key): ZoneFile => ({ key, file: join(directory, `${sha256(key).slice(0, 16)}-${basename(key)}`.slice(-200)) }));
  const left = files.filter(({ file }) => !existsSync(file));
  const missing = left.length;
  await Promise.all(Array.from({ length: downloadsInFlight }, async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const content = await store.get(next.key);
      if (!content) throw new Error(`The object ${next.key} was listed and is gone.`);
      check(next.key, content);
      // Renamed when it is whole: a file that is here is complete.
      writeFileSync(`${next.file}.part`, content);
      renameSync(`${next.file}.part`, next.file);
      onProgress((missing - left.length) / missing);
    }
  }));
  return files;
};
