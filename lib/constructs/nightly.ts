import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { PlatformFunction } from './platform-function';

/**
 * Runs a function each night, by a role that may do that and nothing else.
 *
 * @param hour UTC, from which on it runs within the hour
 */
export const nightly = (fn: PlatformFunction, hour: number): void => {
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
