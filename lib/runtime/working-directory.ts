import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether a process is there: it may be of somebody else. */
const isThere = (id: number): boolean => {
  try { return process.kill(id, 0); } catch (error) { return !(typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH'); }
};

/**
 * A directory that a function works in, for whoever asked for it to remove.
 *
 * What a function left that ran into its limit goes first. On AWS its disk is its own; on the local cloud functions share one,
 * and a directory whose process is there is another invocation's.
 *
 * @param kind what is worked on, such as `training-set`
 * @param parent where it is made: the directory for temporary files
 */
export const workingDirectory = (kind: string, parent = tmpdir()): string => {
  const left = new RegExp(`^${kind}-(\\d+)-`, 'u');
  for (const name of readdirSync(parent)) {
    const owner = Number(left.exec(name)?.[1] ?? Number.NaN);
    if (owner === process.pid || (Number.isInteger(owner) && !isThere(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(parent, `${kind}-${process.pid}-`));
};
