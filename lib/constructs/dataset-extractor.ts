import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { databaseOf, isPostgresDataset } from '../../core/dataset/postgres';
import type { DatabaseSettings } from '../../core/environment/environment';
import { versionedName, type Manifest } from '../../core/manifest/manifest';
import { grantBatchRecords, grantListBatches, grantPut, grantSecret } from './access';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';

/** Datasets by the database that they come from. */
const datasetsByDatabase = ({ datasets }: Pick<Manifest, 'datasets'>): ReadonlyMap<string, readonly string[]> => {
  const all = Object.values(datasets).filter(isPostgresDataset);
  return new Map([...Map.groupBy(all, databaseOf)].map(([database, some]) => [database, some.map(versionedName)]));
};

const extractorFunction = (scope: Construct, deployment: Deployment, database: string, settings: DatabaseSettings): PlatformFunction => {
  const extractor = new PlatformFunction(scope, `DatasetExtractor-${database}`, {
    deployment,
    name: `dataset-extractor-${database}`,
    code: 'dataset-extractor',
    description: `Takes batches of datasets out of the database ${database}`,
    memoryMegabytes: 1769,
    timeout: Duration.minutes(14),
    ...(settings.network === undefined ? {} : { network: settings.network }),
  });
  grantBatchRecords(extractor);
  grantListBatches(extractor);
  grantPut(extractor, 'landing', 'extracts/');
  grantSecret(extractor, settings.secret);
  if (settings.secretKey !== undefined) extractor.allow(['kms:Decrypt'], [settings.secretKey]);
  extractor.tell('DATABASE_NAME', database);
  extractor.tell('DATABASE_SECRET', settings.secret);
  // Where Lambda has the certificates of AWS's own services, RDS among them.
  extractor.tell('NODE_EXTRA_CA_CERTS', '/var/runtime/ca-cert.pem');
  return extractor;
};

/** A function for each database that datasets come from, with those datasets. */
export interface DatasetExtractor { readonly database: string; readonly function: PlatformFunction; readonly datasets: readonly string[] }

/**
 * The functions that take batches out of databases: none where no dataset comes from one.
 *
 * @throws Error when the environment does not know a database
 */
export const datasetExtractors = (scope: Construct, deployment: Deployment): readonly DatasetExtractor[] => {
  const { environment, manifest } = deployment;
  return [...datasetsByDatabase(manifest)].map(([database, datasets]) => {
    const settings = environment.databases[database];
    if (settings === undefined) throw new Error(`${datasets.join(', ')} come from the database '${database}', which the environment '${environment.name}' does not know; it knows ${Object.keys(environment.databases).join(', ') || 'none'}. Add databases: { '${database}': { secret: 'NAME' } } to it in environments.ts.`);
    return { database, function: extractorFunction(scope, deployment, database, settings), datasets };
  });
};
