import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { SetUpError } from './set-up-error.mjs';

const linesToShow = 20;
const graceMilliseconds = 20_000;

/** What runs now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let stopping = false;

/** Ends what runs: a set-up that is told to stop leaves nobody at work behind it. npm takes a while to put things back. */
export const stopPrograms = async () => {
  stopping = true;
  await Promise.all([...running].map(async (child) => {
    const closed = once(child, 'close');
    const impatience = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    child.kill('SIGTERM');
    await closed;
    clearTimeout(impatience);
  }));
};

/**
 * Runs a program to its end, quietly: what it says is handed on line by line, and its last lines are part of the error.
 *
 * @param {string} command
 * @param {readonly string[]} words
 * @param {object} options
 * @param {string} options.directory
 * @param {string} options.failure what has failed when it does
 * @param {string} options.remedy what to do about it
 * @param {NodeJS.ProcessEnv} [options.environment] added to this process's own
 * @param {(line: string) => void} [options.onLine]
 * @param {(id: number) => void} options.started is told its process id
 * @returns {Promise<void>}
 */
export const runProgram = (command, words, { directory, failure, remedy, environment = {}, onLine, started }) => new Promise((resolve, reject) => {
  if (stopping) {
    reject(new SetUpError(`${failure}: the set-up was stopped.`, remedy));
    return;
  }
  /** @type {string[]} */
  const said = [];
  const child = spawn(command, words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  running.add(child);
  if (child.pid !== undefined) started(child.pid);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      if (said.length > linesToShow) said.shift();
      onLine?.(line);
    });
  child.on('error', (error) => {
    running.delete(child);
    reject(new SetUpError(`${failure}: ${command} could not be started (${error.message}).`, remedy));
  });
  child.on('close', (code, signal) => {
    running.delete(child);
    if (code === 0) resolve();
    else reject(new SetUpError(`${failure} (${signal ?? `exit code ${code}`}). Its last words:\n${said.map((line) => `    ${line}`).join('\n')}`, remedy));
  });
});
