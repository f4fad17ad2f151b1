import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Environment } from '../core/environment/environment';
import type { Compilation } from '../core/manifest/compile';
import { compile } from '../core/manifest/compile';
import { sha256 } from '../core/manifest/hash';
import type { KeptContract, Manifest } from '../core/manifest/manifest';
import { CommandError } from './command-error';
import { unsafePatterns } from './pattern-safety';
import { keptContracts, superseded } from './kept-contracts';

/** The files of a Headrace project, below the directory in which a command is typed. */
export interface Project {
  readonly directory: string;
  readonly definitions: string;
  readonly environments: string;
  readonly manifest: string;
  readonly validators: string;
  /** Directory of the contracts that are kept, a file each. */
  readonly contracts: string;
  /** The command that synthesizes the CDK app, and where it puts the templates. */
  readonly app: string;
  readonly output: string;
  /** State, caches and logs of this machine; never committed. */
  readonly home: string;
}

/** The command of the CDK app: what the project's cdk.json says, as for the CDK's own command line. */
const appIn = (directory: string): string => {
  const file = join(directory, 'cdk.json');
  const { app } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly app?: unknown }) : { app: undefined };
  return typeof app === 'string' ? app : 'node --import tsx app.ts';
};

export const projectIn = (directory: string = process.cwd()): Project => ({
  directory,
  definitions: join(directory, 'definitions', 'index.ts'),
  environments: join(directory, 'environments.ts'),
  manifest: join(directory, 'generated', 'manifest.json'),
  validators: join(directory, 'generated', 'validators.js'),
  contracts: join(directory, 'generated', 'contracts'),
  app: appIn(directory),
  output: join(directory, 'cdk.out'),
  home: process.env['HEADRACE_HOME'] ?? join(directory, '.headrace'),
});

/** What a file of the project exports. What it throws says which of its lines it was, without the lines of what called it. */
const loadedFrom = (file: string, what: string): unknown => {
  try { return createRequire(file)(file) as unknown; } catch (error) {
    if (!(error instanceof Error)) throw error;
    const place = error.stack?.split('\n').find((line) => line.includes(dirname(file)))?.trim().replace(/^at /u, '');
    throw new CommandError(`${what} does not load: ${error.message}${place === undefined ? '' : `\n  at ${place}`}`, { next: 'npx tsc --noEmit, which checks the types of all files', cause: error });
  }
};

const load = (file: string, what: string): Readonly<Record<string, unknown>> => {
  if (!existsSync(file)) throw new CommandError(`There is no ${what} at ${file}.`, { next: 'change into the directory of a Headrace project, or make the file' });
  // A project's TypeScript is loaded by the same loader that runs the command line.
  const loaded = loadedFrom(file, what);
  if (typeof loaded !== 'object' || loaded === null) throw new CommandError(`${file} exports nothing.`);
  return { ...loaded };
};

/** The committed manifest, where there is one. */
const manifestBefore = ({ manifest }: Project): Manifest | undefined => (existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as Manifest) : undefined);

/** What compiling a project gives, with the contracts that are to be kept from now on. */
export type ProjectCompilation = Compilation & { readonly superseded: readonly KeptContract[] };

/** Hashes of the files that definitions name: those below the project's directory, and no others. */
const fileHashIn = ({ directory }: Project) => (name: string): string | undefined => {
  const file = resolve(directory, name);
  return relative(directory, file).startsWith('..') || isAbsolute(name) || !existsSync(file) ? undefined : sha256(readFileSync(file));
};

/** Compiles the project's definitions as they stand in its files, with the contracts that are kept beside them. */
export const compileProject = (project: Project): ProjectCompilation => {
  const { default: inner, ...named } = load(project.definitions, 'definitions/index.ts');
  const exported = { ...(typeof inner === 'object' ? inner : {}), ...named };
  const kept = keptContracts(project.contracts);
  const before = manifestBefore(project);
  const fileHash = fileHashIn(project);
  const defined = before === undefined ? undefined : compile(exported, kept, fileHash);
  const former = before !== undefined && defined?.ok === true ? superseded(before, defined.manifest.events) : [];
  const compilation = compile(exported, [...kept, ...former], fileHash);
  const problems = compilation.ok ? unsafePatterns(compilation.manifest) : [];
  return { ...(problems.length > 0 ? { ok: false, problems } : compilation), superseded: former };
};

/** The committed manifest. */
export const readManifest = (project: Project): Manifest => {
  if (!existsSync(project.manifest)) throw new CommandError(`There is no manifest at ${project.manifest}.`, { next: 'npx headrace compile' });
  return JSON.parse(readFileSync(project.manifest, 'utf8')) as Manifest;
};

/** The project's environments, as environments.ts exports them by default. */
export const readEnvironments = (project: Project): readonly Environment[] => {
  const { default: exported } = load(project.environments, 'environments.ts');
  const environments: unknown = typeof exported === 'object' && exported !== null && 'default' in exported ? exported.default : exported;
  if (!Array.isArray(environments)) throw new CommandError(`${project.environments} must export a list of environments by default.`);
  return environments as readonly Environment[];
};
