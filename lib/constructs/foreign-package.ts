import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where packages of other machines are kept: in the project's own directory for what is never committed. */
export const cacheDirectory = (): string => join(process.env['HEADRACE_HOME'] ?? join(process.cwd(), '.headrace'), 'cache', 'packages');

const run = (command: string, words: readonly string[], directory: string, what: string): string => {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${what}: ${command} ${words.join(' ')} failed: ${error?.message ?? stderr.trim()}. A registry of npm packages must be within reach.`);
  return stdout;
};

/** Renamed when it is whole: a directory that is there is complete, and may be there by now, from another command. */
const renameWhole = (made: string, directory: string): void => {
  try {
    renameSync(made, directory);
  } catch (fault) {
    if (!existsSync(join(directory, 'package.json'))) throw fault;
  }
};

/**
 * A package with the native part of another machine, which npm does not install here. It is brought from the registry once,
 * by its exact version, and checked by npm against the registry's checksum.
 *
 * @returns the package's directory
 * @throws Error when the registry cannot be reached
 */
export const foreignPackage = (name: string, version: string): string => {
  const directory = join(cacheDirectory(), `${name.replaceAll(/[@/]/gu, '-')}-${version}`);
  if (existsSync(join(directory, 'package.json'))) return directory;
  mkdirSync(cacheDirectory(), { recursive: true });
  const work = mkdtempSync(join(cacheDirectory(), 'bringing-'));
  try {
    const archive = run('npm', ['pack', `${name}@${version}`, '--silent'], work, `The package ${name} could not be brought here`).trim().split('\n').at(-1) ?? '';
    run('tar', ['-xzf', archive], work, `The package ${name} could not be unpacked`);
    renameWhole(join(work, 'package'), directory);
    return directory;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
