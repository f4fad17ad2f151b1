import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { LakeObject } from '../../core/lake/object';
import type { ObjectWriter } from './object-writer';

/** Writes objects of the raw and quarantine zones. */
export interface LakeWriter {
  /** Compresses and writes an object, unless it is there already: its name tells its content. */
  readonly write: (object: Pick<LakeObject, 'zone' | 'key' | 'content'>) => Promise<'written' | 'present'>;
}

const compress = promisify(gzip);

/**
 * A writer to the zones' buckets.
 *
 * @param level of gzip, 1 (fast) to 9 (small)
 */
export const lakeWriter = (zones: Readonly<Record<LakeObject['zone'], ObjectWriter>>, level = 6): LakeWriter => ({
  // No content encoding is declared: clients would inflate what its name says is compressed.
  write: async ({ zone, key, content }) => await zones[zone].writeOnce(key, await compress(content, { level }), 'application/gzip'),
});
