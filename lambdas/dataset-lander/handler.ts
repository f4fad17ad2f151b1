import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import manifest from '@generated/manifest';
import type { BatchReference } from '../../core/dataset/batch';
import type { StepResult } from '../../core/dataset/step';
import type { Manifest } from '../../core/manifest/manifest';
import { batchRecordsIn } from '../../lib/runtime/batch-records';
import { readVariables } from '../../lib/runtime/variables';
import type { LakeObject } from './land';
import { fileOnDisk } from './sources/on-disk';
import type { CheckedFile } from './sources/source';
import { runStep, type Step, type World } from './steps';

const { RAW_BUCKET, QUARANTINE_BUCKET, LANDING_BUCKET, BATCH_TABLE } = readVariables('RAW_BUCKET', 'QUARANTINE_BUCKET', 'LANDING_BUCKET', 'BATCH_TABLE');

const s3 = new S3Client({});

/** Where files of the landing bucket are brought to; emptied by each invocation, as the disk stays with the function. */
const directory = join(tmpdir(), 'landing');

const get = async (bucket: string, key: string): Promise<Buffer | undefined> => {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

/** Writes an object unless one of that name is there; gives whether it was written. */
const putNew = async (bucket: string, { key, body, contentType }: LakeObject, metadata: Record<string, string>): Promise<boolean> => {
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType, Metadata: metadata, IfNoneMatch: '*' }));
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412) return false;
    throw error;
  }
};

/** A quarantine object has a hash of its content in its name: one that is there is the same. */
const putQuarantine = async (object: LakeObject): Promise<void> => {
  await putNew(QUARANTINE_BUCKET, object, {});
};

/**
 * A batch's objects have the batch in their names. Before it is committed another attempt, with newer definitions, may
 * have other bytes for the same name: then, and only then, the object is replaced.
 */
const putRaw = async (object: LakeObject): Promise<void> => {
  const { key, body, contentType } = object;
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (await putNew(RAW_BUCKET, object, { sha256 })) return;
  const there = await s3.send(new HeadObjectCommand({ Bucket: RAW_BUCKET, Key: key }));
  if (there.Metadata?.['sha256'] === sha256) return;
  await s3.send(new PutObjectCommand({ Bucket: RAW_BUCKET, Key: key, Body: body, ContentType: contentType, Metadata: { sha256 }, ...(there.ETag === undefined ? {} : { IfMatch: there.ETag }) }));
};

/** A file of the landing bucket, brought to disk: it may be larger than memory, and Parquet is read from its end. */
const landed = async (key: string): Promise<CheckedFile | undefined> => {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: LANDING_BUCKET, Key: key }));
    return Body === undefined ? undefined : await fileOnDisk(Body as Readable, join(directory, createHash('sha256').update(key).digest('hex')));
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
};

const world: World = {
  records: batchRecordsIn(new DynamoDBClient({}), BATCH_TABLE),
  landed,
  raw: (key) => get(RAW_BUCKET, key),
  putRaw,
  putQuarantine,
  now: () => Date.now(),
};

const { datasets, hash }: Pick<Manifest, 'datasets' | 'hash'> = manifest;

/** A task of the state machine `land-dataset`: one step of one batch. Takes and gives references. */
export const handler = async (event: BatchReference & { readonly step: Step; readonly refusal?: string }): Promise<StepResult> => {
  const { step, dataset: name, batch, key, checksum, attempt, refusal } = event;
  const dataset = datasets[name];
  if (dataset === undefined) throw new Error(`dataset ${name} is not one of ${Object.keys(datasets).join(', ')} that this release was deployed with; deploy again.`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  return runStep(world, { step, dataset, reference: { dataset: name, batch, key, checksum, attempt }, manifestHash: hash, ...(refusal === undefined ? {} : { refusal }) });
};
