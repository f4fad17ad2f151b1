import type { Command } from 'commander';
import type { Environment } from '../core/environment/environment';
import type { Names } from '../core/environment/names';
import { namesOf } from '../core/environment/names';
import { selectEnvironment } from '../core/environment/validate';
import type { Manifest } from '../core/manifest/manifest';
import { CommandError } from './command-error';
import type { Project } from './project';
import { projectIn, readEnvironments, readManifest } from './project';

/** What a command works with: the project, the environment that `--env` names, and the manifest. */
export interface Context {
  readonly project: Project;
  readonly environment: Environment;
  readonly names: Names;
  readonly manifest: Manifest;
}

/** The endpoint of this machine's local cloud. */
const localEndpoint = (): string => `http://127.0.0.1:${process.env['HEADRACE_LOCAL_PORT'] ?? '4566'}`;

/**
 * Points the SDKs of this process, and of those that it starts, at the environment: for `local` the local cloud with its
 * test keys, whatever credentials the shell holds, so that a local command can never reach an account.
 */
const useEnvironment = (environment: Environment): void => {
  process.env['AWS_REGION'] = environment.region;
  process.env['AWS_DEFAULT_REGION'] = environment.region;
  if (environment.name !== 'local') return;
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE']) delete process.env[name];
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  process.env['AWS_ENDPOINT_URL'] ??= localEndpoint();
};

/** Finds an environment by name in a project. */
export const environmentNamed = (project: Project, name: string): Environment => {
  try {
    return selectEnvironment(readEnvironments(project), name);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(error instanceof Error ? error.message : String(error), { exitCode: 2, cause: error });
  }
};

/** The context of a project and environment, for programs; commands use {@link contextOf}. */
export const contextFor = (name: string, project: Project = projectIn()): Context => {
  const environment = environmentNamed(project, name);
  useEnvironment(environment);
  return { project, environment, names: namesOf(environment), manifest: readManifest(project) };
};

/** The context of a command line; the target is printed first, on stderr. */
export const contextOf = (command: Command): Context => {
  const { env } = command.optsWithGlobals<{ env: string }>();
  const context = contextFor(env);
  process.stderr.write(`environment ${context.environment.name} (account ${context.environment.account}, ${context.environment.region})\n`);
  return context;
};

/** Refuses work on a protected environment unless `--yes NAME` repeats its name. */
export const requireConsent = (context: Context, yes: string | undefined, verb: string): void => {
  if (context.environment.protected && yes !== context.environment.name)
    throw new CommandError(`The environment ${context.environment.name} is protected; to ${verb} there, repeat its name.`, { next: `… --yes ${context.environment.name}`, exitCode: 2 });
};
