import validateStateMachine from 'asl-validator';
import { AwsSolutionsChecks } from 'cdk-nag';
import * as definitions from '../fixtures/database/definitions';
import { manifestOf } from '../fixtures/contracts';
import { policyStatements } from './policy';
import { machinesOf, taskFaults } from './state-machines';
import type { Synthesis } from './synthesis';
import { production, resourcesOf, synthesize } from './synthesis';

jest.setTimeout(60_000);

const network = { subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'], securityGroupIds: ['sg-0123456789abcdef0'] };
const manifest = manifestOf({ ...definitions });
const synthesis = synthesize({ ...production, databases: { postgres: { secret: 'shop-database', network } } }, manifest);

/** Jobs that work on Spark; those that train models have no need of it. */
const sparkJobs = (of: Synthesis) => resourcesOf(of, 'AWS::Glue::Job').map(({ resource }) => resource.Properties).filter(({ Name }) => String(Name).endsWith('-lake-spark'));

describe('a dataset that comes from a database', () => {
  it('has a function in the network of the database, that may read its secret and write extracts', () => {
    const [extractor] = resourcesOf(synthesis, 'AWS::Lambda::Function').filter(({ resource }) => resource.Properties['FunctionName'] === 'headrace-production-dataset-extractor-postgres');
    expect(extractor?.resource.Properties).toMatchObject({ VpcConfig: { SubnetIds: network.subnetIds, SecurityGroupIds: network.securityGroupIds }, Environment: { Variables: { DATABASE_SECRET: 'shop-database', NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' } } });
    const allowed = policyStatements(synthesis).filter(({ id, type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow' && id.startsWith('DatasetExtractor'));
    expect([...new Set(allowed.flatMap(({ actions }) => actions))].sort()).toEqual([
      'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
      'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:PutObject', 'secretsmanager:GetSecretValue',
    ]);
    expect(JSON.stringify(allowed.find(({ actions }) => actions.includes('secretsmanager:GetSecretValue'))?.resources)).toContain(':secretsmanager:eu-central-1:111122223333:secret:shop-database-??????');
    expect(JSON.stringify(allowed.find(({ actions }) => actions.includes('s3:PutObject'))?.resources)).toContain('/extracts/*');
  });

  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`))).toEqual([]);
  });

  it('goes through a state machine that is right, and begins with its extraction', () => {
    const [machine = ''] = machinesOf(synthesis);
    const { isValid, errors } = validateStateMachine(JSON.parse(machine), { checkPaths: true, checkArn: true });
    expect({ isValid, errors }).toEqual({ isValid: true, errors: [] });
    expect(taskFaults([machine])).toEqual([]);
    const { States } = JSON.parse(machine) as { States: Record<string, { Choices?: { StringEquals?: string; Next: string }[] }> };
    expect(States['a dataset of this release']?.Choices?.map(({ StringEquals, Next }) => [StringEquals, Next])).toEqual(['accounts@v1', 'branches@v1', 'orders@v1', 'spark_accounts@v1', 'spark_orders@v1'].map((name) => [name, 'extract from postgres']));
  });

  it('is started by its schedule, with the moment that it is for, and waits for what it depends on', () => {
    expect(resourcesOf(synthesis, 'AWS::Scheduler::Schedule').map(({ resource }) => resource.Properties).filter(({ Name }) => String(Name).includes('-dataset-')).map(({ Name, ScheduleExpression, ScheduleExpressionTimezone, Target }) => [Name, ScheduleExpression, ScheduleExpressionTimezone, (Target as { Input: string }).Input])).toEqual([
      ['headrace-production-dataset-accounts-v1', 'cron(0 6 * * ? *)', 'Europe/Berlin', '{"dataset":"accounts@v1","moment":"<aws.scheduler.scheduled-time>"}'],
      ['headrace-production-dataset-orders-v1', 'cron(15 * * * ? *)', 'UTC', '{"dataset":"orders@v1","moment":"<aws.scheduler.scheduled-time>"}'],
    ]);
    const [machine = ''] = machinesOf(synthesis);
    const { StartAt, States } = JSON.parse(machine) as { StartAt: string; States: Record<string, { Choices?: { StringEquals?: string; Next: string }[]; Default?: string }> };
    expect([StartAt, States[StartAt]]).toEqual(['waits for others', expect.objectContaining({ Choices: [expect.objectContaining({ StringEquals: 'orders@v1', Next: 'wait' })], Default: 'a dataset of this release' })]);
    const allowed = policyStatements(synthesis).filter(({ id, type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow' && id.startsWith('DatasetSchedulerRole'));
    expect([...new Set(allowed.flatMap(({ actions }) => actions))].sort()).toEqual(['dynamodb:Query', 'kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:ListBucket', 'states:DescribeExecution', 'states:StartExecution']);
  });

  it('needs no network where its database is reached from anywhere', () => {
    const open = synthesize({ ...production, databases: { postgres: { secret: 'shop-database' } } }, manifest);
    expect(resourcesOf(open, 'AWS::Lambda::Function').every(({ resource }) => resource.Properties['VpcConfig'] === undefined)).toBe(true);
  });

  it('is refused where the environment does not know the database', () => {
    expect(() => synthesize(production, manifest)).toThrow(/accounts@v1, branches@v1, orders@v1, spark_accounts@v1, spark_orders@v1 come from the database 'postgres', which the environment 'production' does not know; it knows none\. Add databases: \{ 'postgres': \{ secret: 'NAME' \} \} to it in environments\.ts\./u);
  });
});

describe('a dataset of which features are made', () => {
  it('is brought online once it is committed, as often as that takes, also by who finds it committed', () => {
    const [machine = ''] = machinesOf(synthesis);
    const { States } = JSON.parse(machine) as { States: Record<string, { Choices?: { StringEquals?: string; Next: string }[]; Default?: string; Next?: string; ResultPath?: string }> };
    expect(States['after commit']?.Choices?.slice(0, 2)).toMatchObject([{ StringEquals: 'done', Next: 'has features' }, { StringEquals: 'committed', Next: 'has features' }]);
    expect(States['after land']?.Choices?.[1]).toMatchObject({ StringEquals: 'committed', Next: 'has features' });
    expect(States['has features']).toMatchObject({ Choices: [{ StringEquals: 'branches@v1', Next: 'materialize' }, { StringEquals: 'orders@v1', Next: 'materialize' }], Default: 'lineage' });
    // How the batch has ended is still there for its lineage.
    expect(States['materialize']).toMatchObject({ Next: 'after materialize', ResultPath: '$.materialized' });
    expect(States['after materialize']).toMatchObject({ Choices: [{ StringEquals: 'more', Next: 'materialize' }], Default: 'lineage' });
  });

  it('is brought online by a function that may read raw, batch records and tombstones, and write items', () => {
    const allowed = policyStatements(synthesis).filter(({ id, type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow' && id.startsWith('FeatureMaterializer'));
    expect([...new Set(allowed.flatMap(({ actions }) => actions))].sort()).toEqual(['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:GetObject', 's3:ListBucket', 'ssm:GetParametersByPath']);
  });
});

describe('a dataset of Spark', () => {
  it('goes from its verification to the Spark job and back, and others to the function', () => {
    const [machine = ''] = machinesOf(synthesis);
    const { States } = JSON.parse(machine) as { States: Record<string, { Choices?: { StringEquals?: string; Next: string }[]; Default?: string; Next?: string; Resource?: string; Parameters?: unknown }> };
    expect(States['after verify']?.Choices?.[0]).toMatchObject({ StringEquals: 'done', Next: 'engine of the dataset' });
    expect(States['engine of the dataset']).toMatchObject({ Choices: [{ StringEquals: 'spark_accounts@v1', Next: 'ask Spark' }, { StringEquals: 'spark_orders@v1', Next: 'ask Spark' }], Default: 'quality gate' });
    expect(States['gate and table on Spark']).toMatchObject({ Resource: expect.stringMatching(/:states:::glue:startJobRun\.sync$/u) as string, Parameters: { JobName: 'headrace-production-lake-spark', Arguments: { '--request.$': '$.request' } }, Next: 'hear Spark' });
    expect(States['after hear Spark']?.Choices?.[0]).toMatchObject({ StringEquals: 'done', Next: 'commit' });
    expect(States['after hear Spark']?.Default).toBe('refuse');
  });

  it('has a job that may read raw and commit to tables, and nothing else', () => {
    expect(sparkJobs(synthesis)).toMatchObject([{ GlueVersion: '5.1', WorkerType: 'G.1X', NumberOfWorkers: 2, Command: { Name: 'glueetl', PythonVersion: '3' }, DefaultArguments: { '--datalake-formats': 'iceberg' } }]);
    const allowed = policyStatements(synthesis).filter(({ id, type, effect }) => type === 'AWS::IAM::Policy' && effect === 'Allow' && id.startsWith('SparkJob'));
    expect([...new Set(allowed.flatMap(({ actions }) => actions))].sort()).toEqual(['glue:GetTable', 'glue:UpdateTable', 'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']);
  });

  it('is the only reason for such a job, unless the environment asks for one', () => {
    expect(sparkJobs(synthesize())).toEqual([]);
    expect(sparkJobs(synthesize({ ...production, spark: { workers: 5, workerType: 'G.2X' } }))).toMatchObject([{ WorkerType: 'G.2X', NumberOfWorkers: 5 }]);
  });
});
