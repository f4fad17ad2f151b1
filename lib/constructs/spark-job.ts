import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { IntegrationPattern, JitterType, JsonPath, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { sparkWorkRoot } from '../../core/lake/spark-work';
import { keyArnOf } from './access';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { jobScript, sparkModules } from './python-bundle';

/** One for the driver, one for the work: the least that Glue takes. */
const leastWorkers = 2;
const timeoutMinutes = 120;

/** Where the job writes what it says. */
export const sparkLogPrefix = ({ names }: Pick<Deployment, 'names'>): string => `/aws-glue/${names.prefix}`;

/**
 * A state that runs the Spark job for what the step before it has written down; its answer stands beside that.
 *
 * @param request path of the request's URI in the state's input
 */
export const sparkTask = (scope: Construct, { name }: Pick<SparkJob, 'name'>, stateName: string, request: string): GlueStartJobRun => {
  const task = new GlueStartJobRun(scope, 'Step-Spark', {
    stateName,
    glueJobName: name,
    integrationPattern: IntegrationPattern.RUN_JOB,
    arguments: TaskInput.fromObject({ '--request.$': request }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.hours(3)),
  });
  task.addRetry({ errors: ['Glue.ConcurrentRunsExceededException', 'Glue.ResourceNumberLimitExceededException'], interval: Duration.seconds(30), backoffRate: 2, maxAttempts: 6, jitterStrategy: JitterType.FULL });
  task.addRetry({ errors: ['States.TaskFailed', 'States.Timeout'], interval: Duration.seconds(10), backoffRate: 3, maxAttempts: 2, jitterStrategy: JitterType.FULL });
  return task;
};

/**
 * The Glue job that does on Spark what is too large for a function: checks and commits batches, and works out training sets. It costs nothing while nothing runs. Its
 * script, and the module beside it, are those that run locally.
 */
export class SparkJob extends Construct {
  readonly name: string;

  constructor(scope: Construct, deployment: Deployment) {
    super(scope, 'SparkJob');
    const { environment, names } = deployment;
    this.name = names.function('lake-spark');
    const role = this.roleOf(deployment);
    const allow = (actions: readonly string[], resources: readonly string[]): void => { role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] })); };
    const [script, modules] = [new Asset(this, 'Script', { path: jobScript('spark_job') }), new Asset(this, 'Modules', { path: sparkModules() })];
    const objects = [script, modules].map(({ bucket, s3ObjectKey }) => `arn:${Stack.of(this).partition}:s3:::${bucket.bucketName}/${s3ObjectKey}`);
    allow(['s3:GetObject'], objects);
    const prefix = sparkLogPrefix(deployment);
    const groups = ['error', 'output'].map((kind) => new LogGroup(this, `Logs-${kind}`, { logGroupName: `${prefix}/${kind}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }));
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], groups.map((group) => group.logGroupArn));
    const job = new CfnJob(this, 'Job', {
      name: this.name,
      description: 'Checks and commits batches and works out training sets on Spark',
      role: role.roleArn,
      // Spark 3.5.6, Iceberg 1.10.0, Python 3.11.
      glueVersion: '5.1',
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      workerType: environment.spark?.workerType ?? 'G.1X',
      numberOfWorkers: environment.spark?.workers ?? leastWorkers,
      timeout: timeoutMinutes,
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: 20 },
      defaultArguments: { '--datalake-formats': 'iceberg', '--extra-py-files': modules.s3ObjectUrl, '--custom-logGroup-prefix': prefix, '--enable-metrics': 'false' },
    });
    job.node.addDependency(role);
    justify(job, 'AwsSolutions-GL1', 'CloudWatch encrypts these log groups as all of the platform\'s; no row of data is logged.');
    justify(job, 'AwsSolutions-GL3', 'The job has no bookmarks: it keeps no state, and what is done is what its request names.');
  }

  /** What the job may do: read raw, commit to the tables of datasets and events, write rows of training sets, and read and answer requests. */
  private roleOf(deployment: Deployment): Role {
    const { names } = deployment;
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com'), description: `What ${this.name} may do` });
    const allow = (actions: readonly string[], resources: readonly string[], why?: string): void => {
      role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }));
      if (why !== undefined) for (const resource of resources.filter((each) => each.endsWith('*'))) justify(role, `AwsSolutions-IAM5[Resource::${resource}]`, why);
    };
    const bucket = (name: 'raw' | 'curated' | 'features'): string => `arn:${stack.partition}:s3:::${names.bucket(name)}`;
    const glue = (resource: string, resourceName?: string): string => stack.formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
    allow(['glue:GetTable', 'glue:UpdateTable'], [glue('catalog'), glue('database', names.database), glue('table', `${names.database}/*`)], 'Commits to the table of whatever dataset or event type a request names.');
    allow(['s3:GetObject'], [`${bucket('raw')}/raw/*`], 'Reads objects of raw, whose names come from the data.');
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [`${bucket('curated')}/*`], 'Iceberg names the files of its tables itself.');
    allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [`${bucket('features')}/${sparkWorkRoot}*`], 'Writes rows of training sets, in files that Spark names, reads what is asked for, and deletes the markers of directories above.');
    allow(['s3:ListBucket'], [bucket('raw'), bucket('curated'), bucket('features')]);
    allow(['kms:GenerateDataKey', 'kms:Decrypt'], [keyArnOf(this, deployment)]);
    return role;
  }
}
