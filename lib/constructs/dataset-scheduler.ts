import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { isFileDataset } from '../../core/dataset/batch';
import { dependenciesOf } from '../../core/dataset/dependencies';
import { schedulerExpression } from '../../core/dataset/schedule';
import { versionedName, type DatasetDefinition, type Manifest } from '../../core/manifest/manifest';
import { grantListBatches, grantRead, justifyObjects } from './access';
import type { Deployment } from './deployment';
import { landDataset } from './metrics';
import { PlatformFunction } from './platform-function';
import { ticksWhereClocksChange } from './schedule-ticks';

/** Datasets that wait for others. */
export const waitingDatasets = (manifest: Pick<Manifest, 'datasets'>): readonly string[] => Object.values(manifest.datasets).filter((dataset) => dependenciesOf(dataset, manifest).length > 0).map(versionedName);

const scheduleOf = (scheduler: PlatformFunction, role: Role, dataset: DatasetDefinition): void => {
  if (dataset.schedule === undefined) return;
  const { names } = scheduler.deployment;
  const ticks = ticksWhereClocksChange(dataset.schedule);
  const { expression, timeZone } = ticks === undefined ? schedulerExpression(dataset.schedule) : { expression: ticks, timeZone: 'UTC' };
  const arn = Stack.of(scheduler).formatArn({ service: 'lambda', resource: 'function', resourceName: names.function(scheduler.name), arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const schedule = new CfnSchedule(scheduler, `Schedule-${versionedName(dataset)}`, {
    name: names.function(`dataset-${dataset.name.replaceAll('_', '-')}-v${dataset.version}`),
    description: `Runs the dataset ${versionedName(dataset)}`,
    scheduleExpression: expression,
    scheduleExpressionTimezone: timeZone,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn, roleArn: role.roleArn,
      input: JSON.stringify({ dataset: versionedName(dataset), moment: '<aws.scheduler.scheduled-time>', ...(ticks === undefined ? {} : { unless: 'not due' }) }),
      // A tick that could not be taken is made good by the next.
      retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 3600 },
    },
  });
  schedule.node.addDependency(scheduler.function, role);
};

/**
 * The function that starts datasets by their schedules, and that a batch asks whether what it waits for is there; with the
 * schedules, unless Airflow has them. None where no dataset has a schedule or waits for another.
 */
export const datasetScheduler = (scope: Construct, deployment: Deployment): PlatformFunction | undefined => {
  const { environment, manifest, names } = deployment;
  const datasets = Object.values(manifest.datasets);
  const byAirflow = environment.orchestration.kind === 'airflow';
  const scheduled = byAirflow ? [] : datasets.filter(({ schedule }) => schedule !== undefined);
  // Airflow starts batches of moments by itself, and asks this function which files are new.
  if (scheduled.length === 0 && waitingDatasets(manifest).length === 0 && !(byAirflow && datasets.some(isFileDataset))) return undefined;
  const scheduler = new PlatformFunction(scope, 'DatasetScheduler', {
    deployment,
    name: 'dataset-scheduler',
    description: 'Starts datasets by their schedules, and says what they wait for',
    memoryMegabytes: 512,
    timeout: Duration.minutes(5),
  });
  grantListBatches(scheduler);
  grantRead(scheduler, 'landing');
  // By its name: the machine names this function, too.
  const machine = Stack.of(scope).formatArn({ service: 'states', resource: 'stateMachine', resourceName: names.stateMachine(landDataset), arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  scheduler.allow(['states:StartExecution'], [machine]);
  const executions = `${machine.replace(':stateMachine:', ':execution:')}:*`;
  scheduler.allow(['states:DescribeExecution'], [executions]);
  justifyObjects(scheduler, executions, 'Executions are named after batches.');
  scheduler.tell('STATE_MACHINE', machine);
  if (scheduled.length > 0) {
    const role = new Role(scheduler, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': environment.account } } }),
      description: `Invokes ${names.function(scheduler.name)} by the schedules of datasets`,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [Stack.of(scope).formatArn({ service: 'lambda', resource: 'function', resourceName: names.function(scheduler.name), arnFormat: ArnFormat.COLON_RESOURCE_NAME })] }));
    for (const dataset of scheduled) scheduleOf(scheduler, role, dataset);
  }
  return scheduler;
};
