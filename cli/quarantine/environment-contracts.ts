import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Contracts, ValidatorModule } from '../../core/contract/contracts';
import { contractsOf } from '../../core/contract/contracts';
import { activationsPath } from '../../core/environment/deployed';
import { awsService } from '../../lib/runtime/aws-request';
import { contractActivations } from '../../lib/runtime/contract-activations';
import { CommandError } from '../command-error';
import type { Context } from '../context';

/**
 * The contracts by which the environment judges at this moment, made from the project's generated files.
 *
 * @throws CommandError when nothing is deployed yet, or something that the project does not have
 */
export const environmentContracts = async ({ project, manifest, names, environment }: Context, now: number): Promise<Contracts> => {
  if (!existsSync(project.validators)) throw new CommandError(`There are no validators at ${project.validators}.`, { next: 'npx headrace compile' });
  const contracts = contractsOf(manifest, createRequire(project.validators)(project.validators) as ValidatorModule);
  const ssm = new SSMClient({ region: environment.region });
  const read = contractActivations({
    path: activationsPath(names), service: awsService('ssm', () => ssm.config.credentials()), marginMilliseconds: environment.contractActivationSeconds * 1000, now: () => now,
  });
  const activations = await read(now);
  const unknown = [...activations].filter(([name, from]) => from <= now && !contracts.names.has(name)).map(([name]) => name);
  if (unknown.length > 0)
    throw new CommandError(`The environment ${environment.name} judges by ${unknown.join(', ')}, which this project's generated files do not have.`, { next: `take the definitions that are deployed there, then: npx headrace compile` });
  return { ...contracts, activations };
};
