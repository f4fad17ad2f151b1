import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { idleCost } from '../../core/cost/idle-cost';
import { environmentOf, namesOf, type Environment } from '../../core/environment';
import { IngestionStack } from '../../lib/stacks/ingestion';
import { manifestOf } from '../fixtures/contracts';
import * as flinkDefinitions from '../fixtures/flink/definitions';
import { policyStatements } from './policy';
import { resourcesOf, synthesize } from './synthesis';

const cluster = 'cluster/events/0a1b2c3d-1111-2222-3333-444455556666-7';
const arn = `arn:aws:kafka:eu-central-1:111122223333:${cluster}`;
const [subnetIds, clients] = [['subnet-0a', 'subnet-0b', 'subnet-0c'], 'sg-0a1b2c3d'];
const onCluster = environmentOf({
  name: 'theirs', account: '111122223333', region: 'eu-central-1', ingestion: 'msk',
  msk: { cluster: { kind: 'existing', arn, clientSecurityGroupId: clients }, network: { vpcId: 'vpc-0a1b2c3d', subnetIds } },
});
// With a view of Flink's, so that what it makes and may do is looked at too.
const synthesis = synthesize(onCluster, manifestOf(flinkDefinitions));
const statements = policyStatements(synthesis).filter(({ effect }) => effect === 'Allow');

const propertiesOf = (type: string): readonly Readonly<Record<string, unknown>>[] => resourcesOf(synthesis, type).map(({ resource }) => resource.Properties);
const findings = (app: App): readonly string[] => new AwsSolutionsChecks(app, { verbose: true }).validateScope(app).violations
  .flatMap(({ ruleName, description, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}: ${description}`));

/** The ingestion stack alone of such an environment. */
const ingestionOf = (change: Partial<Environment>) => {
  const environment = environmentOf({ ...onCluster, ...change });
  const app = new App();
  const stack = new IngestionStack(app, { environment, names: namesOf(environment), manifest: synthesis.manifest, projectDirectory: join(synthesis.directory, '..'), generatedDirectory: join(synthesis.directory, '..') });
  return { app, template: Template.fromStack(stack) };
};
const namesIn = (text: string, kind: 'topic' | 'group'): readonly string[] => [...text.matchAll(new RegExp(`:kafka:[^"]*?:${kind}/events/0a1b2c3d-1111-2222-3333-444455556666-7/([^"]+)`, 'gu'))].map(([, name = '']) => name);

describe('an environment that takes events by a cluster that is there', () => {
  it('has no finding of cdk-nag or cfn-lint', () => {
    expect(findings(synthesis.app)).toEqual([]);
    const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
    expect(execFileSync(existsSync(own) ? own : 'cfn-lint', ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', onCluster.region, '--', ...synthesis.templateFiles], { encoding: 'utf8' })).toBe('');
  }, 120_000);

  it('makes and changes nothing of the cluster and in its network, so that nothing of either goes with the environment', () => {
    const types = Object.values(synthesis.templates).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect(types.filter((type) => type.startsWith('AWS::MSK::') || type.startsWith('AWS::EC2::'))).toEqual([]);
  });

  it('makes its topics on the cluster, once that is found usable', () => {
    expect(propertiesOf('Custom::HeadraceTopic').map(({ topic }) => topic)).toEqual(['headrace-theirs-events', 'headrace-theirs-events-accepted', 'headrace-theirs-events-partials']);
    expect(resourcesOf(synthesis, 'Custom::HeadraceBrokers').filter(({ layer }) => layer === 'ingestion').map(({ resource }) => resource.Properties)).toMatchObject([{ clusterArn: arn, cluster: 'existing' }]);
    expect(Object.values(synthesis.templates.ingestion.Resources).find(({ Type, Properties }) => Type === 'AWS::SSM::Parameter' && Properties['Name'] === '/headrace/theirs/kafka/cluster-arn')?.Properties['Value']).toBe(arn);
  });

  it('asks anew where its brokers are when it is told to', () => {
    const { template } = ingestionOf({ msk: { ...onCluster.msk, cluster: { kind: 'existing', arn, clientSecurityGroupId: clients, brokersAsOf: '2026-11-29' } } });
    expect(Object.values(template.findResources('Custom::HeadraceBrokers')).map(({ Properties }) => (Properties as Readonly<Record<string, unknown>>)['asOf'])).toEqual(['2026-11-29']);
  });

  it('reads it by the same consumers, each as a group of its own', () => {
    const mappings = propertiesOf('AWS::Lambda::EventSourceMapping').filter(({ Topics }) => Topics !== undefined);
    expect(mappings.map(({ EventSourceArn, Topics, AmazonManagedKafkaEventSourceConfig: config }) => [EventSourceArn, Topics, config])).toEqual([
      [arn, ['headrace-theirs-events'], { ConsumerGroupId: 'headrace-theirs-ingest-validator' }],
      [arn, ['headrace-theirs-events'], { ConsumerGroupId: 'headrace-theirs-feature-aggregator' }],
      [arn, ['headrace-theirs-events-partials'], { ConsumerGroupId: 'headrace-theirs-feature-partials' }],
    ]);
  });

  it('puts what speaks to the brokers into the group that they let in, in the subnets that are named', () => {
    const inside = propertiesOf('AWS::Lambda::Function').filter(({ VpcConfig }) => VpcConfig !== undefined);
    expect(inside.map(({ FunctionName }) => String(FunctionName)).sort()).toEqual(['headrace-theirs-accepted-writer', 'headrace-theirs-event-writer', 'headrace-theirs-kafka-topic']);
    for (const { VpcConfig } of inside) expect(VpcConfig).toEqual({ SubnetIds: subnetIds, SecurityGroupIds: [clients] });
    const parameters = Object.fromEntries(propertiesOf('AWS::SSM::Parameter').map(({ Name, Value }) => [String(Name), Value]));
    expect([parameters['/headrace/theirs/kafka/clients'], parameters['/headrace/theirs/kafka/subnets']]).toEqual([clients, subnetIds.join(',')]);
    // By these parameters Flink finds its network.
    const [flink] = propertiesOf('AWS::KinesisAnalyticsV2::Application');
    expect(JSON.stringify((flink as { ApplicationConfiguration: { VpcConfigurations: unknown } } | undefined)?.ApplicationConfiguration.VpcConfigurations)).toMatch(/clients.*subnets/iu);
  });

  it('allows nothing on the cluster but its own topics and groups', () => {
    const kafka = statements.filter(({ actions }) => actions.some((action) => action.startsWith('kafka')));
    expect(kafka.filter(({ resources }) => resources.includes('*'))).toEqual([]);
    const text = JSON.stringify(kafka.map(({ resources }) => resources));
    expect([...new Set(namesIn(text, 'topic'))].sort()).toEqual(['headrace-theirs-events', 'headrace-theirs-events-accepted', 'headrace-theirs-events-partials']);
    expect([...new Set(namesIn(text, 'group'))].filter((name) => !name.startsWith('headrace-theirs-'))).toEqual([]);
    // Each resource is the cluster itself, or one of those.
    const resources = kafka.flatMap((statement) => statement.resources.map((resource) => JSON.stringify(resource)));
    expect(resources.filter((resource) => resource !== JSON.stringify(arn) && namesIn(resource, 'topic').length + namesIn(resource, 'group').length !== 1)).toEqual([]);
    expect([...new Set(kafka.flatMap(({ actions }) => actions))].filter((action) => /Delete|AlterCluster|\*/u.test(action))).toEqual([]);
  });

  it('may look at the cluster with the function that finds its brokers, and do nothing else to it', () => {
    const own = statements.filter(({ id, type }) => type === 'AWS::IAM::Policy' && id.startsWith('KafkaBrokers')).filter(({ actions }) => actions.some((action) => action.startsWith('kafka')));
    expect(own.map(({ actions, resources }) => [[...actions].sort(), resources])).toEqual([[['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], [arn]]]);
  });

  it('counts nothing for the cluster, whose owner pays for it', () => {
    const cost = idleCost(Object.values(synthesis.templates));
    expect(cost.unpriced).toEqual([]);
    expect(cost.lines.filter(({ why }) => /cluster|broker|endpoint/u.test(why))).toEqual([]);
  });

  it('takes events by a stream beside it while producers move', () => {
    const { app, template } = ingestionOf({ ingestionBefore: 'kinesis' });
    expect(findings(app)).toEqual([]);
    const sources = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).map(({ Properties }) => (Properties as { readonly EventSourceArn: unknown }).EventSourceArn);
    expect(sources).toHaveLength(2);
    expect(sources.filter((source) => source === arn)).toHaveLength(1);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  });
});

describe('Spark on a cluster that is there', () => {
  const { app, template } = ingestionOf({ processing: 'spark' });

  it('has no finding of cdk-nag', () => { expect(findings(app)).toEqual([]); });

  it('stands in the first of the subnets that are named, in the group that brokers let in and in one of its workers\' own, and makes no way out', () => {
    const [[workers, group] = [], ...others] = Object.entries(template.findResources('AWS::EC2::SecurityGroup'));
    expect(others).toEqual([]);
    expect(group?.['Properties']).toMatchObject({ GroupName: 'headrace-theirs-stream', VpcId: 'vpc-0a1b2c3d' });
    template.hasResourceProperties('AWS::Glue::Connection', { ConnectionInput: { PhysicalConnectionRequirements: { SubnetId: 'subnet-0a', SecurityGroupIdList: [clients, { 'Fn::GetAtt': [workers, 'GroupId'] }] } } });
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    // Each rule is of that group: none is added to one of the owner's.
    for (const type of ['Ingress', 'Egress']) for (const { Properties } of Object.values(template.findResources(`AWS::EC2::SecurityGroup${type}`))) expect((Properties as { GroupId: unknown }).GroupId).toEqual({ 'Fn::GetAtt': [workers, 'GroupId'] });
  });

  it('keeps its place by the cluster, and is watched by what that counts of its group', () => {
    template.hasResourceProperties('AWS::Glue::Job', { DefaultArguments: { '--cluster': '0a1b2c3d', '--topic': 'headrace-theirs-events', '--checkpoint': 's3://headrace-theirs-curated-111122223333-eu-central-1/streaming/headrace-theirs-events/0a1b2c3d/' } });
    expect(JSON.stringify(template.findResources('AWS::CloudWatch::Alarm'))).toContain('{"Name":"Cluster Name","Value":"events"},{"Name":"Consumer Group","Value":"headrace-theirs-ingest-validator"}');
  });
});
