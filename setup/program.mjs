import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SetUpError } from './set-up-error.mjs';

const linesToShow = 20;

/** What runs now: a set-up that is told to stop takes its programs with it. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

export const stopPrograms = () => { for (const child of running) child.kill('SIGTERM'); };

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
 * @returns {Promise<void>}
 */
export const runProgram = (command, words, { directory, failure, remedy, environment = {}, onLine }) => new Promise((resolve, reject) => {
  /** @type {string[]} */
  const said = [];
  const child = spawn(command, words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  running.add(child);
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
