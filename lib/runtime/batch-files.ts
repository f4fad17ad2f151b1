import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { batchManifestKeyOf, type BatchManifest, type BatchPart } from '../../core/dataset/batch';
import type { BatchRank } from '../../core/dataset/current-row';
import { sha256 } from '../../core/manifest/hash';
import type { DatasetDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { BatchFiles } from '../../core/training/dataset-rows';
import type { ObjectStore } from './object-store';
import { bringZone } from './zone-files';

/** A batch's files on this machine; its rows by a hash of their content. */
export interface BroughtBatch extends BatchFiles { readonly contentHash: string }

const contentOf = (parts: readonly BatchPart[]): string => sha256(parts.map(({ contentHash }) => contentHash).join(''));

const manifestOf = async (store: Pick<ObjectStore, 'get'>, dataset: DatasetDefinition, batch: string): Promise<BatchManifest> => {
  const object = await store.get(batchManifestKeyOf(dataset, batch));
  if (object === undefined) throw new Error(`Batch ${batch} of ${versionedName(dataset)} is committed, and raw does not hold it any more (${batchManifestKeyOf(dataset, batch)}); keep raw for longer (retentionDays.raw in environments.ts), or take what is wanted out of its source again.`);
  return JSON.parse(object.toString('utf8')) as BatchManifest;
};

/**
 * Brings the rows of committed batches here, each part held against the hash in its batch's manifest: an erasure writes
 * parts anew under the names that they had.
 *
 * @param store of the raw bucket
 * @param directory what was brought there once is not brought again
 * @throws Error when raw does not hold a batch any more, or holds a part that is not what its manifest says
 */
export const bringBatches = async <Batch extends BatchRank>(store: Pick<ObjectStore, 'get'>, directory: string, dataset: DatasetDefinition, batches: readonly Batch[], onProgress: (share: number) => void = () => undefined): Promise<readonly (Batch & BroughtBatch)[]> => {
  const brought: (Batch & BroughtBatch)[] = [];
  for (const [index, batch] of batches.entries()) {
    const { parts } = await manifestOf(store, dataset, batch.batch);
    const [held, contentHash] = [parts.filter(({ rows }) => rows > 0), contentOf(parts)];
    const hashes = new Map(held.map((part) => [part.key, part.contentHash]));
    const files = await bringZone(store, join(directory, 'batches', batch.batch, contentHash.slice(0, 16)), held.map(({ key }) => key), () => undefined, (key, content) => {
      const found = createHash('sha256').update(gunzipSync(content)).digest('hex');
      if (found !== hashes.get(key)) throw new Error(`The part ${key} has the content hash ${found}, its manifest ${hashes.get(key) ?? 'none'}; somebody may just be erased from it: try again.`);
    });
    brought.push({ ...batch, contentHash, files: files.map(({ file }) => file) });
    onProgress((index + 1) / batches.length);
  }
  return brought;
};
