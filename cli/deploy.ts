import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { CommandError } from './command-error';
import { compileFiles } from './commands/compile';
import { differenceWithOnline, refuseChanged } from './commands/diff';
import { flinkBegins } from './features/flink';
import { refuseLeftBehind } from './ingestion/left-behind';
import { keepDeployed } from './kept-contracts';
import type { Context } from './context';

export interface DeployOptions {
  /** Takes each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
}

interface CdkOptions extends DeployOptions {
  /** Whether the project's output holds what `cdk synth` has just made: then the app is not run again. */
  readonly isSynthesized?: boolean;
}

/** Runs the real CDK command line, with the environment's credentials and region as they stand in this process. */
export const runCdk = async (context: Context, words: readonly string[], { onLine, isSynthesized = false }: CdkOptions = {}): Promise<void> => {
  const command = join(require.resolve('aws-cdk/package.json'), '..', 'bin', 'cdk');
  const { app, output } = context.project;
  const source = isSynthesized ? ['--app', output] : ['--app', app, '--output', output, '-c', `env=${context.environment.name}`];
  const child = spawn(process.execPath, [command, ...words, ...source, '--no-notices', '--no-version-reporting'], {
    cwd: context.project.directory, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true', HEADRACE_ENV: context.environment.name, CDK_DISABLE_CLI_TELEMETRY: 'true' },
  });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => {
    tail.push(line);
    if (tail.length > 40) tail.shift();
    onLine?.(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => { child.on('error', reject); child.on('close', resolve); });
  if (code !== 0) throw new CommandError(`cdk ${words[0]} failed (exit code ${code}):\n${tail.join('\n')}`, { next: `npx headrace deploy --env ${context.environment.name}` });
};

/** Synthesizes, bootstraps the account where it is not, and deploys all stacks. The app is run once: by itself, each command of the CDK would run it again. */
export const deployStacks = async (context: Context, options: DeployOptions = {}): Promise<void> => {
  const synthesized = { ...options, isSynthesized: true };
  await runCdk(context, ['synth', '--quiet'], options);
  await runCdk(context, ['bootstrap', `aws://${context.environment.account}/${context.environment.region}`], synthesized);
  await runCdk(context, ['deploy', '--all', '--require-approval', 'never', '--concurrency', '4', '--progress', 'events'], synthesized);
};

/** Deploys an environment: refuses stale files, changed definitions and the end of a way in that is not read to its end, and deploys all stacks. */
export const deployEnvironment = async (context: Context, options: DeployOptions = {}): Promise<void> => {
  compileFiles(context.project, true);
  refuseChanged(context, await differenceWithOnline(context));
  await refuseLeftBehind(context);
  const begins = await flinkBegins(context);
  await deployStacks(context, options);
  if (begins !== undefined) options.onLine?.(begins);
  // What is deployed for good is read for good: its contracts stay, whatever becomes of the definitions.
  if (!context.environment.ephemeral) for (const file of keepDeployed(context.project.contracts, context.manifest)) options.onLine?.(`kept ${file}; commit it`);
};
