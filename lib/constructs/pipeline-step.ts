import { Duration } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Fail, JitterType, TaskInput, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import { SnsPublish } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { alarmTopicArnOf } from './access';
import type { Deployment } from './deployment';

/** Faults of Lambda itself, which pass. */
const passingFaults = ['Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException'];

/** Tries a step that a function does again. It throws only what may pass, S3 or DynamoDB being away; what a retry cannot mend it gives as an outcome. */
export const retried = <Task extends TaskStateBase>(task: Task): Task => {
  task.addRetry({ errors: passingFaults, interval: Duration.seconds(2), backoffRate: 2, maxAttempts: 6, jitterStrategy: JitterType.FULL });
  task.addRetry({ errors: ['States.TaskFailed', 'States.Timeout'], interval: Duration.seconds(5), backoffRate: 3, maxAttempts: 3, jitterStrategy: JitterType.FULL });
  return task;
};

/** How a failure of a state machine is told. */
export interface ToldFailure {
  readonly subject: string;
  /** What the state's input is called in the message. */
  readonly what: string;
  /** The section of docs/runbook.md. */
  readonly runbook: string;
  readonly stateName: string;
  readonly error: string;
}

/** Tells the alarm topic what failed and why, then fails. */
export const tellingFailure = (scope: Construct, deployment: Deployment, { subject, what, runbook, stateName, error }: ToldFailure): SnsPublish => {
  const tell = new SnsPublish(scope, 'Tell', {
    stateName: 'tell the alarm topic',
    topic: Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArnOf(scope, deployment)),
    subject: `Headrace ${deployment.environment.name}: ${subject}`,
    message: TaskInput.fromObject({ [`${what}.$`]: '$', runbook: `docs/runbook.md#${runbook}` }),
    resultPath: '$.told',
  });
  const failed = new Fail(scope, 'Failed', { stateName, error, causePath: 'States.JsonToString($)' });
  // Even an alarm topic that is away must not hide the failure.
  tell.addCatch(failed, { errors: ['States.ALL'], resultPath: '$.untold' });
  tell.next(failed);
  return tell;
};
