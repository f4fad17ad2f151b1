import type { Command } from 'commander';
import { contextOf, requireConsent } from '../context';
import { deployEnvironment } from '../deploy';

export const registerDeploy = (program: Command): void => {
  program.command('deploy')
    .description('deploy an environment; refused where that would change what is online, or lose events')
    .option('--yes <name>', 'the name of a protected environment, repeated')
    .action(async (options: { yes?: string }, command: Command) => {
      const context = contextOf(command);
      requireConsent(context, options.yes, 'deploy');
      await deployEnvironment(context, { onLine: (line) => process.stderr.write(`${line}\n`) });
      process.stderr.write(`next: npx headrace features fill --env ${context.environment.name}\n`);
    });
};
