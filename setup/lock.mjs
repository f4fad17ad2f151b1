import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

/** What a process runs: nothing where there is none, or one that has ended. @param {number} id */
const commandOf = (id) => {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'command=', '-p', String(id)], { encoding: 'utf8' }).stdout ?? '';
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};

/** Whether a program that a set-up started is still at work: process ids are used again, so it must look like one. @param {number} id */
const isAtWork = (id) => /\bnpm\b|-m (pip|venv)\b/.test(commandOf(id));

/** @param {string} file */
const take = (file) => {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** The process that holds the lock and the programs it has started: none when it has just been let go. @param {string} file */
const holdersOf = (file) => {
  try {
    return readFileSync(file, 'utf8').split('\n').map(Number).filter((id) => id > 0);
  } catch {
    return [];
  }
};

/** What a set-up that was killed has left at work would spoil what the next one does. @param {readonly number[]} programs */
const endLeftovers = async (programs) => {
  for (const id of programs)
    if (isAtWork(id)) {
      process.kill(id, 'SIGKILL');
      while (isAtWork(id)) await sleep(pollInterval / 10);
    }
};

/**
 * Does the work while no other process of this machine does: two set-ups at once would spoil each other's packages.
 * The lock of a process that has died is taken over.
 *
 * @param {string} file holds the process ids, the set-up's own first
 * @param {(text: string) => void} say
 * @param {(started: (id: number) => void) => Promise<void>} work is to tell of each program that it starts
 */
export const alone = async (file, say, work) => {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const [holder, ...programs] = holdersOf(file);
    if (holder !== undefined && isAlive(holder)) {
      if (!told) say(`set-up: another one is at work (process ${holder}); waiting for it. If that is no set-up, remove ${file}.\n`);
      told = true;
      await sleep(pollInterval);
    } else if (holder !== undefined) {
      await endLeftovers(programs);
      rmSync(file, { force: true });
    } else {
      // Just let go, or just made and not written to yet.
      await sleep(pollInterval);
      if (holdersOf(file).length === 0) rmSync(file, { force: true });
    }
  }
  const ids = [process.pid];
  try {
    await work((id) => {
      ids.push(id);
      // Killed between emptying the file and writing to it, a set-up would leave no word of what it has started.
      writeFileSync(`${file}.next`, ids.join('\n'));
      renameSync(`${file}.next`, file);
    });
  } finally {
    rmSync(file, { force: true });
  }
};
