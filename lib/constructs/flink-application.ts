import { ArnFormat, CustomResource, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnApplicationCloudWatchLoggingOption, CfnApplication } from 'aws-cdk-lib/aws-kinesisanalyticsv2';
import { LogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { kafkaParameters } from '../../core/environment/deployed';
import { flinkViews } from '../../core/feature/flink-views';
import { applicationName } from '../../core/window/flink';
import type { Deployment } from './deployment';
import { featuresSql, flinkProgram } from './flink-program';
import { justify } from './justification';
import { clusterArnOf, kafkaArnOf } from './kafka-cluster';
import { PlatformFunction } from './platform-function';

/** Whether an environment runs Flink: it does where events come in by a topic and a view has Flink as its engine. */
export const hasFlink = ({ environment, manifest }: Pick<Deployment, 'environment' | 'manifest'>): boolean => environment.ingestion === 'msk' && flinkViews(manifest).length > 0;

/** Name of the application: it tells what its SQL is. */
export const flinkApplicationName = (deployment: Deployment): string => applicationName(deployment.names, featuresSql(deployment));

/** Managed Service for Apache Flink's name for Flink 1.20. */
const runtime = 'FLINK-1_20';

/** Where the brokers are, by the function that the ingestion stack has for that. */
const brokersFor = (scope: Construct, deployment: Deployment): string => new CustomResource(scope, 'BootstrapBrokers', {
  resourceType: 'Custom::HeadraceBrokers', serviceTimeout: Duration.minutes(3), properties: { clusterArn: clusterArnOf(scope, deployment) },
  serviceToken: Stack.of(scope).formatArn({ service: 'lambda', resource: 'function', resourceName: deployment.names.function('kafka-brokers'), arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
}).getAttString('Brokers');

/** What the application may do: read accepted events, write partials, be in the brokers' network, and write its log. */
const roleOf = (scope: Construct, deployment: Deployment, name: string, program: Asset, logs: LogGroup): Role => {
  const { names, environment } = deployment;
  const { partition, region, account } = Stack.of(scope);
  const role = new Role(scope, 'FlinkRole', {
    assumedBy: new ServicePrincipal('kinesisanalytics.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } }),
    description: `What ${names.prefix}'s Flink may do`,
  });
  const allow = (actions: string[], resources: string[]): void => { role.addToPolicy(new PolicyStatement({ actions, resources })); };
  const cluster = clusterArnOf(scope, deployment);
  // Its producer is idempotent, as Kafka's clients are unless they are told otherwise.
  allow(['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], [cluster]);
  allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [kafkaArnOf(scope, deployment, 'topic', names.acceptedTopic)]);
  allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [kafkaArnOf(scope, deployment, 'topic', names.partialsTopic)]);
  allow(['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [kafkaArnOf(scope, deployment, 'group', name)]);
  allow(['s3:GetObject', 's3:GetObjectVersion'], [`arn:${partition}:s3:::${program.s3BucketName}/${program.s3ObjectKey}`]);
  allow(['logs:DescribeLogStreams', 'logs:PutLogEvents'], [logs.logGroupArn]);
  allow(['logs:DescribeLogGroups'], [`arn:${partition}:logs:${region}:${account}:log-group:*`]);
  allow(['ec2:CreateNetworkInterface', 'ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], ['*']);
  justify(role, 'AwsSolutions-IAM5[Resource::*]', 'The service asks for these on any network interface: it makes them itself (Managed Service for Apache Flink developer guide, "VPC application permissions").');
  justify(role, `AwsSolutions-IAM5[Resource::arn:${partition}:logs:${region}:${account}:log-group:*]`, 'Log groups are listed, which takes no group.');
  justify(role, `AwsSolutions-IAM5[Resource::<${Stack.of(scope).getLogicalId(logs.node.defaultChild as never)}.Arn>]`, 'The streams of its own log group.');
  return role;
};

/** Lets the application run, as CloudFormation starts none, and stop before it is deleted. */
const started = (scope: Construct, deployment: Deployment, application: CfnApplication, name: string, hash: string): CustomResource => {
  const starter = new PlatformFunction(scope, 'FlinkStarter', { deployment, name: 'flink-application', description: 'Starts the Flink application, and stops it before it is deleted', memoryMegabytes: 256, timeout: Duration.minutes(14) });
  const applications = Stack.of(scope).formatArn({ service: 'kinesisanalytics', resource: 'application', resourceName: `${deployment.names.flink}-*` });
  starter.allow(['kinesisanalytics:DescribeApplication', 'kinesisanalytics:ListApplicationSnapshots', 'kinesisanalytics:StartApplication', 'kinesisanalytics:StopApplication'], [applications]);
  justify(starter.role, `AwsSolutions-IAM5[Resource::${applications}]`, 'There is another application when views mean something else, and the former one is stopped.');
  const running = new CustomResource(scope, 'FlinkRunning', {
    resourceType: 'Custom::HeadraceFlink', serviceToken: starter.function.functionArn, serviceTimeout: Duration.minutes(15),
    // Whatever can change of an application that runs: a change restarts it, and a deploy waits until it runs again.
    properties: { application: name, program: hash, checkpointSeconds: deployment.environment.flinkCheckpointSeconds },
  });
  running.node.addDependency(starter, application);
  return running;
};

/**
 * Managed Flink over the views that have it as their engine: it reads accepted events, and writes what each hop of them comes to.
 *
 * Its name tells what its SQL is. When views mean something else there is another application, which begins with the
 * topic's first record and without any state; of the former one, whose state belongs to another program, nothing is taken
 * over. What both write of a hop is the same, and takes the same place, so that they may run side by side for a while.
 */
export const flinkApplication = (scope: Construct, deployment: Deployment): CustomResource => {
  const { names, environment } = deployment;
  const { file, hash } = flinkProgram(deployment);
  const name = flinkApplicationName(deployment);
  const program = new Asset(scope, 'FlinkProgram', { path: file });
  const logs = new LogGroup(scope, 'FlinkLogs', { logGroupName: `/aws/kinesis-analytics/${names.flink}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const stream = new LogStream(scope, 'FlinkLog', { logGroup: logs, logStreamName: name, removalPolicy: RemovalPolicy.DESTROY });
  const role = roleOf(scope, deployment, name, program, logs);
  const parameter = (parameterName: string): string => StringParameter.valueForStringParameter(Stack.of(scope), parameterName);
  const parameters = kafkaParameters(names);
  const application = new CfnApplication(scope, 'Flink', {
    applicationName: name,
    applicationDescription: 'Works out the windows of feature views',
    runtimeEnvironment: runtime,
    serviceExecutionRole: role.roleArn,
    applicationConfiguration: {
      applicationCodeConfiguration: { codeContentType: 'ZIPFILE', codeContent: { s3ContentLocation: { bucketArn: `arn:${Stack.of(scope).partition}:s3:::${program.s3BucketName}`, fileKey: program.s3ObjectKey } } },
      applicationSnapshotConfiguration: { snapshotsEnabled: true },
      environmentProperties: { propertyGroups: [{ propertyGroupId: 'headrace', propertyMap: { brokers: brokersFor(scope, deployment), accepted: names.acceptedTopic, partials: names.partialsTopic, group: name, region: environment.region } }] },
      flinkApplicationConfiguration: {
        checkpointConfiguration: { configurationType: 'CUSTOM', checkpointingEnabled: true, checkpointInterval: environment.flinkCheckpointSeconds * 1000, minPauseBetweenCheckpoints: environment.flinkCheckpointSeconds * 500 },
        monitoringConfiguration: { configurationType: 'CUSTOM', logLevel: 'WARN', metricsLevel: 'APPLICATION' },
        // It grows with its load, and goes back to this.
        parallelismConfiguration: { configurationType: 'CUSTOM', parallelism: 1, parallelismPerKpu: 1, autoScalingEnabled: true },
      },
      vpcConfigurations: [{ subnetIds: Fn.split(',', parameter(parameters.subnets)), securityGroupIds: [parameter(parameters.clients)] }],
    },
  });
  application.node.addDependency(role);
  const logging = new CfnApplicationCloudWatchLoggingOption(scope, 'FlinkLogging', {
    applicationName: name, cloudWatchLoggingOption: { logStreamArn: `${logs.logGroupArn.replace(/:\*$/u, '')}:log-stream:${name}` },
  });
  logging.node.addDependency(application, stream);
  const running = started(scope, deployment, application, name, hash);
  running.node.addDependency(logging);
  return running;
};
