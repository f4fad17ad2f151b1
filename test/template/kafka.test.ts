import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { idleCost } from '../../core/cost/idle-cost';
import { environmentOf, namesOf } from '../../core/environment';
import { bundleLambda } from '../../lib/constructs/bundle';
import { IngestionStack } from '../../lib/stacks/ingestion';
import { policyStatements } from './policy';
import { resourcesOf, synthesize } from './synthesis';

const onKafka = environmentOf({ name: 'kafka', account: '111122223333', region: 'eu-central-1', ingestion: 'msk' });
const synthesis = synthesize(onKafka);
const statements = policyStatements(synthesis).filter(({ effect }) => effect === 'Allow');

/** The ingestion stack alone, of brokers of a size in a network of the user's. */
const sized = () => {
  const environment = environmentOf({ ...onKafka, msk: { cluster: { kind: 'provisioned', brokers: 2, instanceType: 'kafka.t3.small', storageGigabytes: 10 }, network: { vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a', 'subnet-0b'] } } });
  const app = new App();
  const stack = new IngestionStack(app, { environment, names: namesOf(environment), manifest: synthesis.manifest, projectDirectory: join(synthesis.directory, '..'), generatedDirectory: join(synthesis.directory, '..') });
  return { app, template: Template.fromStack(stack) };
};

const findings = (app: App): readonly string[] => new AwsSolutionsChecks(app, { verbose: true }).validateScope(app).violations
  .flatMap(({ ruleName, description, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`));

const propertiesOf = (type: string): readonly Readonly<Record<string, unknown>>[] => resourcesOf(synthesis, type).map(({ resource }) => resource.Properties);

describe('an environment that takes events by a topic of Kafka', () => {
  it('has no finding of cdk-nag or cfn-lint, and no stream', () => {
    expect(findings(synthesis.app)).toEqual([]);
    const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
    expect(execFileSync(existsSync(own) ? own : 'cfn-lint', ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', onKafka.region, '--', ...synthesis.templateFiles], { encoding: 'utf8' })).toBe('');
    expect(propertiesOf('AWS::Kinesis::Stream')).toEqual([]);
    expect(statements.filter(({ actions }) => actions.some((action) => action.startsWith('kinesis:')))).toEqual([]);
  }, 120_000);

  it('has a cluster that takes IAM alone, in private subnets, for members of one security group at one port', () => {
    expect(propertiesOf('AWS::MSK::ServerlessCluster')).toMatchObject([{ ClusterName: 'headrace-kafka', ClientAuthentication: { Sasl: { Iam: { Enabled: true } } } }]);
    expect(propertiesOf('AWS::EC2::Subnet').map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([false, false]);
    for (const type of ['InternetGateway', 'NatGateway', 'Route']) expect(propertiesOf(`AWS::EC2::${type}`)).toEqual([]);
    // A way to S3 is free: nothing of what is paid for by the hour.
    expect(propertiesOf('AWS::EC2::VPCEndpoint').map(({ VpcEndpointType }) => VpcEndpointType)).toEqual(['Gateway']);
    const [clients, brokers] = resourcesOf(synthesis, 'AWS::EC2::SecurityGroup');
    expect(clients?.resource.Properties['SecurityGroupIngress']).toBeUndefined();
    expect(brokers?.resource.Properties['SecurityGroupIngress']).toMatchObject([{ IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098, SourceSecurityGroupId: { 'Fn::GetAtt': [clients?.id, 'GroupId'] } }]);
  });

  it('feeds the same two consumers by provisioned pollers that share what is paid for, and delivers a batch again whole to the one that needs its order', () => {
    const mappings = propertiesOf('AWS::Lambda::EventSourceMapping').filter(({ Topics }) => Topics !== undefined);
    const alike = {
      Topics: ['headrace-kafka-events'], StartingPosition: 'TRIM_HORIZON', MaximumRecordAgeInSeconds: -1,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3, PollerGroupName: 'headrace-kafka' },
    };
    expect(mappings).toMatchObject([
      // More than ten retries there are not beside a destination (Lambda developer guide).
      { ...alike, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'headrace-kafka-ingest-validator' }, MaximumRetryAttempts: 10, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'], DestinationConfig: { OnFailure: { Destination: expect.stringContaining('headrace-kafka-failures') as string } } },
      { ...alike, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'headrace-kafka-feature-aggregator' }, MaximumRetryAttempts: -1, BisectBatchOnFunctionError: false, FunctionResponseTypes: [], Enabled: false },
    ]);
    expect(mappings[1]?.['DestinationConfig']).toBeUndefined();
    for (const mapping of mappings) expect(mapping['ParallelizationFactor']).toBeUndefined();
  });

  it('tells that a consumer does nothing only when more waits than the marks with which transactions end, one a partition', () => {
    const behind = propertiesOf('AWS::CloudWatch::Alarm').filter(({ AlarmName }) => String(AlarmName).endsWith('-behind') && !String(AlarmName).includes('compaction'));
    const expressions = behind.map(({ Metrics }) => (Metrics as readonly { readonly Expression?: string }[]).flatMap(({ Expression }) => Expression ?? []));
    expect(expressions).toEqual([['IF(FILL(waiting, 0) > 3 AND FILL(batches, 0) == 0, 900001, FILL(age, 0))'], ['IF(FILL(waiting, 0) > 3 AND FILL(batches, 0) == 0, 300001, FILL(age, 0))']]);
  });

  it('puts into the network of the brokers what speaks to them, and nothing else', () => {
    const inside = resourcesOf(synthesis, 'AWS::Lambda::Function').filter(({ resource }) => resource.Properties['VpcConfig'] !== undefined);
    expect(inside.map(({ resource }) => String(resource.Properties['FunctionName'])).sort()).toEqual(['headrace-kafka-event-writer', 'headrace-kafka-kafka-topic']);
  });

  it.each([
    ['EventWriter', ['kafka-cluster:Connect', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData']],
    ['KafkaTopic', ['kafka-cluster:AlterTopic', 'kafka-cluster:AlterTopicDynamicConfiguration', 'kafka-cluster:Connect', 'kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:DescribeTopicDynamicConfiguration']],
    ['KafkaBrokers', ['kafka:GetBootstrapBrokers']],
    ['IngestValidator', ['kafka-cluster:AlterGroup', 'kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']],
    ['FeatureAggregator', ['kafka-cluster:AlterGroup', 'kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']],
    ['PredictionApi', []],
  ])('lets %s do with Kafka what its work needs, each on the cluster, its topic or its own group', (role, actions) => {
    const own = statements.filter(({ id, type }) => type === 'AWS::IAM::Policy' && id.startsWith(role));
    expect([...new Set(own.flatMap((statement) => statement.actions))].filter((action) => action.startsWith('kafka')).sort()).toEqual(actions);
    expect(own.filter((statement) => statement.actions.some((action) => action.startsWith('kafka')) && statement.resources.includes('*'))).toEqual([]);
  });

  it('lets the writer tell how far both consumers are: the validator for a rebuild, and either before a move takes the topic away', () => {
    const groups = statements.filter(({ id, actions }) => id.startsWith('EventWriter') && actions.includes('kafka-cluster:DescribeGroup')).flatMap(({ resources }) => resources).map((resource) => JSON.stringify(resource));
    for (const consumer of ['ingest-validator', 'feature-aggregator']) expect(groups.filter((group) => group.includes(`headrace-kafka-${consumer}`))).toHaveLength(1);
    expect(groups).toHaveLength(2);
  });

  it('keeps whole what the writer could not put, and alarms of what could not even be kept', () => {
    const [kept, ...others] = propertiesOf('AWS::Lambda::EventInvokeConfig');
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ Qualifier: '$LATEST', MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 21_600, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::headrace-kafka-failures-111122223333-eu-central-1' } } });
    const putting = statements.filter(({ id, actions }) => id.startsWith('EventWriter') && actions.includes('s3:PutObject')).flatMap(({ resources }) => resources);
    expect(putting).toEqual(['arn:aws:s3:::headrace-kafka-failures-111122223333-eu-central-1/*']);
    const alarm = propertiesOf('AWS::CloudWatch::Alarm').find(({ AlarmName }) => AlarmName === 'headrace-kafka-failed-batches');
    expect(JSON.stringify(alarm?.['Metrics'])).toMatch(/DestinationDeliveryFailures.*event-writer/u);
    expect(JSON.stringify(propertiesOf('AWS::CloudWatch::Dashboard'))).toMatch(/DestinationDeliveryFailures.*event-writer/u);
  });

  it('lets the prediction API ask the writer, and nobody else of what is not its own', () => {
    const invoking = statements.filter(({ actions, layer }) => layer === 'serving' && actions.includes('lambda:InvokeFunction'));
    expect(invoking.filter(({ id }) => id.startsWith('PredictionApi')).flatMap(({ resources }) => resources)).toEqual(['arn:aws:lambda:eu-central-1:111122223333:function:headrace-kafka-event-writer']);
  });

  it('keeps the cluster and its topic when its stack is gone, as offsets of another would begin anew', () => {
    const [cluster] = resourcesOf(synthesis, 'AWS::MSK::ServerlessCluster');
    expect([cluster?.resource.DeletionPolicy, cluster?.resource.UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
  });

  it('says what it costs while nothing happens', () => {
    const cost = idleCost(Object.values(synthesis.templates));
    expect(cost.unpriced).toEqual([]);
    // 686 of them for the cluster, its three partitions and the pollers.
    expect(cost.dollarsPerMonth).toBeGreaterThan(690);
    expect(cost.dollarsPerMonth).toBeLessThan(695);
  });

  it('can have brokers of a size in a network of the user, over TLS alone', () => {
    const { app, template } = sized();
    expect(findings(app)).toEqual([]);
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 2, BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', ClientSubnets: ['subnet-0a', 'subnet-0b'] },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } }, EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    });
  });

  it.each([['event-writer'], ['kafka-topic'], ['kafka-brokers']])('loads the bundle of %s from wherever it is unpacked, with nothing beside it but what it carries', (name) => {
    const directory = mkdtempSync(join(tmpdir(), 'headrace-bundle-'));
    try {
      cpSync(bundleLambda({ name, target: { architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64', platform: 'linux' }, generatedDirectory: join(synthesis.directory, '..') }), directory, { recursive: true });
      const variables = { HEADRACE_ENVIRONMENT: 'kafka', KAFKA_BROKERS: 'SASL_SSL://127.0.0.1:9', TOPIC: 't', PARTITIONS: '1', STREAM_RETENTION_HOURS: '24', AWS_REGION: 'eu-central-1' };
      expect(execFileSync(process.execPath, ['--eval', `process.stdout.write(typeof require(${JSON.stringify(directory)}).handler); process.exit()`], { encoding: 'utf8', cwd: directory, env: variables })).toBe('function');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
