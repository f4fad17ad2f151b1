import type { BatchManifest } from '../../../core/dataset/batch';
import { sha256 } from '../../../core/manifest/hash';
import type { ObjectVersions } from './object-versions';

/** Whether an object of raw holds rows of a batch: its manifest lists it. */
export const isPart = (key: string): boolean => /^raw\/dataset=[^/]+\/v\d+\/batch=[^/]+\/part-\d+\.ndjson\.gz$/u.test(key);

/** The object that lists a part, {@link BatchManifest}. */
const manifestOf = (part: string): string => `${part.slice(0, part.lastIndexOf('/'))}/_manifest.json`;

/**
 * Says in the manifest of a batch what one of its parts holds now. Nothing is written when it says so already.
 *
 * @throws Error when S3 does not answer, or there is no manifest
 */
export const mendManifest = async (objects: Pick<ObjectVersions, 'get' | 'put'>, part: string, { content, records }: { readonly content: Buffer; readonly records: number }): Promise<void> => {
  const { body, contentType } = await objects.get(manifestOf(part));
  const manifest = JSON.parse(body.toString('utf8')) as BatchManifest;
  const parts = manifest.parts.map((each) => (each.key === part ? { ...each, rows: records, contentHash: sha256(content) } : each));
  if (JSON.stringify(parts) === JSON.stringify(manifest.parts)) return;
  await objects.put(manifestOf(part), Buffer.from(`${JSON.stringify({ ...manifest, parts }, null, 1)}\n`), contentType);
};
