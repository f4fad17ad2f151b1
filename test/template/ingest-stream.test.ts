import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { idleCost } from '../../core/cost/idle-cost';
import { environmentOf } from '../../core/environment';
import { validateEnvironment } from '../../core/environment/validate';
import { manifestOf } from '../fixtures/contracts';
import * as withFlink from '../fixtures/flink/definitions';
import { policyStatements } from './policy';
import { resourcesOf, synthesize } from './synthesis';

const onSpark = environmentOf({ name: 'spark', account: '111122223333', region: 'eu-central-1', ingestion: 'msk', processing: 'spark' });
const synthesis = synthesize(onSpark);
const statements = policyStatements(synthesis).filter(({ effect }) => effect === 'Allow');
const argumentsOf = (of: typeof synthesis): unknown => resourcesOf(of, 'AWS::Glue::Job').find(({ resource }) => resource.Properties['Name'] === 'headrace-spark-ingest-stream')?.resource.Properties['DefaultArguments'];

const findings = (app: App): readonly string[] => new AwsSolutionsChecks(app, { verbose: true }).validateScope(app).violations
  .flatMap(({ ruleName, description, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`));
/** What cfn-lint finds. */
const lintOf = ({ templateFiles }: typeof synthesis): string => {
  const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
  return execFileSync(existsSync(own) ? own : 'cfn-lint', ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', onSpark.region, '--', ...templateFiles], { encoding: 'utf8' });
};
const propertiesOf = (type: string): readonly Readonly<Record<string, unknown>>[] => resourcesOf(synthesis, type).map(({ resource }) => resource.Properties);

describe('an environment whose events Spark validates', () => {
  it('has no finding of cdk-nag or cfn-lint', () => {
    expect(findings(synthesis.app)).toEqual([]);
    expect(lintOf(synthesis)).toBe('');
  }, 120_000);

  it('has a streaming job on Glue 5.1 in place of the mapping of the validator, once at a time, in the network of the brokers', () => {
    const [job] = propertiesOf('AWS::Glue::Job').filter(({ Name }) => Name === 'headrace-spark-ingest-stream');
    expect(job).toMatchObject({
      GlueVersion: '5.1', Command: { Name: 'gluestreaming', PythonVersion: '3' }, WorkerType: 'G.025X', NumberOfWorkers: 2, MaxRetries: 0, ExecutionProperty: { MaxConcurrentRuns: 1 }, Connections: { Connections: ['headrace-spark-ingest-stream'] },
      DefaultArguments: {
        '--topic': 'headrace-spark-events', '--consumer-group': 'headrace-spark-ingest-validator', '--trigger-seconds': '60', '--records-at-once': '200000', '--raw-bucket': 'headrace-spark-raw-111122223333-eu-central-1',
        '--extra-jars': expect.anything() as unknown, '--judge': expect.anything() as unknown, '--brokers': { 'Fn::GetAtt': ['BootstrapBrokers', 'Brokers'] },
      },
    });
    // Of the two consumers one has a mapping.
    expect(propertiesOf('AWS::Lambda::EventSourceMapping').flatMap(({ Topics, AmazonManagedKafkaEventSourceConfig: config }) => (Topics === undefined ? [] : [config]))).toEqual([{ ConsumerGroupId: 'headrace-spark-feature-aggregator' }]);
    expect(propertiesOf('AWS::Glue::Connection')).toMatchObject([{ ConnectionInput: { ConnectionType: 'NETWORK', Name: 'headrace-spark-ingest-stream' } }]);
  });

  it('is started each minute, which Glue refuses while it runs, and told by a parameter which version is wanted', () => {
    const [schedule] = propertiesOf('AWS::Scheduler::Schedule').filter(({ Name }) => Name === 'headrace-spark-ingest-stream');
    expect(schedule).toMatchObject({ ScheduleExpression: 'rate(1 minute)', Target: { Arn: 'arn:aws:scheduler:::aws-sdk:glue:startJobRun', Input: '{"JobName":"headrace-spark-ingest-stream"}' } });
    const [job] = propertiesOf('AWS::Glue::Job').filter(({ Name }) => Name === 'headrace-spark-ingest-stream');
    const [version] = propertiesOf('AWS::SSM::Parameter').filter(({ Name }) => Name === '/headrace/spark/ingest-stream/version');
    expect(version?.['Value']).toBe((job?.['DefaultArguments'] as Readonly<Record<string, unknown>> | undefined)?.['--version']);
  });

  it('is another version when it is set otherwise, and the same where nothing is, and when a move from a stream has ended', () => {
    const versionOf = (environment: typeof onSpark, manifest = synthesis.manifest): unknown => resourcesOf(synthesize(environment, manifest), 'AWS::SSM::Parameter').find(({ resource }) => resource.Properties['Name'] === '/headrace/spark/ingest-stream/version')?.resource.Properties['Value'];
    const now = versionOf(onSpark);
    expect(versionOf(onSpark)).toBe(now);
    expect(versionOf({ ...onSpark, ingestionBefore: 'kinesis' })).toBe(now);
    expect(versionOf({ ...onSpark, streaming: { ...onSpark.streaming, recordsAtOnce: 1000 } })).not.toBe(now);
  }, 240_000);

  it('lets the job do what its work needs: read the topic, say how far it has come, put objects, and keep its checkpoint', () => {
    const own = statements.filter(({ id, type, layer }) => type === 'AWS::IAM::Policy' && layer === 'ingestion' && id.startsWith('IngestStreamRole'));
    const on = (action: string): readonly string[] => own.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources.map(String));
    expect([...new Set(own.flatMap(({ actions }) => actions))].filter((action) => !action.startsWith('ec2:')).sort()).toEqual([
      'cloudwatch:PutMetricData', 'glue:GetConnection', 'glue:GetSchemaVersion', 'kafka-cluster:AlterGroup', 'kafka-cluster:Connect', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData',
      'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject', 'ssm:GetParameter', 'ssm:GetParametersByPath']);
    expect(on('s3:DeleteObject')).toEqual(['arn:aws:s3:::headrace-spark-curated-111122223333-eu-central-1/streaming/*']);
    expect(on('s3:PutObject').toSorted()).toEqual(['arn:aws:s3:::headrace-spark-curated-111122223333-eu-central-1/streaming/*', 'arn:aws:s3:::headrace-spark-quarantine-111122223333-eu-central-1/quarantine/*', 'arn:aws:s3:::headrace-spark-raw-111122223333-eu-central-1/raw/*']);
    expect(own.find(({ actions }) => actions.includes('cloudwatch:PutMetricData'))?.condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'Headrace' } });
    expect(statements.filter(({ id, type, layer, actions }) => layer === 'ingestion' && type === 'AWS::IAM::Policy' && id.startsWith('IngestStreamSchedule') && actions.join() !== 'glue:StartJobRun')).toEqual([]);
  });

  it('tells when it is behind by what the cluster counts, and has as many alarms as before', () => {
    const alarms = propertiesOf('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeLessThanOrEqual(20);
    const behind = alarms.find(({ AlarmName }) => AlarmName === 'headrace-spark-ingest-validator-behind');
    expect(JSON.stringify(behind)).toContain('"Namespace":"AWS/Kafka"');
    expect(JSON.stringify(behind)).toContain('"Value":"headrace-spark-ingest-validator"');
    expect(JSON.stringify(behind)).not.toContain('OffsetLag"},"Namespace":"AWS/Lambda"');
  });

  it('reaches services of AWS by endpoints in one zone, where the brokers have a network of their own', () => {
    const ways = propertiesOf('AWS::EC2::VPCEndpoint').filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface');
    expect(ways.map(({ ServiceName }) => String(ServiceName).split('.').at(-1) ?? '').sort()).toEqual(['glue', 'logs', 'monitoring', 'ssm']);
    for (const { SubnetIds, PrivateDnsEnabled } of ways) expect([(SubnetIds as readonly unknown[]).length, PrivateDnsEnabled]).toEqual([1, true]);
  });

  it('says what it costs while nothing happens', () => {
    const { unpriced, lines } = idleCost(Object.values(synthesis.templates));
    expect(unpriced).toEqual([]);
    // Two workers of a quarter of a DPU, 0.44 an hour and DPU.
    expect(lines.find(({ why }) => why.includes('G.025X'))?.dollarsPerMonth).toBeCloseTo(160.6, 1);
  });
});

describe('an environment whose events Spark validates and Flink reads on', () => {
  const both = synthesize(onSpark, manifestOf(withFlink));
  const allowed = policyStatements(both).filter(({ effect }) => effect === 'Allow');

  it('has no finding of cdk-nag or cfn-lint', () => {
    expect(findings(both.app)).toEqual([]);
    expect(lintOf(both)).toBe('');
  }, 120_000);

  it('has the topics to Flink and from it, its application, and the consumer of what that sends', () => {
    expect(resourcesOf(both, 'Custom::HeadraceTopic').map(({ resource }) => resource.Properties['topic'])).toEqual(['headrace-spark-events', 'headrace-spark-events-accepted', 'headrace-spark-events-partials']);
    expect(resourcesOf(both, 'AWS::KinesisAnalyticsV2::Application')).toHaveLength(1);
    expect(resourcesOf(both, 'AWS::Lambda::EventSourceMapping').map(({ resource }) => resource.Properties['Topics'])).toEqual(expect.arrayContaining([['headrace-spark-events-partials']]));
  });

  it('has the job send accepted events on, when that topic is there, and as soon as they would be aggregated, as features wait for it', () => {
    expect(argumentsOf(both)).toMatchObject({ '--accepted-topic': 'headrace-spark-events-accepted', '--trigger-seconds': '1' });
    const [job] = resourcesOf(both, 'AWS::Glue::Job').filter(({ resource }) => resource.Properties['Name'] === 'headrace-spark-ingest-stream');
    expect(job?.resource.DependsOn).toEqual(expect.arrayContaining(['AcceptedTopic']));
  });

  it('lets the job write to that topic and to no other', () => {
    const writing = allowed.filter(({ id, type, actions }) => type === 'AWS::IAM::Policy' && id.startsWith('IngestStreamRole') && actions.includes('kafka-cluster:WriteData'));
    expect(writing.map(({ actions }) => actions)).toEqual([['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData']]);
    expect(writing.flatMap(({ resources }) => resources.map((resource) => JSON.stringify(resource)))).toEqual([expect.stringMatching(/headrace-spark-events-accepted"?/u)]);
  });

  it('keeps the way of the function for batches of a redrive, which Flink reads on too', () => {
    const invoking = allowed.filter(({ actions, resources }) => actions.includes('lambda:InvokeFunction') && resources.some((resource) => String(resource).includes('accepted-writer')));
    expect(invoking.map(({ id }) => id.replace(/Role.*/u, ''))).toEqual(['IngestValidator']);
  });

  it('says what it costs while nothing happens: the job and Flink, and no endpoint more', () => {
    const cost = idleCost(Object.values(both.templates));
    expect(cost.unpriced).toEqual([]);
    expect(cost.lines.find(({ why }) => why.includes('G.025X'))?.dollarsPerMonth).toBeCloseTo(160.6, 1);
    expect(cost.lines.find(({ type }) => type === 'AWS::KinesisAnalyticsV2::Application')?.dollarsPerMonth).toBeCloseTo(165.6, 1);
    expect(resourcesOf(both, 'AWS::EC2::VPCEndpoint')).toHaveLength(resourcesOf(synthesis, 'AWS::EC2::VPCEndpoint').length);
  });

  it('has nothing of it where no view has Flink as its engine', () => {
    expect(JSON.stringify(synthesis.templates)).not.toMatch(/events-accepted|events-partials|accepted-writer|accepted-topic|feature-partials/u);
    expect(statements.filter(({ id, actions }) => id.startsWith('IngestStreamRole') && actions.includes('kafka-cluster:WriteData'))).toEqual([]);
    expect(argumentsOf(synthesis)).toMatchObject({ '--trigger-seconds': '60' });
  });

  it('is still refused on a stream of Kinesis', () => {
    expect(() => synthesize(environmentOf({ ...onSpark, ingestion: 'kinesis', processing: 'lambda' }), manifestOf(withFlink))).toThrow('Flink reads topics');
  });
});

describe('Spark as the validator', () => {
  const refused = (change: Partial<typeof onSpark>): string => { try { validateEnvironment({ ...onSpark, ...change }); return ''; } catch (error) { return error instanceof Error ? error.message : ''; } };

  it('is refused on a stream of Kinesis, and with a registry that it cannot reach, and says why', () => {
    expect(refused({})).toBe('');
    expect(refused({ ingestion: 'kinesis' })).toMatch(/processing is "spark"; it must be lambda where events come in by kinesis alone: Glue's connector of Kinesis tells neither the shard nor the sequence number/u);
    const registry = { kind: 'confluent', url: 'https://registry.example.com' } as const;
    expect(refused({ registry })).toMatch(/processing is "spark"; it must be lambda where the registry is Confluent's/u);
    expect(refused({ registry, msk: { ...onSpark.msk, network: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a', 'subnet-0b'] } } })).toBe('');
    expect(refused({ processing: 'flink' as 'spark' })).toMatch(/processing is "flink"; it must be one of lambda, spark/u);
    expect(refused({ streaming: { workers: 1, workerType: 'G.2Y' as 'G.2X', recordsAtOnce: 10 } })).toMatch(/streaming.workers is 1.*streaming.workerType is "G.2Y".*streaming.recordsAtOnce is 10/su);
  });
});
