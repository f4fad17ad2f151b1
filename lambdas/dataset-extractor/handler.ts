import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import manifest from '@generated/manifest';
import type { BatchReference } from '../../core/dataset/batch';
import { isPostgresDataset } from '../../core/dataset/postgres';
import type { StepResult } from '../../core/dataset/step';
import type { Manifest } from '../../core/manifest/manifest';
import { batchRecordsIn } from '../../lib/runtime/batch-records';
import { readVariables } from '../../lib/runtime/variables';
import { extract, type World } from './extract';
import { connectionOf, withinSnapshot, type DatabaseSecret } from './snapshot';

const { LANDING_BUCKET, BATCH_TABLE, DATABASE_NAME, DATABASE_SECRET } = readVariables('LANDING_BUCKET', 'BATCH_TABLE', 'DATABASE_NAME', 'DATABASE_SECRET');

const [s3, secrets] = [new S3Client({}), new SecretsManagerClient({})];

/** Read each time: a secret is rotated whenever somebody likes. */
const secretOf = async (): Promise<Partial<DatabaseSecret>> => {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: DATABASE_SECRET }));
  try {
    return JSON.parse(SecretString ?? '{}') as Partial<DatabaseSecret>;
  } catch {
    throw new Error(`the secret of the database ${DATABASE_NAME} is no JSON; it must be an object with host, username and password.`);
  }
};

const world: World = {
  records: batchRecordsIn(new DynamoDBClient({}), BATCH_TABLE),
  within: async (_dataset, work) => withinSnapshot(connectionOf(await secretOf(), DATABASE_NAME), work),
  put: async (key, body, contentType) => { await s3.send(new PutObjectCommand({ Bucket: LANDING_BUCKET, Key: key, Body: body, ContentType: contentType })); },
  now: () => Date.now(),
};

const { datasets }: Pick<Manifest, 'datasets'> = manifest;

/** A task of the state machine `land-dataset`: takes a batch out of its database into the landing bucket. Takes and gives references. */
export const handler = ({ dataset: name, batch, key, checksum, attempt }: BatchReference): Promise<StepResult> => {
  const dataset = datasets[name];
  if (dataset === undefined || !isPostgresDataset(dataset)) throw new Error(`dataset ${name} is not one of this release's that come from a database; deploy again.`);
  return extract(world, dataset, { dataset: name, batch, key, checksum, attempt });
};
