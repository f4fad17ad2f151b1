import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleDirectory } from './bundle-directory';
import { packageDirectory } from './package-directory';
import { python } from './python-bundle';

/** Where Flink stands, or will: where HEADRACE_FLINK says, or in the project. */
const flinkDirectory = (): string => {
  const candidates = [...(process.env['HEADRACE_FLINK'] ? [process.env['HEADRACE_FLINK']] : []), ...[process.cwd(), packageDirectory()].map((directory) => join(directory, '.headrace', 'flink'))];
  return candidates.find((candidate) => existsSync(join(candidate, 'done'))) ?? candidates[0] ?? '';
};

const run = (what: string, words: readonly string[]): void => {
  const { status, error } = spawnSync(python(), words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${what}: ${error?.message ?? 'see above'}.`);
};

/**
 * The archive of the job for Flink with the SQL that it runs, as Managed Service for Apache Flink takes it. Flink itself, which the
 * job is compiled with, is brought to this machine the first time.
 *
 * @throws Error when it cannot be brought or made
 */
export const flinkArchive = (sql: string): string => {
  const [flink, directory] = [flinkDirectory(), bundleDirectory('flink')];
  run('Flink could not be brought to this machine', [join(packageDirectory(), 'local', 'flink', 'set_up.py'), flink]);
  const [file, archive] = [join(directory, 'features.sql'), join(directory, 'features.jar')];
  writeFileSync(file, sql);
  run('The archive of the job for Flink could not be made', [join(packageDirectory(), 'lib', 'constructs', 'flink_archive.py'), join(flink, 'job', 'job.jar'), file, archive]);
  return archive;
};
