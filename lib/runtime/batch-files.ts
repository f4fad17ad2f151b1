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

/** A hash of a batch's content, of those of its parts. */
export const contentOf = (parts: readonly BatchPart[]): string => sha256(parts.map(({ contentHash }) => contentHash).join(''));

/** What a batch consists of; undefined when raw does not hold it any more. */
export const batchManifest = async (store: Pick<ObjectStore, 'get'>, dataset: DatasetDefinition, batch: string): Promise<BatchManifest | undefined> => {
  const object = await store.get(batchManifestKeyOf(dataset, batch));
  return object === undefined ? undefined : JSON.parse(object.toString('utf8')) as BatchManifest;
};

const batchesInFlight = 8;

/**
 * Brings the rows of committed batches here that raw still holds, each part held against the hash in its batch's manifest:
 * an erasure writes parts anew under the names that they had.
 *
 * @param store of the raw bucket
 * @param directory what was brought there once is not brought again
 * @returns the batches in the order in which they were given, without those that raw does not hold any more
 * @throws Error when raw holds a part that is not what its manifest says
 */
export const bringHeldBatches = async <Batch extends BatchRank>(store: Pick<ObjectStore, 'get'>, directory: string, dataset: DatasetDefinition, batches: readonly Batch[]): Promise<readonly (Batch & BroughtBatch)[]> => {
  const bring = async (batch: Batch): Promise<(Batch & BroughtBatch) | undefined> => {
    const manifest = await batchManifest(store, dataset, batch.batch);
    if (manifest === undefined) return undefined;
    const [held, contentHash] = [manifest.parts.filter(({ rows }) => rows > 0), contentOf(manifest.parts)];
    const hashes = new Map(held.map((part) => [part.key, part.contentHash]));
    const files = await bringZone(store, join(directory, 'batches', batch.batch, contentHash.slice(0, 16)), held.map(({ key }) => key), () => undefined, (key, content) => {
      const found = createHash('sha256').update(gunzipSync(content)).digest('hex');
      if (found !== hashes.get(key)) throw new Error(`The part ${key} has the content hash ${found}, its manifest ${hashes.get(key) ?? 'none'}; somebody may just be erased from it: try again.`);
    });
    return { ...batch, contentHash, files: files.map(({ file }) => file) };
  };
  const brought: (Batch & BroughtBatch)[] = [];
  for (let start = 0; start < batches.length; start += batchesInFlight)
    brought.push(...(await Promise.all(batches.slice(start, start + batchesInFlight).map(bring))).filter((each) => each !== undefined));
  return brought;
};

/**
 * Brings the rows of committed batches here, see {@link bringHeldBatches}.
 *
 * @throws Error when raw does not hold one of them any more
 */
export const bringBatches = async <Batch extends BatchRank>(store: Pick<ObjectStore, 'get'>, directory: string, dataset: DatasetDefinition, batches: readonly Batch[]): Promise<readonly (Batch & BroughtBatch)[]> => {
  const brought = await bringHeldBatches(store, directory, dataset, batches);
  const gone = batches.find(({ batch }) => !brought.some((each) => each.batch === batch));
  if (gone) throw new Error(`Batch ${gone.batch} of ${versionedName(dataset)} is committed, and raw does not hold it any more (${batchManifestKeyOf(dataset, gone.batch)}); keep raw for longer (retentionDays.raw in environments.ts), or take what is wanted out of its source again.`);
  return brought;
};
