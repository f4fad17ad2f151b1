import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantCommitTables, grantListTables, grantPredictionFiles, grantTrainingSetFiles } from './access-tables';
import type { Deployment } from './deployment';
import { functionErrors } from './metrics';
import { nightly } from './nightly';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** When it runs, UTC: after midnight, when the day before gets few more rows. */
const hour = 2;

/**
 * Keeps the curated tables in order, each night: removes copies that are far apart, writes small files as one, forgets
 * snapshots that are older than the environment keeps them, and deletes files that nothing refers to. The last two also of the
 * tables of the features zone.
 */
export const lakeMaintainer = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const maintainer = new PlatformFunction(scope, 'LakeMaintainer', {
    deployment,
    name: 'lake-maintainer',
    description: 'Keeps the curated tables in order',
    language: 'python',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantCommitTables(maintainer);
  grantPredictionFiles(maintainer);
  grantTrainingSetFiles(maintainer);
  grantListTables(maintainer);
  maintainer.tell('SNAPSHOT_RETENTION_DAYS', String(deployment.environment.snapshotRetentionDays));
  const { curated } = deployment.environment.retentionDays;
  if (curated !== undefined) maintainer.tell('CURATED_RETENTION_DAYS', String(curated));
  nightly(maintainer, hour);
  runbookAlarm(maintainer, {
    deployment,
    name: 'maintenance-failed',
    what: 'A curated table could not be kept in order.',
    metric: functionErrors(deployment, maintainer.name),
    above: 0,
  });
  return maintainer;
};
