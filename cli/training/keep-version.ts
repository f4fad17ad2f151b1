import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256 } from '../../core/manifest/hash';
import type { ModelDefinition } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import { metadataKey, modelFileKey } from '../../core/model/artefact';
import { s3Objects } from '../../lib/runtime/object-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';

const readJson = async (client: S3Client, bucket: string, key: string): Promise<unknown> => {
  const content = await s3Objects(client, bucket).get(key);
  return content === undefined ? undefined : JSON.parse(content.toString('utf8'));
};

/** Puts an object that is never written again. @returns false when there was one of that name */
const putOnce = async (client: S3Client, object: { readonly Bucket: string; readonly Key: string; readonly Body: string | Buffer; readonly ContentType?: string }): Promise<boolean> => {
  try {
    await client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
    return true;
  } catch (error) {
    if (error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict')) return false;
    throw error;
  }
};

/**
 * Puts a version into the models zone, where it never changes again: of two trainings of one version at once the first
 * stays, and the other is told what it is.
 */
export const keepVersion = async (context: Context, model: ModelDefinition, content: Buffer, metadata: ModelMetadata): Promise<ModelMetadata> => {
  const client = new S3Client({ region: context.environment.region });
  const Bucket = context.names.bucket('models');
  const [fileKey, ownKey] = [modelFileKey(model, metadata.modelVersion), metadataKey(model, metadata.modelVersion)];
  if (!await putOnce(client, { Bucket, Key: fileKey, Body: content })) {
    const there = await s3Objects(client, Bucket).get(fileKey);
    const kept = await readJson(client, Bucket, ownKey);
    if (kept !== undefined) return kept as ModelMetadata;
    if (there === undefined || sha256(there) !== metadata.checksum)
      throw new CommandError(`s3://${Bucket}/${fileKey} is there already and is another file: a training that was interrupted, or that still goes on, has put it.`, { next: `wait for that training, or: aws s3 rm s3://${Bucket}/${fileKey}` });
  }
  // The metadata comes last: a version that has it is whole.
  const first = await putOnce(client, { Bucket, Key: ownKey, Body: JSON.stringify(metadata, null, 1), ContentType: 'application/json' });
  return first ? metadata : await readJson(client, Bucket, ownKey) as ModelMetadata;
};
