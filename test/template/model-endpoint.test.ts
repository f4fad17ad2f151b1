import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AwsSolutionsChecks } from 'cdk-nag';
import { endpointPrefix } from '../../core/model/endpoint';
import { endpointProgramArchive } from '../../lib/constructs/python-bundle';
import * as flights from '../../examples/flights/definitions';
import { manifestOf } from '../fixtures/contracts';
import { readElf } from './elf';
import { beyondAmazonLinux } from './glibc';
import { policyStatements } from './policy';
import { production, resourcesOf, synthesize } from './synthesis';

const manifest = manifestOf({ ...flights, lateArrival: { ...flights.lateArrival, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 2048, maxConcurrency: 5 } } } });
// Without packages: they are brought where the program itself is looked at.
const synthesis = synthesize({ ...production, pythonPackages: 'installed' }, manifest);
const allowed = policyStatements(synthesis).filter(({ effect }) => effect === 'Allow');
const begins = endpointPrefix('headrace-production', { name: 'late_arrival', version: 1 });
const actionsOf = (type: string, id: RegExp): readonly string[] => [...new Set(allowed.filter((each) => each.type === type && id.test(each.id)).flatMap(({ actions }) => actions))].sort();

describe('an environment with a model behind an endpoint', () => {
  it('has no finding of cdk-nag that is not justified', () => {
    const { violations } = new AwsSolutionsChecks(synthesis.app, { verbose: true }).validateScope(synthesis.app);
    expect(violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`))).toEqual([]);
  });

  it('has no finding of cfn-lint', async () => {
    const own = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'cfn-lint');
    const file = synthesis.templateFiles.find((each) => each.includes('serving')) ?? '';
    const { stdout } = await promisify(execFile)(existsSync(own) ? own : 'cfn-lint', ['--format', 'parseable', '--ignore-checks', 'W3005', '--regions', 'eu-central-1', '--', file]).catch((error: { stdout?: string; message: string }) => ({ stdout: error.stdout || error.message }));
    expect(stdout).toBe('');
  }, 120_000);

  it('tells a promotion the image of the region, the role and the program', () => {
    const [settings] = resourcesOf(synthesis, 'AWS::SSM::Parameter').filter(({ resource }) => resource.Properties['Name'] === '/headrace/production/model-endpoints');
    expect(JSON.stringify(settings?.resource.Properties['Value'])).toContain('492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-py312-cpu-py3');
  });

  it('lets the prediction API ask the endpoints of that model, and no other', () => {
    const asks = allowed.filter(({ actions }) => actions.includes('sagemaker:InvokeEndpoint'));
    expect(asks.map(({ id }) => id)).toEqual([expect.stringMatching(/^PredictionApi/u)]);
    expect(JSON.stringify(asks[0]?.resources)).toContain(`:sagemaker:eu-central-1:111122223333:endpoint/${begins}*`);
  });

  it('lets an endpoint pull the image, read the archives of its model, and log', () => {
    expect(actionsOf('AWS::IAM::Policy', /^ModelEndpointsRole/u)).toEqual(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer', 'kms:Decrypt',
      'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents', 's3:GetObject']);
    const [reads] = allowed.filter(({ id, actions }) => id.startsWith('ModelEndpointsRole') && actions.includes('s3:GetObject'));
    expect(JSON.stringify(reads?.resources)).toMatch(/headrace-production-models-111122223333-eu-central-1\/models\/late_arrival\/v1\/\*\/endpoint\/\*/u);
    const [assumed] = resourcesOf(synthesis, 'AWS::IAM::Role').filter(({ id }) => id.startsWith('ModelEndpointsRole'));
    expect(JSON.stringify(assumed?.resource.Properties['AssumeRolePolicyDocument'])).toContain('"aws:SourceAccount":"111122223333"');
  });

  it('has a policy for who promotes, which makes endpoints of that model alone and passes no other role', () => {
    expect(actionsOf('AWS::IAM::ManagedPolicy', /^ModelEndpointsPromoters/u)).toEqual(['iam:PassRole', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:ListBucket', 's3:PutObject', 'sagemaker:CreateEndpoint', 'sagemaker:CreateEndpointConfig',
      'sagemaker:CreateModel', 'sagemaker:DeleteEndpoint', 'sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel', 'sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:ListEndpoints', 'sagemaker:UpdateEndpoint', 'ssm:GetParameter']);
    const makes = allowed.filter(({ type, actions }) => type === 'AWS::IAM::ManagedPolicy' && actions.some((action) => action.startsWith('sagemaker:') && action !== 'sagemaker:ListEndpoints'));
    for (const resource of makes.flatMap(({ resources }) => resources)) expect(JSON.stringify(resource)).toContain(`/${begins}*`);
    expect(allowed.find(({ actions }) => actions.includes('iam:PassRole'))).toMatchObject({ resources: [{ 'Fn::GetAtt': [expect.stringMatching(/^ModelEndpointsRole/u), 'Arn'] }], condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } });
  });

  it('is refused where AWS has no image for it', () => {
    expect(() => synthesize({ ...production, region: 'mx-central-1', pythonPackages: 'installed' }, manifest)).toThrow(/late_arrival@v1: AWS has no image for SageMaker endpoints in mx-central-1; there is one in .*eu-central-1/u);
  });
});

describe('the program behind an endpoint', () => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-program-'));
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('has beside it what the image lacks: native libraries for its machine, which its Ubuntu 24.04 can load', () => {
    execFileSync('tar', ['-xzf', endpointProgramArchive({ pythonPackages: 'layer' }), '-C', directory]);
    const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.map((file) => file.slice(directory.length + 1)).filter((file) => file.startsWith('code/')).sort()).toEqual(['code/build_backend.py', 'code/inference.py', 'code/pyproject.toml']);
    const binaries = files.flatMap((file) => {
      const elf = readElf(readFileSync(file));
      return elf === undefined ? [] : [{ file, elf }];
    });
    expect(binaries.map(({ file }) => file.split('/').at(-1))).toContain('onnxruntime_pybind11_state.cpython-312-x86_64-linux-gnu.so');
    // Amazon Linux 2023 is older than Ubuntu 24.04.
    for (const { file, elf } of binaries) expect([file, elf.machine, beyondAmazonLinux(elf)]).toEqual([file, 0x3e, []]);
    // SageMaker unpacks it onto a disk of some gigabytes; a serverless endpoint has 5 GB.
    expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(100 * 1024 * 1024);
  }, 240_000);

  it('is installed by pip without an index, as the image does it', () => {
    const python = join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'python');
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-index', '--target', join(directory, 'installed'), join(__dirname, '..', '..', 'glue-jobs', 'model_endpoint')], { env: { ...process.env, TMPDIR: directory, PYTHONDONTWRITEBYTECODE: '1' } });
    expect(readFileSync(join(directory, 'installed', 'inference.py'))).toEqual(readFileSync(join(__dirname, '..', '..', 'glue-jobs', 'model_endpoint', 'inference.py')));
  }, 60_000);
});
