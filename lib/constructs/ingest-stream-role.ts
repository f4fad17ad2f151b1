import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { activationsPath, tombstonesPath } from '../../core/environment/deployed';
import { keyArnOf } from './access';
import type { Deployment } from './deployment';
import { hasFlink } from './flink-application';
import { justify } from './justification';
import { clusterArnOf, kafkaArnOf } from './kafka-cluster';

/** What the streaming job works with. */
export interface StreamRoleProps {
  readonly name: string;
  readonly checkpointRoot: string;
  readonly versionParameter: string;
  readonly assets: readonly Asset[];
  readonly logGroups: readonly LogGroup[];
}

/** What Glue does in the name of a job's role to put its workers into a network (AWS Glue developer guide, "Create an IAM policy for the AWS Glue service"). */
const workersInNetwork = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints'];

type Allow = (actions: readonly string[], resources: readonly string[], conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => void;

/** Reads the topic, says in its group how far it has come, and sends on what Flink reads. */
const allowTopic = (scope: Construct, deployment: Deployment, allow: Allow): readonly string[] => {
  const { names } = deployment;
  const group = names.function('ingest-validator');
  // Spark's own consumers, whose names end in something random.
  const consumers = kafkaArnOf(scope, deployment, 'group', `${group}-spark*`);
  allow(['kafka-cluster:Connect'], [clusterArnOf(scope, deployment)]);
  allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [kafkaArnOf(scope, deployment, 'topic', names.stream)]);
  // What Flink reads on it puts itself: workers stand in the brokers' network.
  if (hasFlink(deployment)) allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [kafkaArnOf(scope, deployment, 'topic', names.acceptedTopic)]);
  allow(['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], [kafkaArnOf(scope, deployment, 'group', group), consumers]);
  return [consumers];
};

/** What events are judged by. */
const allowContracts = (scope: Construct, { names, environment: { registry } }: Deployment, versionParameter: string, allow: Allow): void => {
  const parameter = (path: string): string => Stack.of(scope).formatArn({ service: 'ssm', resource: 'parameter', resourceName: path.slice(1) });
  allow(['ssm:GetParametersByPath'], [parameter(activationsPath(names)), parameter(tombstonesPath(names))]);
  allow(['ssm:GetParameter'], [parameter(versionParameter)]);
  if (registry.kind === 'glue') allow(['glue:GetSchemaVersion'], ['*']);
  else if (registry.secret !== undefined) {
    // Secrets Manager ends the ARN of a secret with six characters of its own.
    allow(['secretsmanager:GetSecretValue'], [registry.secret.startsWith('arn:') ? registry.secret : Stack.of(scope).formatArn({ service: 'secretsmanager', resource: 'secret', resourceName: `${registry.secret}-??????`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })]);
    if (registry.secretKey !== undefined) allow(['kms:Decrypt'], [registry.secretKey]);
  }
};

/** The role of the streaming job: it reads the topic, puts objects of raw and quarantine, and reads and writes its checkpoint. */
export const streamRole = (scope: Construct, deployment: Deployment, { name, checkpointRoot, versionParameter, assets, logGroups }: StreamRoleProps): Role => {
  const { names } = deployment;
  const stack = Stack.of(scope);
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com'), description: `What ${name} may do` });
  const allow: Allow = (actions, resources, conditions) => { role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources], ...(conditions === undefined ? {} : { conditions }) })); };
  const bucket = (zone: 'raw' | 'quarantine' | 'curated'): string => `arn:${stack.partition}:s3:::${names.bucket(zone)}`;
  const [raw, quarantine, checkpoint] = [`${bucket('raw')}/raw/*`, `${bucket('quarantine')}/quarantine/*`, `${bucket('curated')}/${checkpointRoot}*`];
  allow(['s3:GetObject'], assets.map(({ bucket: { bucketName }, s3ObjectKey }) => `arn:${stack.partition}:s3:::${bucketName}/${s3ObjectKey}`));
  allow(['s3:PutObject'], [raw, quarantine]);
  allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [checkpoint]);
  allow(['s3:ListBucket'], [bucket('curated')]);
  allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(scope, deployment)]);
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroups.map((group) => group.logGroupArn));
  allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': 'Headrace' } });
  const consumers = allowTopic(scope, deployment, allow);
  allowContracts(scope, deployment, versionParameter, allow);
  allow(['glue:GetConnection'], [stack.formatArn({ service: 'glue', resource: 'catalog' }), stack.formatArn({ service: 'glue', resource: 'connection', resourceName: name })]);
  allow(workersInNetwork, ['*']);
  const tagged = ['network-interface', 'security-group', 'instance'].map((resource) => stack.formatArn({ service: 'ec2', resource, resourceName: '*' }));
  allow(['ec2:CreateTags', 'ec2:DeleteTags'], tagged, { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } });
  justifyAll(role, deployment, [raw, quarantine, checkpoint, ...tagged, ...consumers.map((arn) => spelt(stack, arn))]);
  return role;
};

/** A text as cdk-nag spells it, where parts of it are known when it is deployed. */
const spelt = (stack: Stack, text: string): string => {
  const resolved = stack.resolve(text) as string | { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  return typeof resolved === 'string' ? resolved : resolved['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
};

const justifyAll = (role: Role, { environment: { registry } }: Deployment, resources: readonly string[]): void => {
  for (const resource of resources) justify(role, `AwsSolutions-IAM5[Resource::${resource}]`, 'Objects, interfaces and consumers have names that are made while it runs.');
  justify(role, 'AwsSolutions-IAM5[Resource::*]', `Glue asks for these on any network interface, CloudWatch takes no resource for a metric${registry.kind === 'glue' ? ', and Glue none for a schema version by its id' : ''}.`);
};
