import { localEnvironment } from '../../core/environment';
import type { Environment } from '../../core/environment';

/** The example runs on this machine alone. */
const environments: readonly Environment[] = [localEnvironment()];

export default environments;
