import type { Contracts } from '../../core/contract/contracts';
import type { ReceivedRecord } from '../../core/event/record';
import { awsService } from './aws-request';
import { contractActivations } from './contract-activations';
import { logFault } from './logging';
import { parametersBelow } from './parameters-below';
import { publishedTombstones } from './published-tombstones';
import { readVariables } from './variables';

/** Gives contracts with what is active for a batch, and whose records are passed over. */
export type ActiveContracts = (contracts: Contracts, records: readonly ReceivedRecord[]) => Promise<Contracts>;

/**
 * The active contracts of a consumer that was granted them: it reads `ACTIVATIONS_PATH`, `ACTIVATION_SECONDS` and `TOMBSTONES_PATH`.
 *
 * @throws Error when a variable is missing; later, when what is active or erased cannot be read
 */
export const activeContractsFor = (): ActiveContracts => {
  const { ACTIVATIONS_PATH, ACTIVATION_SECONDS, TOMBSTONES_PATH } = readVariables('ACTIVATIONS_PATH', 'ACTIVATION_SECONDS', 'TOMBSTONES_PATH');
  const service = awsService('ssm');
  const activations = contractActivations({ path: ACTIVATIONS_PATH, service, marginMilliseconds: Number(ACTIVATION_SECONDS) * 1000, now: Date.now });
  const tombstones = publishedTombstones({ read: async () => (await parametersBelow(service, TOMBSTONES_PATH)).map(([, text]) => text), now: Date.now, complain: logFault });
  return async (contracts, records) => {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { arrival } of records) if (arrival > newest) newest = arrival;
    const [active, erased] = await Promise.all([activations(newest), tombstones()]);
    return { ...contracts, activations: active, tombstones: erased };
  };
};
