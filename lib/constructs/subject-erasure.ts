import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Choice, Condition, DefinitionBody, IntegrationPattern, JsonPath, LogLevel, Map as MapState, Pass, StateMachine, StateMachineType, Succeed, TaskInput, Timeout, Wait, WaitTime, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { nothingFound } from '../../core/erasure/finding';
import { grantErase, grantErasures, grantEraseState, grantScanBatches, grantTombstones, keyArnOf } from './access';
import { grantCommitTables, grantListTables, grantPredictionFiles, grantTrainingSetFiles } from './access-tables';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { eraseSubject, failedExecutions } from './metrics';
import { grantWritePseudonyms } from './pseudonym-key';
import { retried, tellingFailure } from './pipeline-step';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** Stores that are looked into at once: both functions read as fast as they can. */
const storesAtOnce = 3;

const subjectEraser = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const eraser = new PlatformFunction(scope, 'SubjectEraser', {
    deployment,
    name: 'subject-eraser',
    description: 'Finds a person in records and state items, and erases them',
    memoryMegabytes: 1769,
    timeout: Duration.minutes(15),
  });
  grantErase(eraser, 'raw', { prefix: 'raw/', writes: true });
  grantErase(eraser, 'quarantine', { writes: true });
  grantErase(eraser, 'failures', { writes: true });
  grantErasures(eraser);
  grantEraseState(eraser);
  grantWritePseudonyms(eraser);
  grantTombstones(eraser);
  eraser.tell('STREAM_RETENTION_HOURS', String(deployment.environment.streamRetentionHours));
  eraser.tell('STATE_IS_RECOVERABLE', String(!deployment.environment.ephemeral));
  return eraser;
};

const lakeEraser = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const eraser = new PlatformFunction(scope, 'LakeEraser', {
    deployment,
    name: 'lake-eraser',
    description: 'Finds a person in curated tables, training sets and landed files, and erases them',
    language: 'python',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantCommitTables(eraser);
  grantListTables(eraser);
  grantPredictionFiles(eraser);
  grantTrainingSetFiles(eraser);
  grantErase(eraser, 'curated');
  grantErase(eraser, 'landing');
  grantErase(eraser, 'features');
  grantScanBatches(eraser);
  eraser.tell('SETTLE_SECONDS', String(deployment.environment.erasureSettleSeconds));
  return eraser;
};

const invoke = (scope: Construct, id: string, stateName: string, worker: PlatformFunction, payload: TaskInput, output: { readonly outputPath: string } | { readonly resultPath: string }): LambdaInvoke =>
  retried(new LambdaInvoke(scope, id, {
    stateName, lambdaFunction: worker.function, integrationPattern: IntegrationPattern.REQUEST_RESPONSE, payload, ...output,
    retryOnServiceExceptions: false, taskTimeout: Timeout.duration(Duration.minutes(16)),
  }));

/** Looks into each store until it is done: a function answers with where it goes on. */
const everyStore = (scope: Construct, { name, erases, resultPath }: { readonly name: string; readonly erases: boolean; readonly resultPath: string }, workers: readonly PlatformFunction[]): MapState => {
  const map = new MapState(scope, `Map-${name}`, {
    stateName: `${name} every store`,
    itemsPath: '$.stores',
    itemSelector: { 'erasure.$': '$.erasure', 'startedAt.$': '$.startedAt', 'store.$': '$$.Map.Item.Value.store', 'worker.$': '$$.Map.Item.Value.worker', erases, found: nothingFound, isDone: false },
    maxConcurrency: storesAtOnce,
    resultPath,
  });
  const choice = new Choice(scope, `Worker-${name}`, { stateName: `${name}: who looks` });
  const done = new Pass(scope, `Done-${name}`, { stateName: `${name}: done` });
  for (const worker of workers) {
    const task = invoke(scope, `Look-${name}-${worker.name}`, `${name}: ${worker.name}`, worker, TaskInput.fromJsonPathAt('$'), { outputPath: '$.Payload' });
    task.next(new Choice(scope, `After-${name}-${worker.name}`, { stateName: `${name}: after ${worker.name}` }).when(Condition.booleanEquals('$.isDone', true), done).otherwise(task));
    choice.when(Condition.stringEquals('$.worker', worker.name), task);
  }
  map.itemProcessor(choice);
  return map;
};

/** begin → settle → erase every store → settle → search every store → judge, until a search finds nothing; a search alone, where nothing is to be erased. */
const definition = (scope: Construct, deployment: Deployment, eraser: PlatformFunction, lake: PlatformFunction): IChainable => {
  const tell = tellingFailure(scope, deployment, { subject: 'a person was not erased', what: 'erasure', runbook: 'erasure-failed', stateName: 'not erased', error: 'NotErased' });
  const settle = (id: string, stateName: string): Wait => new Wait(scope, id, { stateName, time: WaitTime.duration(Duration.seconds(deployment.environment.erasureSettleSeconds)) });
  const round = (id: string, stateName: string, more: Readonly<Record<string, unknown>> = {}): Pass => new Pass(scope, id, { stateName, parameters: { 'erasure.$': '$.erasure', 'erases.$': '$.erases', 'erasedAt.$': '$.erasedAt', 'stores.$': '$.stores', 'startedAt.$': '$$.State.EnteredTime', ...more } });

  const begin = invoke(scope, 'Begin', 'begin', eraser, TaskInput.fromObject({ step: 'begin', 'given.$': '$', 'began.$': '$$.Execution.StartTime' }), { outputPath: '$.Payload' });
  const [erase, search] = [everyStore(scope, { name: 'erase', erases: true, resultPath: '$.erased' }, [eraser, lake]), everyStore(scope, { name: 'search', erases: false, resultPath: '$.searched' }, [eraser, lake])];
  const judged = { step: 'judge', ...Object.fromEntries(['erasure', 'erases', 'erasedAt', 'startedAt', 'erased', 'searched'].map((name) => [`${name}.$`, `$.${name}`])) };
  const judge = invoke(scope, 'Judge', 'judge', eraser, TaskInput.fromObject(judged), { resultPath: '$.judged' });
  for (const task of [begin, erase, search, judge]) task.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });

  const erasing = round('Round', 'begin a round');
  erasing.next(erase).next(settle('Settle', 'let commits under way end')).next(search).next(judge);
  judge.next(new Choice(scope, 'AfterJudge', { stateName: 'after judge' })
    .when(Condition.stringEquals('$.judged.Payload.outcome', 'again'), erasing)
    .when(Condition.stringEquals('$.judged.Payload.outcome', 'incomplete'), tell)
    .otherwise(new Succeed(scope, 'Told', { stateName: 'receipt written' })));
  begin.next(new Choice(scope, 'Erases', { stateName: 'erases or only searches' })
    .when(Condition.booleanEquals('$.erases', true), settle('SettleFirst', 'let everybody know').next(erasing))
    .otherwise(round('SearchAlone', 'search alone', { erased: JsonPath.array() }).next(search)));
  return begin;
};

/** The state machine that erases a person from everything, `{"erasure": "…"}`; whose data it is stands in the request, and in no execution. */
export const subjectErasure = (scope: Construct, deployment: Deployment): StateMachine => {
  const { environment, names } = deployment;
  const [eraser, lake] = [subjectEraser(scope, deployment), lakeEraser(scope, deployment)];
  const logs = new LogGroup(scope, 'ErasureLogs', { logGroupName: `/aws/vendedlogs/states/${names.stateMachine(eraseSubject)}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const machine = new StateMachine(scope, 'EraseSubject', {
    stateMachineName: names.stateMachine(eraseSubject),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(definition(scope, deployment, eraser, lake)),
    comment: 'Erases a person: tombstone, erase every store, search every store, receipt',
    timeout: Duration.days(3),
    tracingEnabled: true,
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  });
  machine.addToRolePolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [keyArnOf(scope, deployment)] }));
  justify(machine, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray and the delivery of logs take no resource: AWS allows only * for them.');
  for (const worker of [eraser, lake]) justify(machine, `AwsSolutions-IAM5[Resource::<${worker.logicalId}.Arn>:*]`, 'Any version of a function that the machine calls; Step Functions asks for both forms of its name.');
  runbookAlarm(scope, { deployment, name: 'erasure-failed', what: 'A person was not erased from everything.', metric: failedExecutions(scope, deployment, eraseSubject, 'erasures that failed'), above: 0 });
  return machine;
};
