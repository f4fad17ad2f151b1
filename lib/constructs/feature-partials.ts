import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantFoldState, grantPut, grantReadTombstones } from './access';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';
import { consumeTopic } from './topic-consumer';

/** The consumer that puts what Flink has worked out into state items. What no retry can put there, it puts into quarantine itself. */
export const featurePartials = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const { environment, names } = deployment;
  const partials = new PlatformFunction(scope, 'FeaturePartials', {
    deployment, name: 'feature-partials', description: 'Puts partial aggregates of Flink into the items of feature views', memoryMegabytes: 1769, timeout: Duration.minutes(2),
  });
  grantFoldState(partials);
  grantPut(partials, 'quarantine');
  grantReadTombstones(partials);
  partials.tell('STREAM_RETENTION_HOURS', String(environment.streamRetentionHours));
  const mapping = consumeTopic(partials, {
    batchSize: 500,
    batchingWindow: Duration.seconds(environment.aggregatorBatchingWindowSeconds),
    // What Flink sent once it does not send again: it is tried until the record expires, and nothing is set aside.
    retryAttempts: -1,
    keepFailures: false,
    // The partial of more events stays, whichever comes first.
    inOrder: false,
    enabled: true,
  }, names.partialsTopic);
  // Lambda tries the permissions when the mapping is made.
  mapping.node.addDependency(partials.role);
  return partials;
};
