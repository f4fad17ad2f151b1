import { Stack } from 'aws-cdk-lib';
import { bucketArnOf, bucketVariable, justifyObjects, keyArnOf } from './access';
import type { PlatformFunction } from './platform-function';

/* Grants for Iceberg tables: their entries in the catalog, and their files. As in `access.ts`, each sets the variables that name what it is for. */

/** Lets a function keep entries of Iceberg tables in the catalog. PyIceberg asks at each commit what kind of database it is in. Sets `DATABASE`. */
const grantCatalog = (fn: PlatformFunction, named: string, makes: boolean): void => {
  const { names } = fn.deployment;
  const glue = (resource: string, resourceName?: string): string => Stack.of(fn).formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
  const tables = glue('table', `${names.database}/${named}`);
  fn.allow(['glue:GetTable', 'glue:UpdateTable', ...(makes ? ['glue:CreateTable'] : [])], [glue('catalog'), glue('database', names.database), tables]);
  fn.allow(['glue:GetDatabase'], [glue('catalog'), glue('database', names.database)]);
  justifyObjects(fn, tables, 'There is a table for each event type, each dataset and each model.');
  fn.tell('DATABASE', names.database);
};

/** Lets a function write and take away the files of Iceberg tables below a prefix; sets `<BUCKET>_BUCKET`. */
const grantTableFiles = (fn: PlatformFunction, bucket: 'curated' | 'features', prefix: string): void => {
  const arn = bucketArnOf(fn, fn.deployment, bucket);
  const objects = `${arn}/${prefix}*`;
  fn.allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [objects]);
  fn.allow(['s3:ListBucket'], [arn]);
  fn.allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable(bucket), fn.deployment.names.bucket(bucket));
  justifyObjects(fn, objects, 'Iceberg names the files of its tables itself.');
};

/**
 * Lets a function commit to the Iceberg tables of the curated zone: their entries in the catalog, and their files; `makes`: also make a table that is
 * not there. Sets `DATABASE` and `CURATED_BUCKET`.
 */
export const grantCommitTables = (fn: PlatformFunction, { makes = false }: { readonly makes?: boolean } = {}): void => {
  grantCatalog(fn, '*', makes);
  grantTableFiles(fn, 'curated', '');
};

/** Below where tables of predictions stand in the features bucket. */
const predictionTables = 'predictions/';

/** Lets a function commit to the tables of batch predictions alone; sets `DATABASE` and `FEATURES_BUCKET`. */
export const grantCommitPredictions = (fn: PlatformFunction): void => {
  grantCatalog(fn, 'predictions_*', true);
  grantTableFiles(fn, 'features', predictionTables);
};

/** Lets a function that keeps all tables write the files of those of predictions; sets `FEATURES_BUCKET`. */
export const grantPredictionFiles = (fn: PlatformFunction): void => { grantTableFiles(fn, 'features', predictionTables); };

/** Below where tables of training sets stand in the features bucket. */
const trainingSetTables = 'tables/';

/** Lets a function commit to the tables of training sets alone; sets `DATABASE` and `FEATURES_BUCKET`. */
export const grantCommitTrainingSets = (fn: PlatformFunction): void => {
  grantCatalog(fn, 'training_set_*', true);
  grantTableFiles(fn, 'features', trainingSetTables);
};

/** Lets a function that keeps all tables write the files of those of training sets; sets `FEATURES_BUCKET`. */
export const grantTrainingSetFiles = (fn: PlatformFunction): void => { grantTableFiles(fn, 'features', trainingSetTables); };

/** Lets a function list the tables of the lake's database. */
export const grantListTables = (fn: PlatformFunction): void => {
  const { database } = fn.deployment.names;
  const glue = (resource: string, resourceName?: string): string => Stack.of(fn).formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
  fn.allow(['glue:GetTables'], [glue('catalog'), glue('database', database), glue('table', `${database}/*`)]);
};
