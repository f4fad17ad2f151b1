import { NoSuchKey } from '@aws-sdk/client-s3';
import type { BatchManifest } from '../../../core/dataset/batch';
import type { ObjectVersions, StoredVersion } from './object-versions';

/** Whether an object of raw holds rows of a batch: its manifest lists it. */
export const isPart = (key: string): boolean => /^raw\/dataset=[^/]+\/v\d+\/batch=[^/]+\/part-\d+\.ndjson\.gz$/u.test(key);

/** The object that lists a part, {@link BatchManifest}. */
const manifestOf = (part: string): string => `${part.slice(0, part.lastIndexOf('/'))}/_manifest.json`;

/** A manifest is written after all parts: of a file that was refused on the way, or a landing that was killed, there is none. */
const stored = async (objects: Pick<ObjectVersions, 'get'>, key: string): Promise<StoredVersion | undefined> => {
  try {
    return await objects.get(key);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

/**
 * Says in the manifest of a batch what one of its parts holds now. Nothing is written when it says so already, or when
 * there is no manifest.
 *
 * @throws Error when S3 does not answer
 */
export const mendManifest = async (objects: Pick<ObjectVersions, 'get' | 'put'>, part: string, { contentHash, records }: { readonly contentHash: string; readonly records: number }): Promise<void> => {
  const described = await stored(objects, manifestOf(part));
  if (described === undefined) return;
  const { body, contentType } = described;
  const manifest = JSON.parse(body.toString('utf8')) as BatchManifest;
  const parts = manifest.parts.map((each) => (each.key === part ? { ...each, rows: records, contentHash } : each));
  if (JSON.stringify(parts) === JSON.stringify(manifest.parts)) return;
  await objects.put(manifestOf(part), Buffer.from(`${JSON.stringify({ ...manifest, parts }, null, 1)}\n`), contentType);
};
