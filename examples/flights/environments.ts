import { localEnvironment } from '../../core/environment';
import type { Environment } from '../../core/environment';
import { clusterOfExample, ingestionOfExample, processingOfExample } from './ingestion';

/** The example runs on this machine alone. */
const environments: readonly Environment[] = [localEnvironment({ ...ingestionOfExample(), ...clusterOfExample(), processing: processingOfExample() })];

export default environments;
