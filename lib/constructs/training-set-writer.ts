import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantRead } from './access';
import { grantCommitTrainingSets } from './access-tables';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';

/**
 * Takes training sets of the features zone into the Iceberg table of their model's version, a tagged snapshot for each.
 * Whoever builds one calls it with `{"model", "version", "table", "hash"}`; it is safe to call again.
 */
export const trainingSetWriter = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const writer = new PlatformFunction(scope, 'TrainingSetWriter', {
    deployment,
    name: 'training-set-writer',
    description: 'Takes training sets into Iceberg tables',
    language: 'python',
    memoryMegabytes: 3008,
    timeout: Duration.minutes(15),
    diskMegabytes: 10_240,
  });
  grantCommitTrainingSets(writer);
  grantRead(writer, 'features');
  return writer;
};
