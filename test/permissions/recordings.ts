import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A grant: the role by its stack and its name in the template, an action and a resource of its policy. */
export type Grant = readonly [role: string, action: string, resource: string];

/** What check_calls.py says of a directory of recordings. */
export interface Checked {
  /** Kinds of calls that were recorded; of them, those that a role of a stack made. */
  readonly calls: number;
  readonly byRoles: number;
  /** What botocore's models say against calls. */
  readonly faults: readonly string[];
  /** Calls that the policy of the role that made them does not allow. */
  readonly outside: readonly string[];
  /** What the check does not know to judge. */
  readonly unjudged: readonly string[];
  readonly granted: readonly Grant[];
  readonly unused: readonly Grant[];
}

const root = join(__dirname, '..', '..');

/** Where the stage of integration tests leaves its recordings. */
export const recordingsDirectory = join(root, '.headrace', 'calls');

/** Checks the recordings of directories, each for itself. @throws Error when the check itself fails */
export const checkRecordings = (...directories: readonly string[]): readonly Checked[] => {
  const { stdout, stderr } = spawnSync(join(root, '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'check_calls.py'), ...directories], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly Checked[];
};
