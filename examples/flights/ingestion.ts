import type { Environment } from '../../core/environment';

/**
 * Says what the example's events come in by, to environments.ts: a variable, as the CDK app is a process of its own. It stands
 * here because whoever sets it does so before that file is loaded.
 */
const variable = 'HEADRACE_FLIGHTS_INGESTION';

export const setIngestion = (ingestion: Environment['ingestion']): void => { process.env[variable] = ingestion; };

export const ingestionOfExample = (): Environment['ingestion'] => (process.env[variable] === 'msk' ? 'msk' : 'kinesis');
