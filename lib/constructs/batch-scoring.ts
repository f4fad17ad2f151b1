import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Choice, Condition, DefinitionBody, IntegrationPattern, LogLevel, StateMachine, StateMachineType, Succeed, TaskInput, Timeout, Wait, WaitTime, type IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { scoringRowsPrefix, scoringWorkPrefix } from '../../core/scoring/request';
import { grantListBatches, grantPut, grantRead, grantSendLineage, keyArnOf } from './access';
import { grantCommitPredictions } from './access-tables';
import type { Deployment } from './deployment';
import { justify } from './justification';
import { batchScoring as machineName, failedExecutions } from './metrics';
import { retried, tellingFailure } from './pipeline-step';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

const scorerFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const scorer = new PlatformFunction(scope, 'BatchScorer', {
    deployment,
    name: 'batch-scorer',
    description: 'Takes requests for predictions of many rows in, and scores them',
    // DuckDB works in half of it, and on disk; more memory is more of a processor, too.
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantRead(scorer, 'raw');
  grantRead(scorer, 'models');
  grantRead(scorer, 'landing', scoringRowsPrefix);
  grantRead(scorer, 'features', scoringWorkPrefix);
  grantPut(scorer, 'features', scoringWorkPrefix);
  grantListBatches(scorer);
  return scorer;
};

const writerFunction = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const writer = new PlatformFunction(scope, 'PredictionWriter', {
    deployment,
    name: 'prediction-writer',
    description: 'Puts the predictions of a request into the table of its model',
    language: 'python',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantCommitPredictions(writer);
  grantRead(writer, 'features', scoringWorkPrefix);
  grantPut(writer, 'curated', 'lineage/');
  grantSendLineage(writer);
  // Lineage names where the rows came from; they are not read here.
  writer.tell('LANDING_BUCKET', deployment.names.bucket('landing'));
  return writer;
};

/** What states pass to each other: where things are, never rows. */
const references = Object.fromEntries(['batch', 'attempt', 'model', 'modelVersion', 'folder', 'table'].map((name) => [`${name}.$`, `$.${name}`]));

/** begin → wait until raw has what was known by then → score, as often as the function's time needs → write table. */
const definition = (scope: Construct, deployment: Deployment, scorer: PlatformFunction, writer: PlatformFunction): IChainable => {
  const tell = tellingFailure(scope, deployment, { subject: 'a request for predictions was not scored', what: 'request', runbook: 'scoring-failed', stateName: 'not scored', error: 'NotScored' });
  const step = (stateName: string, worker: PlatformFunction, payload: TaskInput): LambdaInvoke => {
    const task = retried(new LambdaInvoke(scope, `Step-${stateName.replaceAll(' ', '-')}`, {
      stateName, lambdaFunction: worker.function, integrationPattern: IntegrationPattern.REQUEST_RESPONSE, payload, outputPath: '$.Payload', retryOnServiceExceptions: false, taskTimeout: Timeout.duration(Duration.minutes(16)),
    }));
    task.addCatch(tell, { errors: ['States.ALL'], resultPath: '$.failure' });
    return task;
  };
  const after = (stateName: string): Choice => new Choice(scope, `After-${stateName.replaceAll(' ', '-')}`, { stateName: `after ${stateName}` });
  const begin = step('begin', scorer, TaskInput.fromObject({ step: 'begin', 'given.$': '$' }));
  const score = step('score', scorer, TaskInput.fromObject({ step: 'score', ...references }));
  const write = step('write table', writer, TaskInput.fromObject(references));
  // What arrived before the start is in raw when a batch of the validator has filled, and was written.
  const settle = new Wait(scope, 'Settle', { stateName: 'let raw take what has arrived', time: WaitTime.duration(Duration.seconds(Math.max(1, 2 * deployment.environment.validatorBatchingWindowSeconds))) });
  begin.next(after('begin').when(Condition.stringEquals('$.outcome', 'done'), settle.next(score)).otherwise(tell));
  score.next(after('score').when(Condition.stringEquals('$.outcome', 'more'), score).when(Condition.stringEquals('$.outcome', 'done'), write).otherwise(tell));
  write.next(new Succeed(scope, 'Scored', { stateName: 'scored' }));
  return begin;
};

/**
 * The state machine that predicts many rows: `{"batch": "…", "model": "…", "rows": "scoring-rows/…", "attempt": 1}`. A
 * release without models has none.
 */
export const batchScoring = (scope: Construct, deployment: Deployment): StateMachine | undefined => {
  const { environment, manifest, names } = deployment;
  if (Object.keys(manifest.models).length === 0) return undefined;
  const [scorer, writer] = [scorerFunction(scope, deployment), writerFunction(scope, deployment)];
  const logs = new LogGroup(scope, 'ScoringLogs', { logGroupName: `/aws/vendedlogs/states/${names.stateMachine(machineName)}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  const machine = new StateMachine(scope, 'BatchScoring', {
    stateMachineName: names.stateMachine(machineName),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(definition(scope, deployment, scorer, writer)),
    comment: 'Predicts many rows: begin, score, write table',
    timeout: Duration.days(1),
    tracingEnabled: true,
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  });
  machine.addToRolePolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [keyArnOf(scope, deployment)] }));
  justify(machine, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray and the delivery of logs take no resource: AWS allows only * for them.');
  for (const worker of [scorer, writer]) justify(machine, `AwsSolutions-IAM5[Resource::<${worker.logicalId}.Arn>:*]`, 'Any version of a function that the machine calls; Step Functions asks for both forms of its name.');
  runbookAlarm(scope, { deployment, name: 'scoring-failed', what: 'A request for predictions of many rows was not scored.', metric: failedExecutions(scope, deployment, machineName, 'requests not scored'), above: 0 });
  return machine;
};
