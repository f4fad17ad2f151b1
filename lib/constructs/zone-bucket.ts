import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectOwnership, StorageClass, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { BucketName } from '../../core/environment/names';
import { sparkWorkRoot } from '../../core/lake/spark-work';
import { scoringWorkPrefix } from '../../core/scoring/request';
import type { Deployment } from './deployment';
import { justify } from './justification';

/** Data outlives its stack, unless the environment is ephemeral. */
export const removalPolicyOf = ({ environment }: Deployment): RemovalPolicy => (environment.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);

const unfinishedUploads: LifecycleRule = { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) };
const tiered: LifecycleRule = { id: 'tiered', transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }] };
const oldVersions = (days: number): LifecycleRule => ({ id: 'old-versions', noncurrentVersionExpiration: Duration.days(days), expiredObjectDeleteMarker: true });

/** What is deleted so many days after it was written; without days nothing is. */
const expiring = (id: string, days: number | undefined, prefix?: string): readonly LifecycleRule[] => (days === undefined ? [] : [{ id, expiration: Duration.days(days), ...(prefix === undefined ? {} : { prefix }) }]);

/** What a Spark run or a training was asked for and answered is read by the step after it, and by people when it failed. */
const workDays = 30;

/** Requests for predictions are worked on for minutes; their rows are in a table then, and what was refused is read by people. */
const scoringDays = 30;

/**
 * What S3 does with a bucket's objects as they age. Raw and quarantine promise to lose nothing: unless the environment says
 * for how long they are kept, their objects get cheaper and are never deleted. A version that was replaced goes after a while.
 * What has landed is in raw, so its file may go.
 */
const lifecycleOf = (name: Exclude<BucketName, 'logs'>, { retentionDays: { raw, quarantine, failures, landing, lineage, replaced } }: Deployment['environment']): readonly LifecycleRule[] => {
  const rules: Readonly<Record<typeof name, readonly LifecycleRule[]>> = {
    raw: [tiered, ...expiring('raw', raw)],
    quarantine: [tiered, ...expiring('quarantine', quarantine)],
    curated: [...expiring('lineage', lineage, 'lineage/'), ...expiring('work', workDays, 'work/')],
    features: [...expiring('scoring', scoringDays, scoringWorkPrefix), ...expiring('work', workDays, sparkWorkRoot)],
    models: [...expiring('work', workDays, 'training/')],
    landing: expiring('landed', landing),
    failures: expiring('failures', failures),
  };
  return [unfinishedUploads, ...rules[name], oldVersions(name === 'models' ? Math.max(90, replaced) : replaced)];
};

const closed = { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED, enforceSSL: true, minimumTLSVersion: 1.2, versioned: true } as const;

/** The bucket that the others' access logs go to. S3 delivers them only to a bucket without a customer's key. */
export const logsBucket = (scope: Construct, deployment: Deployment): Bucket => {
  const { environment, names } = deployment;
  const bucket = new Bucket(scope, 'LogsBucket', {
    ...closed,
    bucketName: names.bucket('logs'),
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [unfinishedUploads, { id: 'old-logs', expiration: Duration.days(Math.max(90, environment.logRetentionDays)), noncurrentVersionExpiration: Duration.days(7) }],
    removalPolicy: removalPolicyOf(deployment),
  });
  bucket.addToResourcePolicy(new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
    actions: ['s3:PutObject'],
    resources: [`arn:${Stack.of(scope).partition}:s3:::${names.bucket('logs')}/*`],
    conditions: { StringEquals: { 'aws:SourceAccount': environment.account } },
  }));
  justify(bucket, 'AwsSolutions-S1', 'This bucket holds the access logs; logging its own access would never end.');
  return bucket;
};

/**
 * A bucket of the lake: encrypted with the environment's key, reached by TLS alone, never public, versioned, its access
 * logged, its events sent to EventBridge, its name known to all stacks.
 */
export const zoneBucket = (scope: Construct, deployment: Deployment, name: Exclude<BucketName, 'logs'>, key: IKey, logs: Bucket): Bucket => {
  const { names } = deployment;
  const bucket = new Bucket(scope, `${name.charAt(0).toUpperCase()}${name.slice(1)}Bucket`, {
    ...closed,
    bucketName: names.bucket(name),
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    lifecycleRules: [...lifecycleOf(name, deployment.environment)],
    removalPolicy: removalPolicyOf(deployment),
  });
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new Error(`bucket ${name} has no CloudFormation bucket; this release of aws-cdk-lib is not the one that Headrace is made for.`);
  resource.loggingConfiguration = { destinationBucketName: names.bucket('logs'), logFilePrefix: `${name}/` };
  // Set here and not by `eventBridgeEnabled`, which takes a custom resource to do it.
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  bucket.node.addDependency(logs);
  return bucket;
};
