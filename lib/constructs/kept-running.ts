import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct, IDependable } from 'constructs';
import type { Deployment } from './deployment';

/**
 * Keeps a Glue job running: a schedule starts it each minute, which Glue refuses while it runs, as it runs once at a time. So a
 * run that has failed, or has ended for a new version, is followed within a minute.
 *
 * @param after what a run needs
 */
export const keptRunning = (scope: Construct, { environment }: Deployment, jobName: string, after: IDependable): void => {
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } }),
    description: `Starts ${jobName} whenever it does not run`,
  });
  role.addToPolicy(new PolicyStatement({ actions: ['glue:StartJobRun'], resources: [Stack.of(scope).formatArn({ service: 'glue', resource: 'job', resourceName: jobName })] }));
  const schedule = new CfnSchedule(scope, 'KeptRunning', {
    name: jobName,
    description: `Starts ${jobName} whenever it does not run`,
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: `arn:${Stack.of(scope).partition}:scheduler:::aws-sdk:glue:startJobRun`, roleArn: role.roleArn, input: JSON.stringify({ JobName: jobName }),
      // The next minute is the retry.
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    },
  });
  schedule.node.addDependency(role, after);
};
