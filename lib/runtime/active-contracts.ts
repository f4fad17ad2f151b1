import type { Contracts } from '../../core/contract/contracts';
import type { ReceivedRecord } from '../../core/event/record';
import { awsService } from './aws-request';
import { contractActivations } from './contract-activations';
import { readVariables } from './variables';

/** Gives contracts with what is active for a batch. */
export type ActiveContracts = (contracts: Contracts, records: readonly ReceivedRecord[]) => Promise<Contracts>;

/**
 * The active contracts of a consumer that was granted them: it reads `ACTIVATIONS_PATH` and `ACTIVATION_SECONDS`.
 *
 * @throws Error when a variable is missing; later, when what is active cannot be read
 */
export const activeContractsFor = (): ActiveContracts => {
  const { ACTIVATIONS_PATH, ACTIVATION_SECONDS } = readVariables('ACTIVATIONS_PATH', 'ACTIVATION_SECONDS');
  const activations = contractActivations({ path: ACTIVATIONS_PATH, service: awsService('ssm'), marginMilliseconds: Number(ACTIVATION_SECONDS) * 1000, now: Date.now });
  return async (contracts, records) => {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { arrival } of records) if (arrival > newest) newest = arrival;
    return { ...contracts, activations: await activations(newest) };
  };
};
