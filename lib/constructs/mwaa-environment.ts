import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, type CfnElement, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CompositePrincipal, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnEnvironment } from 'aws-cdk-lib/aws-mwaa';
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import { isFileDataset } from '../../core/dataset/batch';
import type { AirflowOrchestration, MwaaSettings } from '../../core/environment/orchestration';
import { describeForAirflow, descriptionFile, descriptionText } from '../../core/orchestration/airflow';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { landDataset } from './metrics';
import type { MwaaNetwork } from './mwaa-network';
import { packageDirectory } from './package-directory';

/** The Airflow that the DAGs are tested on: the newest that MWAA's API names (API reference, CreateEnvironment). */
const airflowVersion = '3.0.6';

/** Parts of Airflow, as MWAA's log groups name them. */
const components = { dagProcessingLogs: 'DAGProcessing', schedulerLogs: 'Scheduler', taskLogs: 'Task', webserverLogs: 'WebServer', workerLogs: 'Worker' } as const;

/** A whole MWAA environment's name: it is part of its log groups', too. */
const nameOf = ({ names }: Deployment): string => names.prefix;

/** A key of MWAA's own: what it encrypts, bucket and logs have to share it (MWAA user guide, "Using customer managed keys for encryption"). */
const airflowKey = (scope: Construct, deployment: Deployment): Key => {
  const { environment } = deployment;
  const key = new Key(scope, 'Key', { description: `Airflow of Headrace in the environment ${environment.name}`, enableKeyRotation: true, pendingWindow: Duration.days(7), removalPolicy: RemovalPolicy.DESTROY });
  const groups = Stack.of(scope).formatArn({ service: 'logs', resource: 'log-group', resourceName: `airflow-${nameOf(deployment)}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  key.addToResourcePolicy(new PolicyStatement({
    sid: 'UsedByLogs', effect: Effect.ALLOW, principals: [new ServicePrincipal(`logs.${environment.region}.amazonaws.com`)],
    actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'], resources: ['*'],
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
  }));
  return key;
};

/** The bucket that MWAA takes DAGs, plugins and requirements from; versioned, as MWAA asks. All of it is made anew by a deploy. */
const packageBucket = (scope: Construct, { names, environment }: Deployment, key: Key): Bucket => {
  const bucket = new Bucket(scope, 'Bucket', {
    bucketName: `${names.prefix}-airflow-${environment.account}-${environment.region}`, blockPublicAccess: BlockPublicAccess.BLOCK_ALL, objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED, enforceSSL: true, minimumTLSVersion: 1.2, versioned: true,
    encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true, lifecycleRules: [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true }], removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  if (bucket.node.defaultChild instanceof CfnBucket) bucket.node.defaultChild.loggingConfiguration = { destinationBucketName: names.bucket('logs'), logFilePrefix: 'airflow/' };
  return bucket;
};

interface DeployedPackage { readonly deployments: readonly BucketDeployment[]; readonly plugins: string; readonly requirements: string }

/** Puts the DAG package into the bucket. Plugins and requirements are named by their content, so that MWAA takes what is new. */
const deployPackage = (scope: Construct, { manifest, environment, names }: Deployment, bucket: Bucket, orchestration: AirflowOrchestration): DeployedPackage => {
  const program = join(packageDirectory(), 'airflow-dags');
  const exclude = ['**/__pycache__', '**/*.pyc'];
  const requirements = readFileSync(join(program, 'requirements.txt'), 'utf8');
  const requirementsFile = `${createHash('sha256').update(requirements).digest('hex').slice(0, 16)}.txt`;
  const plugins = new Asset(scope, 'Plugins', { path: join(program, 'plugins'), exclude });
  const common = { destinationBucket: bucket, memoryLimit: 256 };
  return {
    deployments: [
      new BucketDeployment(scope, 'DeployDags', { ...common, destinationKeyPrefix: 'dags', sources: [Source.asset(join(program, 'dags'), { exclude }), Source.data(descriptionFile(environment), descriptionText(describeForAirflow(manifest, environment, names, orchestration)))] }),
      new BucketDeployment(scope, 'DeployPlugins', { ...common, destinationKeyPrefix: 'plugins', sources: [Source.bucket(plugins.bucket, plugins.s3ObjectKey)], extract: false, prune: false }),
      new BucketDeployment(scope, 'DeployRequirements', { ...common, destinationKeyPrefix: 'requirements', sources: [Source.data(requirementsFile, requirements)], prune: false }),
    ],
    plugins: `plugins/${plugins.s3ObjectKey}`,
    requirements: `requirements/${requirementsFile}`,
  };
};

/** Name of a construct's resource in its template. */
const logicalIdOf = (construct: Construct): string => Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);

/** What Airflow itself may do: what MWAA needs to run it, and of the platform to start this environment's pipeline and look at it. */
const executionRole = (scope: Construct, deployment: Deployment, bucket: Bucket, key: Key): Role => {
  const { environment, names, manifest } = deployment;
  const stack = Stack.of(scope);
  const role = new Role(scope, 'ExecutionRole', {
    // The service asks for both (MWAA user guide, "Amazon MWAA execution role").
    assumedBy: new CompositePrincipal(...['airflow', 'airflow-env'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`, { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } }))),
    description: `Airflow of Headrace in the environment ${environment.name}: starts the pipeline of datasets`,
  });
  const machine = stack.formatArn({ service: 'states', resource: 'stateMachine', resourceName: names.stateMachine(landDataset), arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const executions = `${machine.replace(':stateMachine:', ':execution:')}:*`;
  const logs = stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: `airflow-${nameOf(deployment)}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const queues = `arn:${stack.partition}:sqs:${environment.region}:*:airflow-celery-*`;
  const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, string[]>>): void => { role.addToPolicy(new PolicyStatement({ actions, resources, ...(conditions === undefined ? {} : { conditions }) })); };
  allow(['states:StartExecution'], [machine]);
  allow(['states:DescribeExecution'], [executions]);
  if (Object.values(manifest.datasets).some(isFileDataset)) allow(['lambda:InvokeFunction'], [stack.formatArn({ service: 'lambda', resource: 'function', resourceName: names.function('dataset-scheduler'), arnFormat: ArnFormat.COLON_RESOURCE_NAME })]);
  allow(['airflow:PublishMetrics'], [stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: nameOf(deployment) })]);
  allow(['s3:GetObject*', 's3:GetBucket*', 's3:List*'], [bucket.bucketArn, bucket.arnForObjects('*')]);
  allow(['s3:GetAccountPublicAccessBlock', 'cloudwatch:PutMetricData', 'logs:DescribeLogGroups'], ['*']);
  allow(['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents', 'logs:GetLogEvents', 'logs:GetLogRecord', 'logs:GetLogGroupFields', 'logs:GetQueryResults'], [logs]);
  allow(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:SendMessage'], [queues]);
  allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*', 'kms:Encrypt'], [key.keyArn], { StringLike: { 'kms:ViaService': [`sqs.${environment.region}.amazonaws.com`, `s3.${environment.region}.amazonaws.com`] } });
  const justified = { [executions]: 'Executions are named after batches.', [logs]: 'A group for each part of Airflow.', [queues]: 'The queues are in an account of the service, under names of its own.', '*': 'Metrics, the list of log groups and the settings of the account take no resource.', [`<${logicalIdOf(bucket)}.Arn>/*`]: 'All objects of its bucket, which holds the DAG package alone.' };
  for (const [resource, why] of Object.entries(justified)) justify(role, `AwsSolutions-IAM5[Resource::${resource}]`, why);
  for (const action of ['s3:GetObject*', 's3:GetBucket*', 's3:List*', 'kms:GenerateDataKey*']) justify(role, `AwsSolutions-IAM5[Action::${action}]`, 'As MWAA asks, on its own bucket and key.');
  return role;
};

/** The function with which the CDK puts the DAG package into its bucket is as its release has it. */
const justifyCopying = (scope: Construct, bucket: Bucket): void => {
  const { account, region, partition } = Stack.of(scope);
  const actions = ['s3:GetObject*', 's3:GetBucket*', 's3:List*', 's3:DeleteObject*', 's3:Abort*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'].map((action) => `Action::${action}`);
  const objects = [`<${logicalIdOf(bucket)}.Arn>/*`, `arn:${partition}:s3:::cdk-hnb659fds-assets-${account}-${region}/*`].map((resource) => `Resource::${resource}`);
  for (const child of scope.node.children.filter(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'))) {
    for (const finding of [...actions, ...objects].map((each) => `AwsSolutions-IAM5[${each}]`)) justify(child, finding, 'The CDK copies the DAG package from its own bucket into that of Airflow.');
    justify(child, 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]', 'The function of the CDK, with the policy that its release gives it.');
    justify(child, 'AwsSolutions-L1', 'The function of the CDK, with the runtime that its release gives it.');
  }
};

/** An environment of Amazon MWAA with the DAGs of a Headrace environment. */
export const mwaaEnvironment = (scope: Construct, deployment: Deployment, { subnetIds, securityGroupIds }: MwaaNetwork, orchestration: AirflowOrchestration, { environmentClass = 'mw1.small', workers = 2 }: MwaaSettings): CfnEnvironment => {
  const { environment } = deployment;
  const key = airflowKey(scope, deployment);
  const bucket = packageBucket(scope, deployment, key);
  const { deployments, plugins, requirements } = deployPackage(scope, deployment, bucket, orchestration);
  const role = executionRole(scope, deployment, bucket, key);
  // MWAA would make them without an end to what they keep.
  const groups = Object.values(components).map((component) => new LogGroup(scope, `${component}Logs`, { logGroupName: `airflow-${nameOf(deployment)}-${component}`, retention: environment.logRetentionDays, encryptionKey: key, removalPolicy: RemovalPolicy.DESTROY }));
  const airflow = new CfnEnvironment(scope, 'Airflow', {
    name: nameOf(deployment), airflowVersion, environmentClass, executionRoleArn: role.roleArn, kmsKey: key.keyArn,
    sourceBucketArn: bucket.bucketArn, dagS3Path: 'dags', pluginsS3Path: plugins, requirementsS3Path: requirements,
    networkConfiguration: { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] },
    // Its page is behind IAM either way; from outside the network it needs no way in of its own.
    webserverAccessMode: 'PUBLIC_ONLY',
    minWorkers: 1, maxWorkers: workers,
    airflowConfigurationOptions: { 'core.load_examples': 'False' },
    loggingConfiguration: Object.fromEntries(Object.keys(components).map((logs) => [logs, { enabled: true, logLevel: logs === 'taskLogs' ? 'INFO' : 'WARNING' }])),
  });
  justifyCopying(scope, bucket);
  airflow.node.addDependency(role, ...groups, ...deployments);
  new CfnOutput(scope, 'Page', { value: `https://${airflow.attrWebserverUrl}`, description: 'The page of Airflow' });
  return airflow;
};
