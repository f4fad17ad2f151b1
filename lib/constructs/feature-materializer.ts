import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { versionedName } from '../../core/manifest/manifest';
import { grantFoldState, grantListBatches, grantRead, grantReadTombstones } from './access';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';

/** The datasets that views are made from. */
export const datasetsOfViews = ({ manifest }: Pick<Deployment, 'manifest'>): readonly string[] =>
  [...new Set(Object.values(manifest.views).flatMap(({ from }) => (from.kind === 'dataset' ? [versionedName(from)] : [])))];

/** Brings rows of datasets online as features; undefined where no view is made from one. */
export const featureMaterializer = (scope: Construct, deployment: Deployment): PlatformFunction | undefined => {
  if (datasetsOfViews(deployment).length === 0) return undefined;
  const materializer = new PlatformFunction(scope, 'FeatureMaterializer', {
    deployment,
    name: 'feature-materializer',
    description: 'Brings the rows of committed batches online as features',
    // DuckDB sorts in half of it, and on disk; more memory is more of a processor, too.
    memoryMegabytes: 3008,
    timeout: Duration.minutes(14),
    diskMegabytes: 10_240,
  });
  grantRead(materializer, 'raw');
  grantListBatches(materializer);
  grantReadTombstones(materializer);
  grantFoldState(materializer);
  return materializer;
};
