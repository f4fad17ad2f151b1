import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { metadataKey, modelFileKey } from '../../../core/model/artefact';
import type { KeptVerdicts } from '../../../core/model/kept-evaluation';
import { evaluationsPrefix } from '../../../core/model/training-request';
import { s3Objects } from '../object-store';

/** The models zone of an environment. */
export interface ModelZone { readonly region: string; readonly bucket: string }

/** A client of the zone. */
export const zoneClient = ({ region }: ModelZone): S3Client => new S3Client({ region });

/** An object of the zone as JSON; `undefined` when there is none. */
export const readZoneJson = async (zone: ModelZone, key: string): Promise<unknown> => {
  const content = await s3Objects(zoneClient(zone), zone.bucket).get(key);
  return content === undefined ? undefined : JSON.parse(content.toString('utf8'));
};

/** Whether S3 has refused a write because its condition did not hold. */
export const isConditionFailure = (error: unknown): boolean => error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict');

/** Puts an object that is never written again. @returns false when there was one of that name */
const putOnce = async (client: S3Client, object: { readonly Bucket: string; readonly Key: string; readonly Body: string | Buffer; readonly ContentType?: string }): Promise<boolean> => {
  try {
    await client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
};

/** A version as it is kept, or why it could not be. */
export type Kept = { readonly ok: true; readonly metadata: ModelMetadata } | { readonly ok: false; readonly problem: string; readonly next: string };

/**
 * Puts a version into the models zone, where it never changes again: of two trainings of one version at once the first
 * stays, and the other is told what it is.
 */
export const keepVersion = async (zone: ModelZone, model: ModelDefinition, content: Buffer, metadata: ModelMetadata): Promise<Kept> => {
  const client = zoneClient(zone);
  const [fileKey, ownKey] = [modelFileKey(model, metadata.modelVersion), metadataKey(model, metadata.modelVersion)];
  if (!await putOnce(client, { Bucket: zone.bucket, Key: fileKey, Body: content })) {
    const there = await s3Objects(client, zone.bucket).get(fileKey);
    const kept = await readZoneJson(zone, ownKey);
    if (kept !== undefined) return { ok: true, metadata: kept as ModelMetadata };
    if (there === undefined || sha256(there) !== metadata.checksum)
      return { ok: false, problem: `s3://${zone.bucket}/${fileKey} is there already and is another file: a training that was interrupted, or that still goes on, has put it`, next: `wait for that training, or: aws s3 rm s3://${zone.bucket}/${fileKey}` };
  }
  // The metadata comes last: a version that has it is whole.
  const first = await putOnce(client, { Bucket: zone.bucket, Key: ownKey, Body: JSON.stringify(metadata, null, 1), ContentType: 'application/json' });
  return { ok: true, metadata: first ? metadata : await readZoneJson(zone, ownKey) as ModelMetadata };
};

const documentsBelow = async (zone: ModelZone, prefix: string, name: string): Promise<readonly unknown[]> => {
  const keys: string[] = [];
  for await (const { key } of s3Objects(zoneClient(zone), zone.bucket).list(prefix)) if (key.endsWith(`/${name}`)) keys.push(key);
  return Promise.all(keys.map((key) => readZoneJson(zone, key)));
};

/** The versions of a model, oldest first. */
export const versionsOf = async (zone: ModelZone, model: ModelDefinition): Promise<readonly ModelMetadata[]> =>
  (await documentsBelow(zone, `models/${model.name}/v${model.version}/`, 'metadata.json') as readonly ModelMetadata[]).toSorted((left, right) => (left.createdAt < right.createdAt ? -1 : 1));

/** What the gate said of a model's versions, of those that it refused too; oldest first. */
export const verdictsOf = async (zone: ModelZone, model: ModelDefinition): Promise<readonly KeptVerdicts[]> =>
  (await documentsBelow(zone, evaluationsPrefix(model), 'gate.json') as readonly KeptVerdicts[]).toSorted((left, right) => (left.at < right.at ? -1 : 1));
