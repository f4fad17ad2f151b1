import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Command } from 'commander';
import type { ManifestDifference, OnlineHashes } from '../../core/manifest/difference';
import { differenceOf, hashesOf } from '../../core/manifest/difference';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { contextOf } from '../context';
import { registrationOf } from './contracts';

/** Reads the hashes that the last deploy recorded; empty where nothing is deployed. */
export const onlineHashes = async ({ names, environment }: Context): Promise<OnlineHashes> => {
  const client = new SSMClient({ region: environment.region });
  const prefix = `${names.parameterPath}/definitions/`;
  const hashes: Record<string, string> = {};
  for (let next: string | undefined, first = true; first || next; first = false) {
    const page = await client.send(new GetParametersByPathCommand({ Path: prefix, Recursive: true, ...(next ? { NextToken: next } : {}) }));
    for (const { Name, Value } of page.Parameters ?? []) if (Name && Value) hashes[Name.slice(prefix.length).replace(/\/v(\d+)$/, '@v$1')] = Value;
    next = page.NextToken;
  }
  return hashes;
};

/** What a deploy of the project's manifest would change. */
export const differenceWithOnline = async (context: Context): Promise<ManifestDifference> => differenceOf(await onlineHashes(context), hashesOf(context.manifest));

/** Refuses a changed hash under an online version, unless the environment is ephemeral. */
export const refuseChanged = (context: Context, difference: ManifestDifference): void => {
  if (difference.changed.length > 0 && !context.environment.ephemeral)
    throw new CommandError(`These definitions are online in ${context.environment.name} under the same version with another content: ${difference.changed.join(', ')}. What is online never changes its meaning.`,
      { next: 'give each a new version (version: n + 1), then npx headrace compile' });
};

export const registerDiff = (program: Command): void => {
  program.command('diff')
    .description('what a deploy would change: contracts, views, models')
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const context = contextOf(command);
      const difference = await differenceWithOnline(context);
      const lines = [...difference.added.map((name) => `+ ${name}`), ...difference.changed.map((name) => `! ${name} (changed under an online version)`), ...difference.removed.map((name) => `- ${name} (no longer defined)`)];
      const { missing, refusals } = await registrationOf(context);
      const contracts = [...missing.map((each) => `+ schema of ${each}`), ...refusals.map((each) => `! ${each}`)];
      const all = [...lines, ...contracts];
      process.stdout.write(options.json ? `${JSON.stringify({ ...difference, schemas: missing, refusals })}\n` : `${all.length > 0 ? all.join('\n') : 'no difference'}\n`);
      refuseChanged(context, difference);
      if (refusals.length > 0) throw new CommandError('A deploy would be refused: contracts are not compatible with what is registered.', { next: 'change the definitions as the remedies say' });
    });
};
