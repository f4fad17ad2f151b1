import type { Manifest } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { Environment } from './environment';

/** Datasets whose batches Spark checks and writes. */
export const sparkDatasets = ({ datasets }: Pick<Manifest, 'datasets'>): readonly string[] =>
  Object.values(datasets).filter(({ engine }) => engine === 'spark').map(versionedName);

/** Models whose training sets Spark works out. */
export const sparkModels = ({ models }: Pick<Manifest, 'models'>): readonly string[] =>
  Object.values(models).filter(({ training }) => training?.engine === 'spark').map(versionedName);

/** Whether an environment has the Spark job. */
export const hasSpark = ({ environment, manifest }: { readonly environment: Pick<Environment, 'spark'>; readonly manifest: Pick<Manifest, 'datasets' | 'models'> }): boolean =>
  environment.spark !== undefined || sparkDatasets(manifest).length > 0 || sparkModels(manifest).length > 0;
