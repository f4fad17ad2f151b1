import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { schedulerExpression } from '../../core/dataset/schedule';
import { sha256 } from '../../core/manifest/hash';
import { versionedName, type Manifest, type ModelDefinition } from '../../core/manifest/manifest';
import type { Deployment } from './deployment';

/** Models that are trained anew by themselves. */
export const retrainedModels = ({ models }: Pick<Manifest, 'models'>): readonly ModelDefinition[] => Object.values(models).filter(({ training }) => training?.retrain !== undefined);

/** Characters of a schedule's name (EventBridge Scheduler API reference, CreateSchedule). */
const longestName = 64;

const scheduleName = ({ names }: Deployment, { name, version }: ModelDefinition): string => {
  const whole = names.function(`retrain-${name.replaceAll('_', '-')}-v${version}`);
  return whole.length <= longestName ? whole : `${whole.slice(0, longestName - 9)}-${sha256(whole).slice(0, 8)}`;
};

/** Starts trainings by the schedules of models, by a role that may do that and nothing else. None where no model has one. */
export const retrainings = (scope: Construct, deployment: Deployment, machine: StateMachine): void => {
  const models = retrainedModels(deployment.manifest);
  if (models.length === 0) return;
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': deployment.environment.account } } }),
    description: 'Starts trainings by the schedules of models',
  });
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }));
  for (const model of models) {
    if (model.training?.retrain === undefined) continue;
    const { expression, timeZone } = schedulerExpression(model.training.retrain);
    const schedule = new CfnSchedule(scope, `Retrain-${versionedName(model)}`, {
      name: scheduleName(deployment, model),
      description: `Trains the model ${versionedName(model)}`,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: machine.stateMachineArn, roleArn: role.roleArn,
        input: JSON.stringify({ model: versionedName(model), moment: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 },
      },
    });
    schedule.node.addDependency(role);
  }
};
