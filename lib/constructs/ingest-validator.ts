import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantAccepted, grantContracts, grantPut } from './access';
import type { Deployment } from './deployment';
import { hasFlink } from './flink-application';
import { rejectedBeyondUsual, rejectedShare, usualQuarterHours } from './metrics';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';
import { consumeEvents } from './stream-consumer';
import { validatorWindowSeconds } from './validator-window';

/** The consumer that judges events by their contracts and keeps each in raw or in quarantine. Where Spark takes the topic, it is there for batches that were kept for a redrive. */
export const ingestValidator = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const validator = new PlatformFunction(scope, 'IngestValidator', {
    deployment,
    name: 'ingest-validator',
    description: 'Judges events by their contracts and keeps each in the raw zone or in quarantine',
    memoryMegabytes: 1024,
    timeout: Duration.minutes(2),
  });
  grantPut(validator, 'raw');
  grantPut(validator, 'quarantine');
  grantContracts(validator);
  if (hasFlink(deployment)) grantAccepted(validator);
  consumeEvents(validator, {
    consumer: 'ingest-validator',
    // Lambda ends a batch at 6 MB whatever is asked for; with events of a kilobyte both limits meet here.
    batchSize: 5000,
    batchingWindow: Duration.seconds(validatorWindowSeconds(deployment)),
    // It fails only when S3 or the account do; after these tries the batch is kept whole, for `headrace redrive`.
    retryAttempts: 10,
    keepFailures: true,
    // Raw is known by positions, whatever their order.
    inOrder: false,
    enabled: true,
    alarmBehind: Duration.minutes(15),
  });
  runbookAlarm(validator, {
    deployment,
    name: 'rejected-share',
    what: 'More than 5 % of events were rejected, three times in a row.',
    metric: rejectedShare(deployment),
    above: 5,
    periods: 3,
  });
  runbookAlarm(validator, {
    deployment,
    name: 'rejected-jump',
    what: 'In 15 minutes more than 20 events were rejected beyond the usual: 1 % of all, and three times the share of the day before.',
    metric: rejectedBeyondUsual(deployment),
    above: 20,
    periods: usualQuarterHours,
  });
  return validator;
};
