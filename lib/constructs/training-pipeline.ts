import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Choice, Condition, DefinitionBody, IntegrationPattern, JitterType, JsonPath, LogLevel, Pass, Result, StateMachine, StateMachineType, Succeed, TaskInput, Timeout, type IChainable, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { sparkModels } from '../../core/environment/spark';
import { trainingSetsPrefix } from '../../core/lake/feature-table';
import { grantListBatches, grantPut, grantRead, grantRegister, grantSparkWork, keyArnOf } from './access';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { failedExecutions, trainModel } from './metrics';
import { retried, tellingFailure } from './pipeline-step';
import { PlatformFunction } from './platform-function';
import { retrainedModels, retrainings } from './retraining';
import { runbookAlarm } from './runbook-alarm';
import { sparkLogPrefix, sparkTask, type SparkJob } from './spark-job';
import { TrainingJob, platformTrainerHash, trainersDirectory, trainingLogPrefix } from './training-job';

const builderFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const builder = new PlatformFunction(scope, 'TrainingSetBuilder', {
    deployment,
    name: 'training-set-builder',
    description: 'Builds training sets',
    // DuckDB works in half of it, and on disk; more memory is more of a processor, too.
    memoryMegabytes: deployment.environment.trainingSetMemoryMegabytes,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantRead(builder, 'raw');
  grantListBatches(builder);
  grantPut(builder, 'features', trainingSetsPrefix);
  if (sparkModels(deployment.manifest).length > 0) grantSparkWork(builder);
  builder.tell('ROWS_AT_ONCE', String(deployment.environment.trainingSetRowsAtOnce));
  return builder;
};

const registrarFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const registrar = new PlatformFunction(scope, 'ModelRegistrar', {
    deployment,
    name: 'model-registrar',
    description: 'Judges versions of models by their reports, registers and promotes them',
    // Holds a model file.
    memoryMegabytes: 1024,
    timeout: Duration.minutes(5),
  });
  grantRegister(registrar);
  registrar.tell('TRAINER_HASH', platformTrainerHash());
  return registrar;
};

/**
 * The two jobs. The one that runs a trainer may write neither where the other's reports are nor what the other is asked for,
 * which stands beside the trainer's files: no file grades itself, or says by whom and on what it is graded.
 */
const trainingJobs = (scope: Construct, deployment: Deployment): Readonly<Record<'train' | 'evaluate', TrainingJob>> => {
  const [features, models] = [deployment.names.bucket('features'), deployment.names.bucket('models')];
  const reads = [`${features}/training-sets/*`, `${models}/training/*`];
  return {
    train: new TrainingJob(scope, 'TrainJob', deployment, {
      name: 'train-model', description: 'Runs the trainers of models', script: 'training_job', reads, writes: ['model.onnx', 'metrics.json'].map((file) => `${models}/training/*/${file}`),
      files: { '--trainers': new Asset(scope, 'Trainers', { path: trainersDirectory(deployment) }) },
    }),
    evaluate: new TrainingJob(scope, 'EvaluateJob', deployment, {
      name: 'evaluate-model', description: 'Judges versions of models on the same rows', script: 'evaluation_job', reads: [...reads, `${models}/models/*`], writes: [`${models}/evaluations/*`], files: {},
    }),
  };
};

const jobTask = (scope: Construct, stateName: string, { name }: TrainingJob): GlueStartJobRun => {
  const task = new GlueStartJobRun(scope, `Step-${stateName}`, {
    stateName,
    glueJobName: name,
    integrationPattern: IntegrationPattern.RUN_JOB,
    arguments: TaskInput.fromObject({ '--request.$': '$.prepared.answer.request' }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.hours(5)),
  });
  // A trainer that has failed fails again, and costs again: only a Glue that is busy is asked once more.
  task.addRetry({ errors: ['Glue.ConcurrentRunsExceededException', 'Glue.ResourceNumberLimitExceededException'], interval: Duration.seconds(30), backoffRate: 2, maxAttempts: 6, jitterStrategy: JitterType.FULL });
  return task;
};

/** A step of a function; what it answers stands beside what was there. */
const functionTask = (scope: Construct, stateName: string, worker: PlatformFunction, payload: Readonly<Record<string, string>>, answer: string): LambdaInvoke =>
  retried(new LambdaInvoke(scope, `Step-${stateName.replaceAll(' ', '-')}`, {
    stateName,
    lambdaFunction: worker.function,
    integrationPattern: IntegrationPattern.REQUEST_RESPONSE,
    payload: TaskInput.fromObject(payload),
    resultSelector: { 'answer.$': '$.Payload' },
    resultPath: `$.${answer}`,
    retryOnServiceExceptions: false,
    taskTimeout: Timeout.duration(Duration.minutes(16)),
  }));

const order = { 'training.$': '$.training', 'model.$': '$.model', 'learn.$': '$.learn', 'judge.$': '$.judge', 'sample.$': '$.sample', 'attempt.$': '$.attempt' } as const;

interface TrainingWorkers { readonly spark: SparkJob | undefined; readonly builder: PlatformFunction; readonly writer: PlatformFunction; readonly registrar: PlatformFunction }

/** training set, by a function or on Spark → write table → prepare → train → evaluate → gate → register → promote. */
const definition = (scope: Construct, deployment: Deployment, { spark, builder, writer, registrar }: TrainingWorkers): IChainable => {
  const jobs = trainingJobs(scope, deployment);
  const tell = tellingFailure(scope, deployment, { subject: 'a model was not trained', what: 'training', runbook: 'training-failed', stateName: 'not trained', error: 'ModelNotTrained' });
  /** Where a step that has failed leads to: its name and its log are told with the fault. */
  const failed = (step: string, log: string): Pass => {
    const pass = new Pass(scope, `Failed-${step.replaceAll(' ', '-')}`, { stateName: `failed: ${step}`, result: Result.fromObject({ step, log }), resultPath: '$.failed' });
    pass.next(tell);
    return pass;
  };
  const caught = <Task extends TaskStateBase>(task: Task, failure: Pass): Task => {
    task.addCatch(failure, { errors: ['States.ALL'], resultPath: '$.failure' });
    return task;
  };
  const logOf = ({ name }: PlatformFunction): string => `/aws/lambda/${deployment.names.function(name)}`;
  const ofRegistrar = (step: 'prepare' | 'gate' | 'register' | 'promote', answer: string): LambdaInvoke =>
    caught(functionTask(scope, step, registrar, { step, 'by.$': '$$.Execution.Id', 'set.$': '$.set.answer', ...order, ...(step === 'prepare' ? {} : { 'modelVersion.$': '$.prepared.answer.modelVersion' }) }, answer), failed(step, logOf(registrar)));
  const ofJob = (step: 'train' | 'evaluate'): GlueStartJobRun => caught(jobTask(scope, step, jobs[step]), failed(step, `${trainingLogPrefix(deployment)}/${step}-model/error`));

  const notBuilt = failed('training set', logOf(builder));
  const ofBuilder = (stateName: string, step: 'build' | 'ask Spark' | 'hear Spark', answer: string): LambdaInvoke =>
    caught(functionTask(scope, stateName, builder, { step, 'execution.$': '$$.Execution.Name', ...order, ...(step === 'hear Spark' ? { 'asked.$': '$.asked.answer' } : {}) }, answer), notBuilt);
  const set = ofBuilder('training set', 'build', 'set');
  // Into its Iceberg table, too: what a version learned from stays open to queries by its tag.
  const table = caught(functionTask(scope, 'write table', writer, { 'model.$': '$.set.answer.committed.model', 'version.$': '$.set.answer.committed.version', 'table.$': '$.set.answer.committed.table', 'hash.$': '$.set.answer.trainingSetHash' }, 'table'), failed('write table', logOf(writer)));
  const [prepare, gate, register, promote] = [ofRegistrar('prepare', 'prepared'), ofRegistrar('gate', 'gate'), ofRegistrar('register', 'registered'), ofRegistrar('promote', 'promoted')];
  const [train, evaluate] = [ofJob('train'), ofJob('evaluate')];
  const built = new Choice(scope, 'After-training-set', { stateName: 'after training set' }).when(Condition.stringEquals('$.set.answer.outcome', 'done'), table).otherwise(notBuilt);
  set.next(built);
  table.next(prepare);
  // The same training is the same version, and is not done again; a killed execution may have left it unpromoted.
  prepare.next(new Choice(scope, 'After-prepare', { stateName: 'after prepare' }).when(Condition.stringEquals('$.prepared.answer.outcome', 'already'), promote).otherwise(train));
  train.next(evaluate);
  evaluate.next(gate);
  // A refusal is an answer, and not a failure: the report is kept, and the champion stays.
  gate.next(new Choice(scope, 'After-gate', { stateName: 'after gate' }).when(Condition.stringEquals('$.gate.answer.outcome', 'passed'), register).otherwise(new Succeed(scope, 'Refused', { stateName: 'refused by the gate' })));
  register.next(promote);
  promote.next(new Succeed(scope, 'Trained', { stateName: 'trained' }));
  /** A schedule says when it was due; which rows that means is worked out first. */
  const begun = (first: Choice | LambdaInvoke): IChainable => {
    if (retrainedModels(deployment.manifest).length === 0) return first;
    const ordered = caught(retried(new LambdaInvoke(scope, 'Step-order', {
      stateName: 'order', lambdaFunction: registrar.function, integrationPattern: IntegrationPattern.REQUEST_RESPONSE,
      payload: TaskInput.fromObject({ step: 'order', 'model.$': '$.model', 'moment.$': '$.moment', 'by.$': '$$.Execution.Id' }),
      outputPath: '$.Payload', retryOnServiceExceptions: false, taskTimeout: Timeout.duration(Duration.minutes(6)),
    })), failed('order', logOf(registrar)));
    ordered.next(first);
    return new Choice(scope, 'Scheduled', { stateName: 'by a schedule' }).when(Condition.isPresent('$.moment'), ordered).otherwise(first);
  };
  const models = sparkModels(deployment.manifest);
  if (spark === undefined || models.length === 0) return begun(set);
  const [ask, hear] = [ofBuilder('ask Spark', 'ask Spark', 'asked'), ofBuilder('hear Spark', 'hear Spark', 'set')];
  const rows = caught(sparkTask(scope, spark, 'rows on Spark', '$.asked.answer.request'), failed('rows on Spark', `${sparkLogPrefix(deployment)}/error`));
  ask.next(new Choice(scope, 'After-ask', { stateName: 'after ask Spark' }).when(Condition.stringEquals('$.asked.answer.outcome', 'done'), rows).otherwise(notBuilt));
  rows.next(hear);
  hear.next(built);
  const engine = new Choice(scope, 'Engine', { stateName: 'engine of the model' });
  for (const model of models) engine.when(Condition.stringEquals('$.model', model), ask);
  return begun(engine.otherwise(set));
};

/**
 * The state machine that trains a version of any model of the manifest. States pass references to rows, never rows.
 * A release without models has none.
 *
 * @param writer takes training sets into their tables
 * @param spark the job that works out those of models that ask for it
 */
export const trainingPipeline = (scope: Construct, deployment: Deployment, writer: PlatformFunction, spark: SparkJob | undefined): StateMachine | undefined => {
  const { environment, manifest, names } = deployment;
  if (Object.keys(manifest.models).length === 0) return undefined;
  const logs = new LogGroup(scope, 'PipelineLogs', { logGroupName: `/aws/vendedlogs/states/${names.stateMachine(trainModel)}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const [builder, registrar] = [builderFunction(scope, deployment), registrarFunction(scope, deployment)];
  const machine = new StateMachine(scope, 'TrainModel', {
    stateMachineName: names.stateMachine(trainModel),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(definition(scope, deployment, { spark, builder, writer, registrar })),
    comment: 'Trains a version of a model: training set, write table, prepare, train, evaluate, gate, register, promote',
    timeout: Duration.hours(12),
    tracingEnabled: true,
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  });
  machine.addToRolePolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [keyArnOf(scope, deployment)] }));
  retrainings(scope, deployment, machine);
  justify(machine, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray and the delivery of logs take no resource: AWS allows only * for them.');
  for (const worker of [builder, writer, registrar]) justify(machine, `AwsSolutions-IAM5[Resource::<${worker.logicalId}.Arn>:*]`, 'Any version of a function that the machine calls; Step Functions asks for both forms of its name.');
  runbookAlarm(scope, { deployment, name: 'training-failed', what: 'A model was not trained.', metric: failedExecutions(scope, deployment, trainModel, 'trainings that failed'), above: 0 });
  return machine;
};
