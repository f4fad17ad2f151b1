import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { idleCost } from '../../core/cost/idle-cost';
import { environmentOf } from '../../core/environment';
import { manifestOf } from '../fixtures/contracts';
import * as definitions from '../fixtures/flink/definitions';
import { policyStatements } from './policy';
import { resourcesOf, synthesize } from './synthesis';

const onKafka = environmentOf({ name: 'flink', account: '111122223333', region: 'eu-central-1', ingestion: 'msk' });
const manifest = manifestOf(definitions);
const synthesis = synthesize(onKafka, manifest);
const statements = policyStatements(synthesis).filter(({ effect }) => effect === 'Allow');
const [application] = resourcesOf(synthesis, 'AWS::KinesisAnalyticsV2::Application');

const propertiesOf = (type: string): readonly Readonly<Record<string, unknown>>[] => resourcesOf(synthesis, type).map(({ resource }) => resource.Properties);
const functionNamed = (name: string) => resourcesOf(synthesis, 'AWS::Lambda::Function').find(({ resource }) => resource.Properties['FunctionName'] === `headrace-flink-${name}`);
const mappingOf = (group: string) => propertiesOf('AWS::Lambda::EventSourceMapping').find((mapping) => (mapping['AmazonManagedKafkaEventSourceConfig'] as { ConsumerGroupId?: string } | undefined)?.ConsumerGroupId === `headrace-flink-${group}`);

describe('an environment with a view that Flink works out', () => {
  it('has no finding of cdk-nag or cfn-lint', () => {
    const findings = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app).violations
      .flatMap(({ ruleName, description, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`));
    expect(findings).toEqual([]);
    const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
    expect(execFileSync(existsSync(own) ? own : 'cfn-lint', ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', onKafka.region, '--', ...synthesis.templateFiles], { encoding: 'utf8' })).toBe('');
  }, 120_000);

  it('makes the topics to Flink and from it beside that of events', () => {
    expect(propertiesOf('Custom::HeadraceTopic').map(({ topic, partitions }) => [topic, partitions])).toEqual([['headrace-flink-events', 3], ['headrace-flink-events-accepted', 3], ['headrace-flink-events-partials', 3]]);
  });

  it('runs Flink 1.20 with checkpoints and snapshots in the private subnets of the brokers, as one of their clients', () => {
    expect(application?.resource.Properties).toMatchObject({
      RuntimeEnvironment: 'FLINK-1_20',
      ApplicationConfiguration: {
        ApplicationSnapshotConfiguration: { SnapshotsEnabled: true },
        FlinkApplicationConfiguration: { CheckpointConfiguration: { CheckpointingEnabled: true, CheckpointInterval: 60_000 }, ParallelismConfiguration: { Parallelism: 1, ParallelismPerKPU: 1 } },
        EnvironmentProperties: { PropertyGroups: [{ PropertyGroupId: 'headrace', PropertyMap: { accepted: 'headrace-flink-events-accepted', partials: 'headrace-flink-events-partials' } }] },
      },
    });
    expect(JSON.stringify((application?.resource.Properties as { ApplicationConfiguration: { VpcConfigurations: unknown } } | undefined)?.ApplicationConfiguration.VpcConfigurations)).toMatch(/clients.*subnets/iu);
  });

  it('starts it by a resource of its own, as CloudFormation starts none, when the consumer of what it sends is there', () => {
    const [running] = resourcesOf(synthesis, 'Custom::HeadraceFlink');
    expect(running?.resource.Properties['application']).toBe(application?.resource.Properties['ApplicationName']);
    expect(running?.resource.Properties).toMatchObject({ checkpointSeconds: 60 });
    expect(running?.resource.DependsOn).toEqual(expect.arrayContaining([application?.id]));
    expect(mappingOf('feature-partials')).toMatchObject({ Topics: ['headrace-flink-events-partials'], StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: -1, BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'] });
  });

  it('validates events as soon as they would be aggregated, as features wait for it', () => {
    expect(mappingOf('ingest-validator')?.['MaximumBatchingWindowInSeconds']).toBe(1);
  });

  it.each([
    ['FlinkRole', ['kafka-cluster:AlterGroup', 'kafka-cluster:Connect', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData', 'kafka-cluster:WriteDataIdempotently']],
    ['AcceptedWriter', ['kafka-cluster:Connect', 'kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData']],
    ['FeaturePartials', ['kafka-cluster:AlterGroup', 'kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration', 'kafka-cluster:DescribeGroup', 'kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']],
  ])('lets %s do with Kafka what its work needs, and nowhere everything', (role, actions) => {
    const own = statements.filter(({ id, type }) => type === 'AWS::IAM::Policy' && id.startsWith(role));
    expect([...new Set(own.flatMap((statement) => statement.actions))].filter((action) => action.startsWith('kafka')).sort()).toEqual(actions);
    expect(own.filter((statement) => statement.actions.some((action) => action.startsWith('kafka')) && statement.resources.includes('*'))).toEqual([]);
  });

  it('lets the validator alone put accepted events', () => {
    const invoking = statements.filter(({ actions, resources }) => actions.includes('lambda:InvokeFunction') && resources.some((resource) => String(resource).includes('accepted-writer')));
    expect(invoking.map(({ id }) => id.replace(/Role.*/u, ''))).toEqual(['IngestValidator']);
    expect(functionNamed('ingest-validator')?.resource.Properties['Environment']).toMatchObject({ Variables: { ACCEPTED_WRITER: 'headrace-flink-accepted-writer' } });
  });

  it('has no more alarms than an environment without Flink: that over the aggregator is over Flink and its consumer too', () => {
    const alarms = propertiesOf('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeLessThanOrEqual(20);
    expect(alarms.filter(({ AlarmName }) => /flink-.*(?:flink|partials)/u.test(String(AlarmName)))).toEqual([]);
    const behind = JSON.stringify(alarms.find(({ AlarmName }) => AlarmName === 'headrace-flink-feature-aggregator-behind'));
    expect(behind).toContain('downtime');
    expect(behind).toContain('headrace-flink-feature-partials');
    // CloudWatch takes ten metrics in an alarm.
    expect(behind.match(/"MetricStat"/gu)?.length).toBeLessThanOrEqual(10);
    expect(readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8')).toContain('Flink');
  });

  it('says what it costs while nothing happens: a unit of Flink, one to direct it, and the storage of the first', () => {
    const cost = idleCost(Object.values(synthesis.templates));
    expect(cost.unpriced).toEqual([]);
    const [flink] = cost.lines.filter(({ type }) => type === 'AWS::KinesisAnalyticsV2::Application');
    expect(flink?.dollarsPerMonth).toBeCloseTo(165.6, 1);
  });
});

describe('an environment without such a view', () => {
  it('has nothing of Flink', () => {
    const without = synthesize(onKafka);
    expect(resourcesOf(without, 'AWS::KinesisAnalyticsV2::Application')).toEqual([]);
    expect(resourcesOf(without, 'Custom::HeadraceTopic')).toHaveLength(1);
    expect(JSON.stringify(without.templates)).not.toMatch(/accepted-writer|feature-partials/u);
  });
});

describe('an environment that takes events by a stream', () => {
  it('is refused with such a view, and told why', () => {
    expect(() => synthesize(environmentOf({ ...onKafka, ingestion: 'kinesis' }), manifest)).toThrow("delays_by_flink@v1 has the engine 'flink', and events come in by kinesis in the environment flink; Flink reads topics");
  });
});
