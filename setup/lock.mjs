import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollInterval = 500;

/** @param {number} id */
const isAlive = (id) => {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // No right to signal it: it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** @param {string} file */
const take = (file) => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** The process that holds the lock: undefined when it has just been let go. @param {string} file */
const holderOf = (file) => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Does the work while no other process of this machine does: two set-ups at once would spoil each other's packages.
 * A lock whose process has died is taken over.
 *
 * @param {string} file holds the process id
 * @param {(text: string) => void} say
 * @param {() => Promise<void>} work
 */
export const alone = async (file, say, work) => {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder === undefined) continue;
    if (holder > 0 && isAlive(holder)) {
      if (!told) say(`set-up: another one is at work (process ${holder}); waiting for it. If that is no set-up, remove ${file}.\n`);
      told = true;
      await sleep(pollInterval);
    } else if (holder > 0) {
      rmSync(file, { force: true });
    } else {
      // Made, but its process id is not written yet.
      await sleep(pollInterval);
      if (holderOf(file) === 0) rmSync(file, { force: true });
    }
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
  }
};
