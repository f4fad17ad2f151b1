import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { generateValidators } from '../../cli/generate-validators';
import { idleCost, type CostTemplate } from '../../core/cost/idle-cost';
import { environmentOf, namesOf, type Environment } from '../../core/environment';
import type { AirflowOrchestration } from '../../core/environment/orchestration';
import { manifestText } from '../../core/manifest/compile';
import { datasetScheduler } from '../../lib/constructs/dataset-scheduler';
import type { Deployment } from '../../lib/constructs/deployment';
import { HeadraceStack } from '../../lib/constructs/headrace-stack';
import { OrchestrationStack } from '../../lib/stacks/orchestration';
import * as definitions from '../fixtures/airflow/definitions';
import { manifestOf } from '../fixtures/contracts';

jest.setTimeout(120_000);

interface Resource { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }

const directory = mkdtempSync(join(tmpdir(), 'headrace-orchestration-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
const manifest = manifestOf({ ...definitions });
writeFileSync(join(directory, 'manifest.json'), manifestText(manifest));
writeFileSync(join(directory, 'validators.js'), generateValidators(manifest));
const airflow: AirflowOrchestration = { kind: 'airflow', startDate: '2026-03-01' };

const deploymentOf = (orchestration: Environment['orchestration']): Deployment => {
  const environment = environmentOf({ name: 'production', account: '111122223333', region: 'eu-central-1', orchestration });
  return { environment, names: namesOf(environment), manifest, projectDirectory: directory, generatedDirectory: directory };
};

/** An app with no more than what it is about: nothing else of the platform depends on who starts datasets. */
const synthesize = (name: string, make: (app: App) => Stack) => {
  const app = new App({ outdir: join(directory, name) });
  const stack = make(app);
  return { app, template: JSON.parse(readFileSync(join(app.synth().directory, `${stack.artifactId}.template.json`), 'utf8')) as CostTemplate & { readonly Resources: Readonly<Record<string, Resource>> } };
};

const { app: synthesis, template } = synthesize('mwaa', (app) => new OrchestrationStack(app, deploymentOf({ ...airflow, mwaa: {} }), airflow, {}));
const resources = (type: string, of = template): readonly Resource[] => Object.values(of.Resources).filter(({ Type }) => Type === type);

describe('who starts datasets', () => {
  it.each<[Environment['orchestration'], readonly string[]]>([
    [{ kind: 'scheduler' }, ['headrace-production-dataset-accounts-v1', 'headrace-production-dataset-branches-v1', 'headrace-production-dataset-orders-v1']],
    [airflow, []],
  ])('has schedules of EventBridge where it is Scheduler, and the function that says which files are new either way: %j', (orchestration, schedules) => {
    const { template: found } = synthesize(orchestration.kind, (app) => {
      const stack = new HeadraceStack(app, 'processing', deploymentOf(orchestration), 'the scheduler alone');
      datasetScheduler(stack, deploymentOf(orchestration));
      return stack;
    });
    expect(resources('AWS::Scheduler::Schedule', found).map(({ Properties }) => Properties['Name'])).toEqual(schedules);
    expect(resources('AWS::Lambda::Function', found).map(({ Properties }) => Properties['FunctionName'])).toEqual(['headrace-production-dataset-scheduler']);
    expect(resources('AWS::IAM::Role', found)).toHaveLength(orchestration.kind === 'scheduler' ? 2 : 1);
  });
});

describe('an environment of Amazon MWAA', () => {
  it('runs the Airflow that the DAGs are tested on, in two private subnets, with one key for all that it keeps', () => {
    const [environment] = resources('AWS::MWAA::Environment');
    expect(environment?.Properties).toMatchObject({ Name: 'headrace-production', AirflowVersion: '3.0.6', EnvironmentClass: 'mw1.small', MinWorkers: 1, MaxWorkers: 2, DagS3Path: 'dags', RequirementsS3Path: expect.stringMatching(/^requirements\/[0-9a-f]{16}\.txt$/u) as string });
    const [key] = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::KMS::Key').map(([id]) => ({ 'Fn::GetAtt': [id, 'Arn'] }));
    expect(environment?.Properties['KmsKey']).toEqual(key);
    const groups = resources('AWS::Logs::LogGroup').map(({ Properties }) => Properties).filter(({ LogGroupName }) => String(LogGroupName).startsWith('airflow-'));
    expect(groups.map(({ LogGroupName, RetentionInDays, KmsKeyId }) => [LogGroupName, RetentionInDays, KmsKeyId])).toEqual(['DAGProcessing', 'Scheduler', 'Task', 'WebServer', 'Worker'].map((part) => [`airflow-headrace-production-${part}`, 30, key]));
    const subnets = ((environment?.Properties['NetworkConfiguration'] ?? { SubnetIds: [] }) as { readonly SubnetIds: readonly { readonly Ref: string }[] }).SubnetIds.map(({ Ref }) => template.Resources[Ref]?.Properties);
    expect(subnets.map((subnet) => [subnet?.['MapPublicIpOnLaunch'], JSON.stringify(subnet?.['AvailabilityZone'])])).toEqual([0, 1].map((zone) => [false, JSON.stringify({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })]));
    expect(resources('AWS::S3::Bucket').map(({ Properties }) => Properties)).toMatchObject([{ VersioningConfiguration: { Status: 'Enabled' }, PublicAccessBlockConfiguration: { BlockPublicAcls: true }, BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { KMSMasterKeyID: key } }] } }]);
  });

  it('may start and look at the pipeline of datasets, ask which files are new, and nothing else of the platform', () => {
    const [policy] = Object.entries(template.Resources).filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith('ExecutionRole')).map(([, { Properties }]) => Properties['PolicyDocument'] as { readonly Statement: readonly { readonly Action: string | readonly string[]; readonly Resource: unknown }[] });
    const allowed = (policy?.Statement ?? []).flatMap(({ Action, Resource: resource }) => [Action].flat().map((action) => [action, JSON.stringify(resource)] as const));
    const ofThePlatform = allowed.filter(([action]) => !/^(?:logs|sqs|kms|s3|cloudwatch|airflow):/u.test(action));
    expect(ofThePlatform.map(([action]) => action)).toEqual(['states:StartExecution', 'states:DescribeExecution', 'lambda:InvokeFunction']);
    expect(ofThePlatform.map(([, resource]) => /:(?<name>(?:stateMachine|execution|function):[^"]+)"/u.exec(resource)?.groups?.['name'])).toEqual(['stateMachine:headrace-production-land-dataset', 'execution:headrace-production-land-dataset:*', 'function:headrace-production-dataset-scheduler']);
    const bucket = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::S3::Bucket').map(([id]) => id)[0] ?? '';
    for (const [, resource] of allowed.filter(([action]) => action.startsWith('s3:') && action !== 's3:GetAccountPublicAccessBlock')) expect(resource).toContain(bucket);
    expect(allowed.filter(([action]) => action.startsWith('kms:')).every(([, resource]) => resource.includes('Fn::GetAtt'))).toBe(true);
  });

  it('costs by the hour: the environment, the NAT gateway and the key, each with its price', () => {
    const { dollarsPerMonth, lines, unpriced } = idleCost([template]);
    expect(unpriced).toEqual([]);
    expect(lines.map(({ type, dollarsPerMonth: dollars }) => [type, Math.round(dollars)]).toSorted(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([['AWS::EC2::EIP', 4], ['AWS::EC2::NatGateway', 33], ['AWS::KMS::Key', 1], ['AWS::MWAA::Environment', 358]]);
    expect(Math.round(dollarsPerMonth)).toBe(395);
  });

  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis, { verbose: true }).validateScope(synthesis);
    expect(violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`))).toEqual([]);
  });
});
