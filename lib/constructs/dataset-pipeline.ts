import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Choice, Condition, DefinitionBody, Fail, IntegrationPattern, LogLevel, StateMachine, StateMachineType, Succeed, TaskInput, Timeout, Wait, WaitTime, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { versionedName } from '../../core/manifest/manifest';
import { grantBatchRecords, grantPut, grantRead, grantSendLineage, keyArnOf } from './access';
import { grantCommitTables } from './access-tables';
import { datasetExtractors, type DatasetExtractor } from './dataset-extractor';
import { datasetScheduler, waitingDatasets } from './dataset-scheduler';
import type { Deployment } from './deployment';
import { datasetsOfViews, featureMaterializer } from './feature-materializer';
import { justify } from './justification';
import { failedExecutions, landDataset } from './metrics';
import { retried, tellingFailure } from './pipeline-step';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';
import { sparkDatasets } from '../../core/environment/spark';
import { sparkTask, type SparkJob } from './spark-job';

/** The steps of a batch, in their order; each is one invocation of a function. */
const steps = ['land', 'verify', 'quality gate', 'write table', 'commit'] as const;

/** Steps that only find out that a batch is refused: its record is changed by one function, which they do not belong to. */
const findsOut: ReadonlySet<string> = new Set(['quality gate', 'hear Spark']);

/** Steps of the function in Python. */
const ofTables: readonly string[] = ['quality gate', 'write table'];

const landerFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const lander = new PlatformFunction(scope, 'DatasetLander', {
    deployment,
    name: 'dataset-lander',
    description: 'Lands, verifies and commits batches of datasets',
    // A part of a batch is in memory, and every key; more memory is more of a processor, too.
    memoryMegabytes: 3008,
    timeout: Duration.minutes(14),
    // Its file is on disk.
    diskMegabytes: 4096,
  });
  grantRead(lander, 'landing');
  grantRead(lander, 'raw');
  grantPut(lander, 'raw');
  grantPut(lander, 'quarantine');
  grantBatchRecords(lander);
  return lander;
};

const committerFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const committer = new PlatformFunction(scope, 'DatasetCommitter', {
    deployment,
    name: 'dataset-committer',
    description: 'Checks batches of datasets, and puts them into their curated tables',
    language: 'python',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(10),
    diskMegabytes: 2048,
  });
  grantRead(committer, 'raw');
  grantCommitTables(committer, { makes: true });
  grantRead(committer, 'landing');
  grantSendLineage(committer);
  committer.tell('BATCH_RETENTION_DAYS', String(deployment.environment.batchRetentionDays));
  return committer;
};

/** Steps that are told why a batch was refused. */
const told: ReadonlySet<string> = new Set(['refuse', 'lineage of a refusal']);

const stepTask = (scope: Construct, worker: PlatformFunction, step: string): LambdaInvoke =>
  retried(new LambdaInvoke(scope, `Step-${step.replaceAll(' ', '-')}`, {
    stateName: step,
    lambdaFunction: worker.function,
    integrationPattern: IntegrationPattern.REQUEST_RESPONSE,
    payload: TaskInput.fromObject({ step: step.startsWith('lineage') ? 'lineage' : step, 'dataset.$': '$.dataset', 'batch.$': '$.batch', 'key.$': '$.key', 'checksum.$': '$.checksum', 'attempt.$': '$.attempt', ...(told.has(step) ? { 'refusal.$': '$.refusal' } : {}), ...(step.startsWith('lineage') ? { 'outcome.$': '$.outcome' } : {}), ...(step === 'wait' ? { 'began.$': '$$.Execution.StartTime' } : {}) }),
    outputPath: '$.Payload',
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(Duration.minutes(15)),
  }));

/** Datasets that wait for others ask every minute whether those are there; any other goes on at once. */
const waitForOthers = (scope: Construct, scheduler: PlatformFunction, { manifest }: Deployment, following: Choice, tell: IChainable): IChainable => {
  const waiting = waitingDatasets(manifest);
  if (waiting.length === 0) return following;
  const ask = stepTask(scope, scheduler, 'wait');
  ask.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
  ask.next(new Choice(scope, 'AfterWait', { stateName: 'after wait' })
    .when(Condition.stringEquals('$.outcome', 'done'), following)
    .when(Condition.stringEquals('$.outcome', 'waiting'), new Wait(scope, 'Minute', { stateName: 'a minute', time: WaitTime.duration(Duration.minutes(1)) }).next(ask))
    .otherwise(tell));
  const first = new Choice(scope, 'Waits', { stateName: 'waits for others' });
  for (const dataset of waiting) first.when(Condition.stringEquals('$.dataset', dataset), ask);
  return first.otherwise(following);
};

interface Workers { readonly lander: PlatformFunction; readonly committer: PlatformFunction; readonly extractors: readonly DatasetExtractor[]; readonly scheduler: PlatformFunction | undefined; readonly spark: SparkJob | undefined; readonly materializer: PlatformFunction | undefined }

/** Brings the rows of a committed batch online, where views are made from its dataset, as often as the function's time needs. */
const materialize = (scope: Construct, deployment: Deployment, materializer: PlatformFunction, tell: IChainable, following: LambdaInvoke): IChainable => {
  const task = retried(new LambdaInvoke(scope, 'Step-materialize', {
    stateName: 'materialize',
    lambdaFunction: materializer.function,
    integrationPattern: IntegrationPattern.REQUEST_RESPONSE,
    payload: TaskInput.fromObject({ 'dataset.$': '$.dataset' }),
    // How the batch itself has ended stays what it was.
    resultSelector: { 'outcome.$': '$.Payload.outcome' },
    resultPath: '$.materialized',
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(Duration.minutes(15)),
  }));
  task.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
  task.next(new Choice(scope, 'After-materialize', { stateName: 'after materialize' }).when(Condition.stringEquals('$.materialized.outcome', 'more'), task).otherwise(following));
  const choice = new Choice(scope, 'Features', { stateName: 'has features' });
  for (const dataset of datasetsOfViews(deployment)) choice.when(Condition.stringEquals('$.dataset', dataset), task);
  return choice.otherwise(following);
};

/** extract, of what comes from a database → land → verify → quality gate → write table → commit → materialize → lineage, each asked how it ended. */
const definition = (scope: Construct, deployment: Deployment, { lander, committer, extractors, scheduler, spark, materializer }: Workers): IChainable => {
  const tell = tellingFailure(scope, deployment, { subject: 'a batch was not landed', what: 'batch', runbook: 'pipeline-failed', stateName: 'not landed', error: 'BatchNotLanded' });
  const committed = new Succeed(scope, 'Committed', { stateName: 'committed' });
  const tasks = steps.map((step) => ({ step, task: stepTask(scope, ofTables.includes(step) ? committer : lander, step) }));
  // The gate only finds out: the record of a batch is changed by one function.
  const refuse = stepTask(scope, lander, 'refuse');
  const lineage = stepTask(scope, committer, 'lineage');
  const lineageOfRefusal = stepTask(scope, committer, 'lineage of a refusal');
  for (const task of [refuse, lineage, lineageOfRefusal]) task.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
  refuse.next(lineageOfRefusal);
  lineageOfRefusal.next(tell);
  lineage.next(committed);
  const afterCommit = materializer === undefined ? lineage : materialize(scope, deployment, materializer, tell, lineage);
  /** Asks how a step has ended, and goes on. */
  const follow = (step: string, task: LambdaInvoke, following: IChainable): void => {
    task.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
    task.next(new Choice(scope, `After-${step.replaceAll(' ', '-')}`, { stateName: `after ${step}` })
      .when(Condition.stringEquals('$.outcome', 'done'), following)
      // Another execution has finished the batch, and may have been killed before it brought features online or told where the batch came from.
      .when(Condition.stringEquals('$.outcome', 'committed'), afterCommit)
      // Another execution has it now: this one has nothing left to do.
      .when(Condition.stringEquals('$.outcome', 'superseded'), committed)
      .otherwise(findsOut.has(step) ? refuse : lineageOfRefusal));
  };
  /** Where a batch goes when it is verified: through the gate on the engine of its dataset. */
  const gateOf = (onDuckDB: IChainable, following: IChainable): IChainable => {
    if (spark === undefined) return onDuckDB;
    const [ask, hear, run] = [stepTask(scope, committer, 'ask Spark'), stepTask(scope, committer, 'hear Spark'), sparkTask(scope, spark, 'gate and table on Spark', '$.request')];
    follow('ask Spark', ask, run);
    run.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
    run.next(hear);
    follow('hear Spark', hear, following);
    const engine = new Choice(scope, 'Engine', { stateName: 'engine of the dataset' });
    for (const dataset of sparkDatasets(deployment.manifest)) engine.when(Condition.stringEquals('$.dataset', dataset), ask);
    return engine.otherwise(onDuckDB);
  };
  for (const [index, { step, task }] of tasks.entries()) {
    const next = tasks[index + 1]?.task ?? afterCommit;
    follow(step, task, step === 'verify' ? gateOf(next, tasks.at(-1)?.task ?? afterCommit) : next);
  }
  const [first] = tasks;
  if (first === undefined) throw new Error('the pipeline has no steps');
  const known = new Choice(scope, 'Known', { stateName: 'a dataset of this release' });
  const fromDatabases = extractors.flatMap(({ database, function: extractor, datasets }) => {
    const task = stepTask(scope, extractor, `extract from ${database}`);
    follow(`extract from ${database}`, task, first.task);
    return datasets.map((dataset) => ({ dataset, task }));
  });
  const datasets = Object.values(deployment.manifest.datasets).map(versionedName);
  for (const dataset of datasets) known.when(Condition.stringEquals('$.dataset', dataset), fromDatabases.find((each) => each.dataset === dataset)?.task ?? first.task);
  known.otherwise(new Fail(scope, 'Unknown', { stateName: 'unknown dataset', error: 'UnknownDataset', cause: `The datasets of this release are ${datasets.join(', ')}; deploy again if yours is new.` }));
  return scheduler === undefined ? known : waitForOthers(scope, scheduler, deployment, known, tell);
};

/**
 * The state machine that lands a batch of any dataset of the manifest. States pass references to rows, never rows.
 * A release without datasets has none.
 *
 * @param spark the job that checks and writes what is declared for Spark
 */
export const datasetPipeline = (scope: Construct, deployment: Deployment, spark: SparkJob | undefined): StateMachine | undefined => {
  const { environment, manifest, names } = deployment;
  if (Object.keys(manifest.datasets).length === 0) return undefined;
  const logs = new LogGroup(scope, 'PipelineLogs', { logGroupName: `/aws/vendedlogs/states/${names.stateMachine(landDataset)}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const [lander, committer] = [landerFunction(scope, deployment), committerFunction(scope, deployment)];
  const [extractors, scheduler] = [datasetExtractors(scope, deployment), datasetScheduler(scope, deployment)];
  const materializer = featureMaterializer(scope, deployment);
  const machine = new StateMachine(scope, 'LandDataset', {
    stateMachineName: names.stateMachine(landDataset),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(definition(scope, deployment, { lander, committer, extractors, scheduler, materializer, spark: sparkDatasets(manifest).length > 0 ? spark : undefined })),
    comment: 'Lands a batch of a dataset: land, verify, quality gate, write table, commit, materialize, lineage',
    // With the hours that it may wait for others.
    timeout: Duration.hours(10),
    tracingEnabled: true,
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  });
  machine.addToRolePolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [keyArnOf(scope, deployment)] }));
  justify(machine, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray and the delivery of logs take no resource: AWS allows only * for them.');
  for (const worker of [lander, committer, ...extractors.map((each) => each.function), ...(scheduler === undefined ? [] : [scheduler]), ...(materializer === undefined ? [] : [materializer])]) justify(machine, `AwsSolutions-IAM5[Resource::<${worker.logicalId}.Arn>:*]`, 'Any version of a function that the machine calls; Step Functions asks for both forms of its name.');
  runbookAlarm(scope, { deployment, name: 'pipeline-failed', what: 'A batch of a dataset was not landed.', metric: failedExecutions(scope, deployment, landDataset, 'batches not landed'), above: 0 });
  return machine;
};
