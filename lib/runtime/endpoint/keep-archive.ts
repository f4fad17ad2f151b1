import { PutObjectCommand, GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { modelFileKey } from '../../../core/model/artefact';
import { endpointArchiveKey } from '../../../core/model/endpoint';
import { s3Objects } from '../object-store';
import { packArchive } from './archive';
import type { EndpointPlace, EndpointProgram } from './place';
import { EndpointFault } from './place';

/** Reads what is there, with the checksum that it was put with. */
const kept = async ({ names, s3 }: EndpointPlace, key: string): Promise<{ readonly content: Buffer; readonly checksum: string | undefined } | undefined> => {
  try {
    const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket: names.bucket('models'), Key: key }));
    return { content: Buffer.from(await Body?.transformToByteArray() ?? []), checksum: Metadata?.['sha256'] };
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

/**
 * Packs a version with the program that serves it, once: the archive stands beside the version and is never written again.
 *
 * @returns its key in the models bucket
 * @throws EndpointFault when it is there and was changed
 */
export const keepArchive = async (place: EndpointPlace, model: ModelDefinition, modelVersion: string, { bucket, key: program }: EndpointProgram): Promise<string> => {
  const models = place.names.bucket('models');
  const key = endpointArchiveKey(model, modelVersion, program);
  const there = await kept(place, key);
  if (there !== undefined) {
    if (sha256(there.content) === there.checksum) return key;
    throw new EndpointFault(`s3://${models}/${key} has the checksum ${sha256(there.content)}, it was put with ${there.checksum ?? 'none'}: it was changed or broken; delete it, and it is packed anew`);
  }
  const [code, modelFile] = await Promise.all([s3Objects(place.s3, bucket).get(program), s3Objects(place.s3, models).get(modelFileKey(model, modelVersion))]);
  if (!code || !modelFile) throw new EndpointFault(`${code ? `s3://${models}/${modelFileKey(model, modelVersion)}` : `s3://${bucket}/${program}`} is not there; ${code ? 'promote a version that is' : 'deploy again'}`);
  const content = await packArchive(code, modelFile);
  try {
    await place.s3.send(new PutObjectCommand({ Bucket: models, Key: key, Body: content, ContentType: 'application/gzip', Metadata: { sha256: sha256(content) }, IfNoneMatch: '*' }));
  } catch (error) {
    // Somebody else promotes the same version.
    if (!(error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict'))) throw error;
  }
  return key;
};
