import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantContracts, grantFoldState, grantPut } from './access';
import type { Deployment } from './deployment';
import { flinkApplicationName, hasFlink } from './flink-application';
import { behindFeatures, platformMetric, throttledStateWrites } from './metrics';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';
import { consumeEvents, readsEvents } from './stream-consumer';

/** The aggregator's code as a function: which generations it folds into depends on what it is. */
const folder = (scope: Construct, id: string, deployment: Deployment, name: string, folds: 'aggregator' | 'follower', description: string): PlatformFunction => {
  const fn = new PlatformFunction(scope, id, { deployment, name, code: 'feature-aggregator', description, memoryMegabytes: 1769, timeout: Duration.minutes(2) });
  grantFoldState(fn);
  grantPut(fn, 'quarantine');
  grantContracts(fn);
  fn.tell('FOLDER', folds);
  // A closed shard's watermark is forgotten when its stream can hold no record of it any more.
  fn.tell('STREAM_RETENTION_HOURS', String(deployment.environment.streamRetentionHours));
  return fn;
};

/**
 * The function that folds the stream into generations that are being made. `headrace features rebuild --publish` gives it a
 * mapping, and takes it away when the aggregator has taken over: at all other times it costs nothing.
 */
export const generationFollower = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const follower = folder(scope, 'GenerationFollower', deployment, 'generation-follower', 'follower', 'Folds events into a generation of feature views that is being made');
  readsEvents(follower);
  return follower;
};

/** The consumer that folds events into state items. What no retry can fold, it puts into quarantine itself. */
export const featureAggregator = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const alarmBehind = Duration.minutes(5);
  const aggregator = folder(scope, 'FeatureAggregator', deployment, 'feature-aggregator', 'aggregator', 'Folds events into the windows of feature views');
  consumeEvents(aggregator, {
    consumer: 'feature-aggregator',
    batchSize: 500,
    batchingWindow: Duration.seconds(deployment.environment.aggregatorBatchingWindowSeconds),
    // Records are folded in order and without gaps: it tries until a record expires, and nothing is set aside.
    retryAttempts: -1,
    keepFailures: false,
    inOrder: true,
    // `headrace features fill` enables it when the state has been filled from raw.
    enabled: false,
    alarmBehind,
    // One alarm over all that works features out: an environment has twenty.
    ...(hasFlink(deployment) ? { behind: behindFeatures(deployment, flinkApplicationName(deployment), alarmBehind.toMilliseconds()) } : {}),
  });
  runbookAlarm(aggregator, {
    deployment,
    name: 'fold-conflicts',
    what: 'Folds into hot items lose their condition more than 1000 times in 5 minutes, and are paid for each time.',
    metric: platformMetric(deployment, 'FoldConflicts'),
    above: 1000,
    periods: 3,
  });
  runbookAlarm(aggregator, {
    deployment,
    name: 'late-events',
    what: 'More than 1000 events in 5 minutes came too late for every window of a view.',
    metric: platformMetric(deployment, 'Late'),
    above: 1000,
    periods: 3,
  });
  runbookAlarm(aggregator, {
    deployment,
    name: 'fold-failed',
    what: 'Events that their contract accepted could not be folded into a view, and lie in quarantine.',
    metric: platformMetric(deployment, 'FoldFailed'),
    above: 0,
  });
  runbookAlarm(aggregator, {
    deployment,
    name: 'hot-items',
    what: 'DynamoDB turns away writes of state items, more than 500 times in 5 minutes: an entity is over its write rate.',
    metric: throttledStateWrites(deployment),
    above: 500,
    periods: 3,
  });
  return aggregator;
};
