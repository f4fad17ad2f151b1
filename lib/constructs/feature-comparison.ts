import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { grantRead, grantScanState } from './access';
import type { Deployment } from './deployment';
import { platformMetric } from './metrics';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** When it runs, UTC: the night of most. */
const hour = 3;

/** Runs a function each night, by a role that may do that and nothing else. */
const nightly = (fn: PlatformFunction): void => {
  const { environment, names } = fn.deployment;
  const arn = Stack.of(fn).formatArn({ service: 'lambda', resource: 'function', resourceName: names.function(fn.name), arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const role = new Role(fn, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } }),
    description: `Invokes ${names.function(fn.name)} by schedule`,
  });
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [arn] }));
  const schedule = new CfnSchedule(fn, 'Nightly', {
    name: names.function(fn.name),
    description: `Runs ${names.function(fn.name)} each night`,
    scheduleExpression: `cron(0 ${hour} * * ? *)`,
    scheduleExpressionTimezone: 'UTC',
    flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 60 },
    target: { arn, roleArn: role.roleArn, input: '{}', retryPolicy: { maximumRetryAttempts: 1, maximumEventAgeInSeconds: 3600 } },
  });
  schedule.node.addDependency(fn.function, role);
};

/**
 * Compares the state of every view with what raw gives, each night. It costs what its minutes cost: some cents for a day of
 * a million events.
 */
export const featureComparison = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const comparison = new PlatformFunction(scope, 'FeatureComparison', {
    deployment,
    name: 'feature-comparison',
    description: 'Compares the state of feature views with what raw gives',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantScanState(comparison);
  grantRead(comparison, 'raw');
  comparison.tell('STREAM_RETENTION_HOURS', String(deployment.environment.streamRetentionHours));
  // What raw does not reach yet is looked at again when the validator's batch is full in any case.
  comparison.tell('SETTLE_SECONDS', String(deployment.environment.validatorBatchingWindowSeconds + 60));
  nightly(comparison);
  runbookAlarm(comparison, {
    deployment,
    name: 'state-differs',
    what: 'State items differ from what raw gives at their watermarks.',
    metric: platformMetric(deployment, 'StateDiffers'),
    above: 0,
  });
  return comparison;
};
