import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { sha256 } from '../../core/manifest/hash';
import type { Manifest } from '../../core/manifest/manifest';
import { keyArnOf } from './access';
import { bundleDirectory } from './bundle-directory';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { jobScript, trainingModules, trainingPackages } from './python-bundle';

/** The least that Glue takes, of 4 vCPU and 16 GB each. What the jobs do, the driver does: the second worker waits. */
const workers = 2;
const timeoutMinutes = 240;

/** Headrace's own trainer. */
const platformTrainer = (): string => jobScript('train');

/** SHA-256 (hex) of Headrace's own trainer. */
export const platformTrainerHash = (): string => sha256(readFileSync(platformTrainer()));

const directories = new Map<string, string>();

const directoryOf = (files: ReadonlyMap<string, string>): string => {
  const key = [...files].join('\n');
  const known = directories.get(key);
  if (known !== undefined) return known;
  const directory = bundleDirectory('trainers');
  for (const [hash, file] of files) copyFileSync(file, join(directory, `${hash}.py`));
  directories.set(key, directory);
  return directory;
};

/**
 * The trainers of an environment's models, each under the hash of its content, in a directory that becomes an archive.
 *
 * @throws Error when a file is not the one that was compiled
 */
export const trainersDirectory = ({ manifest, projectDirectory }: { readonly manifest: Pick<Manifest, 'models'>; readonly projectDirectory: string }): string => {
  const files = new Map([[platformTrainerHash(), platformTrainer()]]);
  for (const { file, contentHash } of Object.values(manifest.models).flatMap(({ training }) => training?.trainer ?? [])) {
    const source = resolve(projectDirectory, file);
    if (!existsSync(source) || sha256(readFileSync(source)) !== contentHash) throw new Error(`the trainer ${source} is not the one that was compiled; run npx headrace compile.`);
    files.set(contentHash, source);
  }
  return directoryOf(files);
};

/** Below which the jobs' log groups are. */
export const trainingLogPrefix = ({ names }: Pick<Deployment, 'names'>): string => `/aws-glue/${names.prefix}/training`;

export interface TrainingJobProps {
  readonly name: 'train-model' | 'evaluate-model';
  readonly description: string;
  /** Below glue-jobs/, without its ending. */
  readonly script: string;
  /** Objects that it may read and write, `bucket/prefix*`. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Files that it is given, by its arguments. */
  readonly files: Readonly<Record<string, Asset>>;
}

/**
 * A Glue job that runs a Python program on its driver: Glue's Python shell stops at Python 3.9, which the packages have left.
 * It costs nothing while nothing runs. Its script, and the module beside it, are those that run locally.
 */
export class TrainingJob extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, deployment: Deployment, { name, description, script: scriptName, reads, writes, files }: TrainingJobProps) {
    super(scope, id);
    const { environment, names } = deployment;
    this.name = names.function(name);
    const { partition } = Stack.of(this);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com'), description: `What ${this.name} may do` });
    const allow = (actions: readonly string[], resources: readonly string[], why?: string): void => {
      role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
      if (why !== undefined) for (const resource of resources) justify(role, `AwsSolutions-IAM5[Resource::${resource}]`, why);
    };
    const objects = (paths: readonly string[]): readonly string[] => paths.map((path) => `arn:${partition}:s3:::${path}`);
    const [script, modules] = [new Asset(this, 'Script', { path: jobScript(scriptName) }), new Asset(this, 'Modules', { path: trainingModules() })];
    allow(['s3:GetObject'], [script, modules, ...Object.values(files)].map(({ bucket, s3ObjectKey }) => `arn:${partition}:s3:::${bucket.bucketName}/${s3ObjectKey}`));
    allow(['s3:GetObject'], objects(reads), 'Reads rows and model files, whose names come from the data.');
    allow(['s3:PutObject'], objects(writes), 'Writes what an execution makes, which names it.');
    allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(this, deployment)]);
    const prefix = `${trainingLogPrefix(deployment)}/${name}`;
    const groups = ['error', 'output'].map((kind) => new LogGroup(this, `Logs-${kind}`, { logGroupName: `${prefix}/${kind}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }));
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], groups.map((group) => group.logGroupArn));
    const job = new CfnJob(this, 'Job', {
      name: this.name,
      description,
      role: role.roleArn,
      // Python 3.11.
      glueVersion: '5.1',
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      workerType: 'G.1X',
      numberOfWorkers: workers,
      timeout: timeoutMinutes,
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 20 },
      defaultArguments: {
        '--additional-python-modules': trainingPackages().join(','),
        // All of them are named: none is to be found out.
        '--python-modules-installer-option': '--no-deps',
        '--extra-py-files': modules.s3ObjectUrl, '--custom-logGroup-prefix': prefix, '--enable-metrics': 'false',
        ...Object.fromEntries(Object.entries(files).map(([argument, file]) => [argument, file.s3ObjectUrl])),
      },
    });
    job.node.addDependency(role);
    justify(job, 'AwsSolutions-GL1', 'CloudWatch encrypts these log groups as all of the platform\'s; no row of data is logged.');
    justify(job, 'AwsSolutions-GL3', 'The job has no bookmarks: it keeps no state, and what is done is what its request names.');
  }
}
