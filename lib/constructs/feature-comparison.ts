import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantListBatches, grantRead, grantScanState } from './access';
import type { Deployment } from './deployment';
import { foundOrFailed } from './metrics';
import { nightly } from './nightly';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** When it runs, UTC: the night of most. */
const hour = 3;

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
  grantListBatches(comparison);
  comparison.tell('STREAM_RETENTION_HOURS', String(deployment.environment.streamRetentionHours));
  // What raw does not reach yet is looked at again when the validator's batch is full in any case.
  comparison.tell('SETTLE_SECONDS', String(deployment.environment.validatorBatchingWindowSeconds + 60));
  nightly(comparison, hour);
  runbookAlarm(comparison, {
    deployment,
    name: 'state-differs',
    what: 'State items differ from what raw gives at their watermarks, or the comparison failed.',
    metric: foundOrFailed(deployment, comparison.name, ['StateDiffers'], 'differing items and failures'),
    above: 0,
  });
  return comparison;
};
