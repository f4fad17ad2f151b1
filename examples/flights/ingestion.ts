import type { Environment } from '../../core/environment';
import { waysIn, type EnvironmentSettings } from '../../core/environment/environment';

/**
 * Says what the example's events come in by, and who validates them, to environments.ts: variables, as the CDK app is a process of its own. It stands
 * here because whoever sets it does so before that file is loaded.
 */
const variable = 'HEADRACE_FLIGHTS_INGESTION';

type Ways = Pick<Environment, 'ingestion' | 'ingestionBefore'>;

export const setIngestion = (ways: Ways): void => { process.env[variable] = waysIn(ways).join(' after '); };

export const ingestionOfExample = (): Ways => {
  const [ingestion, before] = (process.env[variable] ?? '').split(' after ').map((way) => (way === 'msk' ? 'msk' : 'kinesis'));
  return { ingestion: ingestion ?? 'kinesis', ...(before === undefined ? {} : { ingestionBefore: before }) };
};

const clusterVariable = 'HEADRACE_FLIGHTS_CLUSTER';

/** Says on which cluster the example's topic is, of those that are there; undefined: on one of its own. */
export const setCluster = (arn: string | undefined): void => {
  if (arn === undefined) delete process.env[clusterVariable]; else process.env[clusterVariable] = arn;
};

/** The local cloud has no networks: any id does. */
export const clusterOfExample = (): Pick<EnvironmentSettings, 'msk'> => {
  const arn = process.env[clusterVariable];
  return arn === undefined ? {} : { msk: { cluster: { kind: 'existing', arn, clientSecurityGroupId: 'sg-0a' }, network: { vpcId: 'vpc-0a', subnetIds: ['subnet-0a', 'subnet-0b'] } } };
};

const processingVariable = 'HEADRACE_FLIGHTS_PROCESSING';

/** Says who validates the example's events. */
export const setProcessing = (processing: Environment['processing']): void => { process.env[processingVariable] = processing; };

export const processingOfExample = (): Environment['processing'] => (process.env[processingVariable] === 'spark' ? 'spark' : 'lambda');
