import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { rawFolder } from '../../core/lake/folder';
import type { EventDefinition, Manifest } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { RawFilesOf } from '../../core/training/raw-records';
import type { ObjectStore } from './object-store';
import { s3Objects } from './object-store';
import { bringZone, listZone } from './zone-files';

/** Where raw is read from, and where its objects are kept on this machine. */
export interface RawPlace {
  readonly manifest: Manifest;
  readonly region: string;
  readonly rawBucket: string;
  /** What was brought here once is not brought again. */
  readonly directory: string;
}

/** Keys of the objects that were written by one contract. */
export interface RawKeys { readonly writer: EventDefinition; readonly keys: readonly string[] }

const storeOf = ({ region, rawBucket }: RawPlace): ObjectStore => s3Objects(new S3Client({ region }), rawBucket);

/** Day of known-at of an object, `2001-01-01`. */
export const dayOfKey = (key: string): string => /\/dt=(\d{4}-\d{2}-\d{2})\//u.exec(key)?.[1] ?? '';

/** The objects of every version that can be read as this one. */
export const listRaw = async (place: RawPlace, source: EventDefinition): Promise<readonly RawKeys[]> => Promise.all(source.reads.map(async (version): Promise<RawKeys> => {
  const writer = place.manifest.events[versionedName({ name: source.name, version })] ?? source;
  return { writer, keys: await listZone(storeOf(place), [`raw/${rawFolder(writer)}/`]) };
}));

/**
 * Brings listed objects here.
 *
 * @param wants whether a day's objects are needed
 * @param onProgress takes the share that is here
 */
export const bringRaw = async (place: RawPlace, listed: readonly RawKeys[], wants: (day: string) => boolean, onProgress: (share: number) => void): Promise<readonly (RawFilesOf & RawKeys)[]> =>
  Promise.all(listed.map(async ({ writer, keys }) => {
    const wanted = keys.filter((key) => wants(dayOfKey(key)));
    const files = await bringZone(storeOf(place), join(place.directory, 'raw', place.rawBucket), wanted, onProgress);
    return { writer, keys: wanted, files: files.map(({ file }) => file) };
  }));
