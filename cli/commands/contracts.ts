import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Command } from 'commander';
import { activationsOf } from '../../core/contract/activation';
import type { Activations } from '../../core/contract/contracts';
import type { RegistrationPlan } from '../../core/contract/registration/register';
import { planRegistration } from '../../core/contract/registration/register';
import { wantedSchemas } from '../../core/contract/registration/wanted';
import { activationsPath } from '../../core/environment/deployed';
import { isoText } from '../../core/event/time';
import { awsService } from '../../lib/runtime/aws-request';
import { registrationRegistry } from '../../lib/runtime/environment-registry';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf } from '../context';
import { compileFiles } from './compile';

/** What a deploy would register, and what it would be refused for. */
export const registrationOf = async ({ environment: { registry }, manifest, names }: Context): Promise<RegistrationPlan> => {
  const ssm = new SSMClient({});
  const place = { name: names.registry, ...(registry.kind === 'confluent' ? registry : {}) };
  return await planRegistration(wantedSchemas(Object.values(manifest.events)), await registrationRegistry(place, '', () => awsService('secretsmanager', () => ssm.config.credentials())));
};

/** Since when contracts are active in an environment; empty where nothing is deployed. */
const activeIn = async ({ environment, names }: Context): Promise<Activations> => {
  const client = new SSMClient({ region: environment.region });
  const path = activationsPath(names);
  const published: [string, string][] = [];
  for (let next: string | undefined, first = true; first || next; first = false) {
    const page = await client.send(new GetParametersByPathCommand({ Path: path, ...(next ? { NextToken: next } : {}) }));
    for (const { Name, Value } of page.Parameters ?? []) if (Name && Value) published.push([Name.slice(path.length + 1), Value]);
    next = page.NextToken;
  }
  return activationsOf(published);
};

const activeText = (from: number | null): string => (from === null ? 'not active' : from === 0 ? 'from the beginning' : `from ${isoText(from)}`);

const list = async (command: Command, json: boolean): Promise<void> => {
  const context = contextOf(command);
  const active = await activeIn(context);
  const rows = Object.entries(context.manifest.events).filter(([, { platform }]) => platform !== true)
    .map(([name, { hash, reads, compatibility }]) => ({ contract: name, compatibility: compatibility ?? 'BACKWARD', reads, hash, activeFrom: active.get(name) ?? null }));
  if (json) { process.stdout.write(`${JSON.stringify(rows)}\n`); return; }
  for (const { contract, compatibility, reads, hash, activeFrom } of rows)
    process.stdout.write(`${contract.padEnd(32)}  ${compatibility.padEnd(12)}  reads ${reads.map((version) => `v${version}`).join(', ').padEnd(10)}  ${hash.slice(0, 12)}  ${activeText(activeFrom)}\n`);
};

const check = async (command: Command, json: boolean): Promise<void> => {
  const context = contextOf(command);
  compileFiles(context.project, true);
  const { missing, refusals } = await registrationOf(context);
  if (json) process.stdout.write(`${JSON.stringify({ missing, refusals })}\n`);
  else process.stdout.write(missing.length === 0 ? `every contract is registered in ${context.environment.name}\n` : missing.map((each) => `+ ${each}\n`).join(''));
  if (refusals.length > 0)
    throw new CommandError(`These contracts are not compatible with what is registered in ${context.environment.name}:\n${refusals.map((refusal) => `  ${refusal}`).join('\n')}`, { next: 'change the definitions as the remedies say; or define a new event type' });
};

export const registerContracts = (program: Command): void => {
  const contracts = program.command('contracts').description('what events are judged by, and how it may change');
  contracts.command('ls')
    .description('list contracts, and since when each is active')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }, command: Command) => { await list(command, options.json === true); });
  contracts.command('check')
    .description('compare the contracts with what is registered: what a deploy would add, and what it would be refused for')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }, command: Command) => { await check(command, options.json === true); });
};
