import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantListBatches, grantPut, grantRead } from './access';
import type { Deployment } from './deployment';
import { foundOrFailed } from './metrics';
import { nightly } from './nightly';
import { PlatformFunction } from './platform-function';
import { grantReadPseudonymKey } from './pseudonym-key';
import { runbookAlarm } from './runbook-alarm';

/** When it runs, UTC: after raw has all of the day before, and the comparison of state with raw. */
const hour = 4;

/**
 * Watches the logged predictions of each day: holds their features against what raw gives, joins them to what became of them,
 * and compares them with what was learned from. It costs what its minutes cost: some cents for a day of a
 * million events.
 */
export const modelMonitor = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const monitor = new PlatformFunction(scope, 'ModelMonitor', {
    deployment,
    name: 'model-monitor',
    description: 'Watches logged predictions: skew, outcomes and drift',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantRead(monitor, 'raw');
  grantRead(monitor, 'features');
  grantRead(monitor, 'models');
  grantPut(monitor, 'features', 'monitoring/');
  grantListBatches(monitor);
  grantReadPseudonymKey(monitor);
  monitor.tell('STREAM_RETENTION_HOURS', String(deployment.environment.streamRetentionHours));
  nightly(monitor, hour);
  runbookAlarm(monitor, {
    deployment,
    name: 'feature-skew',
    what: 'Predictions were made from feature values that raw does not give at their watermarks, or nobody could tell.',
    metric: foundOrFailed(deployment, monitor.name, ['FeatureValuesDiffer', 'ModelsUnwatched'], 'differing values, models of which none was compared, and failures'),
    above: 0,
  });
  return monitor;
};
