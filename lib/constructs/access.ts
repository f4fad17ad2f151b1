import { ArnFormat, Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { activationsPath, parameterNames, tombstonesPath } from '../../core/environment/deployed';
import type { BucketName } from '../../core/environment/names';
import { sparkWorkPrefix } from '../../core/lake/spark-work';
import type { Deployment } from './deployment';
import { justify } from './justification';
import type { PlatformFunction } from './platform-function';

/*
 * Grants: each gives a function the least permission for one thing, and sets the variable that names it, so that the two
 * cannot disagree. Things are found by their deterministic names, never through another stack's exports. What the integration
 * tests call is held against the policies by test/permissions/. Parameters below a path are read by a permission
 * for the path alone (Systems Manager user guide, "Restricting access to Parameter Store parameters using IAM policies").
 */

/** ARN of the environment's key. Keys have no name of their own, and a policy does not take an alias: the storage stack leaves the ARN in a parameter. */
export const keyArnOf = (scope: Construct, { names }: Deployment): string =>
  StringParameter.valueForStringParameter(Stack.of(scope), parameterNames(names).keyArn);

/** ARN of a bucket of the environment. */
export const bucketArnOf = (scope: Construct, { names }: Deployment, bucket: BucketName): string =>
  `arn:${Stack.of(scope).partition}:s3:::${names.bucket(bucket)}`;

export const streamArnOf = (scope: Construct, { names }: Deployment): string =>
  Stack.of(scope).formatArn({ service: 'kinesis', resource: 'stream', resourceName: names.stream });

export const alarmTopicArnOf = (scope: Construct, { names }: Deployment): string =>
  Stack.of(scope).formatArn({ service: 'sns', resource: names.alarmTopic });

const tableArnOf = (scope: Construct, table: string): string => Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: table });

/** Objects below a prefix are made by the events and batches themselves; their names are not known when policies are written. */
export const justifyObjects = (fn: PlatformFunction, objects: string, why: string): void => {
  justify(fn.role, `AwsSolutions-IAM5[Resource::${objects}]`, why);
};

/** The variable by which a function finds a bucket. */
export const bucketVariable = (bucket: BucketName): string => `${bucket.toUpperCase()}_BUCKET`;

/** What may be put into each bucket: the prefix that the lake's layout gives it. */
const prefixes: Readonly<Record<Exclude<BucketName, 'logs' | 'failures'>, string>> = {
  raw: 'raw/', quarantine: 'quarantine/', curated: '', features: '', models: 'models/', landing: '',
};

/** Lets a function put objects, each in one piece, into a bucket of the lake, and not read them: to decrypt takes another permission. Sets `<BUCKET>_BUCKET`. */
export const grantPut = (fn: PlatformFunction, bucket: keyof typeof prefixes, prefix: string = prefixes[bucket]): void => {
  const objects = `${bucketArnOf(fn, fn.deployment, bucket)}/${prefix}*`;
  fn.allow(['s3:PutObject'], [objects]);
  fn.allow(['kms:GenerateDataKey'], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable(bucket), fn.deployment.names.bucket(bucket));
  justifyObjects(fn, objects, `Writes objects of the ${bucket} bucket, whose names come from the data.`);
};

/** Lets a function read a bucket of the lake, and list it, so that an object that is not there is told from one that is not allowed; sets `<BUCKET>_BUCKET`. */
export const grantRead = (fn: PlatformFunction, bucket: keyof typeof prefixes, prefix: string = prefixes[bucket]): void => {
  const arn = bucketArnOf(fn, fn.deployment, bucket);
  const objects = `${arn}/${prefix}*`;
  fn.allow(['s3:GetObject'], [objects]);
  fn.allow(['s3:ListBucket'], [arn]);
  fn.allow(['kms:Decrypt'], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable(bucket), fn.deployment.names.bucket(bucket));
  justifyObjects(fn, objects, `Reads objects of the ${bucket} bucket, whose names come from the data.`);
};

/** Lets a function ask the Spark job for rows of training sets, read them, and take them away when they are in their file. */
export const grantSparkWork = (fn: PlatformFunction): void => {
  const objects = `${bucketArnOf(fn, fn.deployment, 'features')}/${sparkWorkPrefix}*`;
  grantRead(fn, 'features', sparkWorkPrefix);
  grantPut(fn, 'features', sparkWorkPrefix);
  fn.allow(['s3:DeleteObject'], [objects]);
};

/** Lets a function read and write what trainings leave in the models bucket: their work, reports, versions and roles; sets `MODELS_BUCKET`. */
export const grantRegister = (fn: PlatformFunction): void => {
  const arn = bucketArnOf(fn, fn.deployment, 'models');
  const objects = ['models', 'training', 'evaluations'].map((prefix) => `${arn}/${prefix}/*`);
  fn.allow(['s3:GetObject', 's3:PutObject'], objects);
  fn.allow(['s3:ListBucket'], [arn]);
  fn.allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable('models'), fn.deployment.names.bucket('models'));
  for (const each of objects) justifyObjects(fn, each, 'Versions of models, and what they are made of, have names that come from the data.');
};

/** What finding and erasing takes of objects in every version: what holds one is read with it. */
const erasing = ['s3:GetObjectVersion', 's3:GetObjectLegalHold', 's3:GetObjectRetention', 's3:DeleteObject', 's3:DeleteObjectVersion'];

/** Lets a function read and delete every version of the objects of a bucket, below a prefix; `writes`: also read them as they are, and write what stays of them. Sets `<BUCKET>_BUCKET`. */
export const grantErase = (fn: PlatformFunction, bucket: Exclude<BucketName, 'logs'>, { prefix = '', writes = false }: { readonly prefix?: string; readonly writes?: boolean } = {}): void => {
  const arn = bucketArnOf(fn, fn.deployment, bucket);
  const objects = `${arn}/${prefix}*`;
  fn.allow([...erasing, ...(writes ? ['s3:GetObject', 's3:PutObject'] : [])], [objects]);
  fn.allow(['s3:ListBucketVersions', 's3:ListBucket'], [arn]);
  fn.allow(['kms:Decrypt', ...(writes ? ['kms:GenerateDataKey'] : [])], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable(bucket), fn.deployment.names.bucket(bucket));
  justifyObjects(fn, objects, `Looks for people in every object of the ${bucket} bucket.`);
};

/** Lets a function read requests for erasure, which go with every version when they are done, and keep receipts, which it cannot delete; sets `CURATED_BUCKET`. */
export const grantErasures = (fn: PlatformFunction): void => {
  const arn = bucketArnOf(fn, fn.deployment, 'curated');
  const [requests, receipts] = [`${arn}/work/erasures/*`, `${arn}/erasures/*`];
  fn.allow(['s3:GetObject', 's3:DeleteObjectVersion'], [requests]);
  fn.allow(['s3:GetObject', 's3:PutObject'], [receipts]);
  fn.allow(['s3:ListBucketVersions', 's3:ListBucket'], [arn]);
  fn.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [keyArnOf(fn, fn.deployment)]);
  fn.tell(bucketVariable('curated'), fn.deployment.names.bucket('curated'));
  for (const objects of [requests, receipts]) justifyObjects(fn, objects, 'Each erasure has a request and a receipt of its own.');
};

/** Lets a function publish tombstones, and take away those of before; sets `TOMBSTONES_PATH`. */
export const grantTombstones = (fn: PlatformFunction): void => {
  const path = Stack.of(fn).formatArn({ service: 'ssm', resource: 'parameter', resourceName: tombstonesPath(fn.deployment.names).slice(1) });
  fn.allow(['ssm:GetParametersByPath'], [path]);
  fn.allow(['ssm:PutParameter', 'ssm:DeleteParameter'], [`${path}/*`]);
  fn.tell('TOMBSTONES_PATH', tombstonesPath(fn.deployment.names));
  justify(fn.role, `AwsSolutions-IAM5[Resource::${path}/*]`, 'Each erasure has a tombstone of its own.');
};

/** Lets a function know whose records and rows it must not write any more; sets `TOMBSTONES_PATH`. */
export const grantReadTombstones = (fn: PlatformFunction): void => {
  const erased = Stack.of(fn).formatArn({ service: 'ssm', resource: 'parameter', resourceName: tombstonesPath(fn.deployment.names).slice(1) });
  fn.allow(['ssm:GetParametersByPath'], [erased]);
  fn.tell('TOMBSTONES_PATH', tombstonesPath(fn.deployment.names));
};

/** Lets a function find and delete state items; sets `STATE_TABLE`. */
export const grantEraseState = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:Scan', 'dynamodb:DeleteItem'], [tableArnOf(fn, fn.deployment.names.stateTable)]);
  fn.tell('STATE_TABLE', fn.deployment.names.stateTable);
};

/** Lets a function read all batch records; sets `BATCH_TABLE`. */
export const grantScanBatches = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:Scan'], [tableArnOf(fn, fn.deployment.names.batchTable)]);
  fn.tell('BATCH_TABLE', fn.deployment.names.batchTable);
};

/** Lets a mapping keep whole invocations that could not be processed in the failures bucket; Lambda writes them with the function's role. */
export const grantFailures = (fn: PlatformFunction): string => {
  const arn = bucketArnOf(fn, fn.deployment, 'failures');
  fn.allow(['s3:PutObject'], [`${arn}/*`]);
  fn.allow(['s3:ListBucket'], [arn]);
  fn.allow(['kms:GenerateDataKey'], [keyArnOf(fn, fn.deployment)]);
  justifyObjects(fn, `${arn}/*`, 'Lambda names the objects of its on-failure destination itself.');
  return arn;
};

/** Lets a function put records on the event stream; sets `STREAM_NAME`. Where events come in by a topic, by the function that can reach its brokers; sets `EVENT_WRITER` too. */
export const grantPutRecords = (fn: PlatformFunction): void => {
  const { environment, names } = fn.deployment;
  if (environment.ingestion === 'msk') {
    const writer = names.eventWriter;
    fn.allow(['lambda:InvokeFunction'], [Stack.of(fn).formatArn({ service: 'lambda', resource: 'function', resourceName: writer, arnFormat: ArnFormat.COLON_RESOURCE_NAME })]);
    fn.tell('STREAM_NAME', names.stream);
    fn.tell('EVENT_WRITER', writer);
    return;
  }
  fn.allow(['kinesis:PutRecords'], [streamArnOf(fn, fn.deployment)]);
  fn.tell('STREAM_NAME', fn.deployment.names.stream);
};

/** Lets a function put accepted events on the topic that Flink reads, by the function that can reach its brokers; sets `ACCEPTED_WRITER`. */
export const grantAccepted = (fn: PlatformFunction): void => {
  const writer = fn.deployment.names.acceptedWriter;
  fn.allow(['lambda:InvokeFunction'], [Stack.of(fn).formatArn({ service: 'lambda', resource: 'function', resourceName: writer, arnFormat: ArnFormat.COLON_RESOURCE_NAME })]);
  fn.tell('ACCEPTED_WRITER', writer);
};

/** Lets a function read state items; sets `STATE_TABLE`. */
export const grantReadState = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:BatchGetItem'], [tableArnOf(fn, fn.deployment.names.stateTable)]);
  fn.tell('STATE_TABLE', fn.deployment.names.stateTable);
};

/** Lets a function read every state item of a view; sets `STATE_TABLE`. */
export const grantScanState = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], [tableArnOf(fn, fn.deployment.names.stateTable)]);
  fn.tell('STATE_TABLE', fn.deployment.names.stateTable);
};

/** Lets a function read and write state items; sets `STATE_TABLE`. */
export const grantFoldState = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:BatchGetItem', 'dynamodb:PutItem'], [tableArnOf(fn, fn.deployment.names.stateTable)]);
  fn.tell('STATE_TABLE', fn.deployment.names.stateTable);
};

/** Lets a function read a schema version by its id: Glue's own form of that, for any function that reads the registry. */
export const grantGlueSchemaVersions = (fn: PlatformFunction): void => {
  fn.allow(['glue:GetSchemaVersion'], ['*']);
  justify(fn.role, 'AwsSolutions-IAM5[Resource::*]', 'Glue takes no resource for a schema version that is asked for by its id.');
};

/** Lets a function ask a Confluent registry, when the environment has one: its secret, and no other right. Sets `REGISTRY_NAME`, and `REGISTRY_URL`, `REGISTRY_SECRET` and `SUBJECT_PREFIX`. Tells whether it has one. */
export const grantConfluentRegistry = (fn: PlatformFunction): boolean => {
  const { environment: { registry }, names } = fn.deployment;
  fn.tell('REGISTRY_NAME', names.registry);
  if (registry.kind !== 'confluent') return false;
  fn.tell('REGISTRY_URL', registry.url);
  if (registry.subjectPrefix !== undefined) fn.tell('SUBJECT_PREFIX', registry.subjectPrefix);
  if (registry.secret !== undefined) {
    fn.tell('REGISTRY_SECRET', registry.secret);
    grantSecret(fn, registry.secret);
    if (registry.secretKey !== undefined) fn.allow(['kms:Decrypt'], [registry.secretKey]);
  }
  return true;
};

/** Lets a consumer open frames by the schemas that they name. */
const grantReadSchemas = (fn: PlatformFunction): void => { if (!grantConfluentRegistry(fn)) grantGlueSchemaVersions(fn); };

/** Lets a consumer find what records are judged by: since when contracts are active, whose records are passed over, and the schemas that frames name; sets `ACTIVATIONS_PATH`, `ACTIVATION_SECONDS`, `TOMBSTONES_PATH` and what the registry is found by. */
export const grantContracts = (fn: PlatformFunction): void => {
  const { names, environment } = fn.deployment;
  const active = Stack.of(fn).formatArn({ service: 'ssm', resource: 'parameter', resourceName: activationsPath(names).slice(1) });
  grantReadTombstones(fn);
  fn.allow(['ssm:GetParametersByPath'], [active]);
  grantReadSchemas(fn);
  fn.tell('ACTIVATIONS_PATH', activationsPath(names));
  fn.tell('ACTIVATION_SECONDS', String(environment.contractActivationSeconds));
};

/** Lets a function keep batch records; sets `BATCH_TABLE`. */
export const grantBatchRecords = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [tableArnOf(fn, fn.deployment.names.batchTable)]);
  fn.tell('BATCH_TABLE', fn.deployment.names.batchTable);
};

/** Lets a function list the batches of a dataset; sets `BATCH_TABLE`. */
export const grantListBatches = (fn: PlatformFunction): void => {
  fn.allow(['dynamodb:Query'], [tableArnOf(fn, fn.deployment.names.batchTable)]);
  fn.tell('BATCH_TABLE', fn.deployment.names.batchTable);
};

/** Lets a function send lineage to the environment's endpoint, when there is one; sets `LINEAGE_URL` and `LINEAGE_SECRET`. */
export const grantSendLineage = (fn: PlatformFunction): void => {
  const { lineage } = fn.deployment.environment;
  if (lineage === undefined) return;
  fn.tell('LINEAGE_URL', lineage.url);
  if (lineage.secret === undefined) return;
  fn.tell('LINEAGE_SECRET', lineage.secret);
  grantSecret(fn, lineage.secret);
};

/** Lets a function read a secret, given by its name or its ARN. */
export const grantSecret = (fn: PlatformFunction, secret: string): void => {
  // Secrets Manager ends the ARN of a secret with six characters of its own.
  const arn = secret.startsWith('arn:') ? secret : Stack.of(fn).formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: `${secret}-??????`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  fn.allow(['secretsmanager:GetSecretValue'], [arn]);
};
