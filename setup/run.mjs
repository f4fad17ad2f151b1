/**
 * `node setup/run.mjs [FILE [WORDS]]`: does the set-up where it is not done, then runs a TypeScript program of the project
 * under the Node that the project pins.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { pinnedNode } from './node-packages.mjs';
import { stopPrograms } from './program.mjs';
import { SetUpError } from './set-up-error.mjs';
import { setUp } from './set-up.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [program, ...words] = process.argv.slice(2);
let stopped = false;

/** @param {unknown} error @returns {string} what a person can mend in plain words, anything else with its place */
const textOf = (error) => {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('\n');
  return error instanceof SetUpError ? error.message : error instanceof Error ? String(error.stack) : String(error);
};

/** A set-up that is stopped takes npm and pip with it. @param {NodeJS.Signals} signal */
const stop = (signal) => {
  stopped = true;
  process.stderr.write(`\nset-up: stopped by ${signal}; the same command goes on with it\n`);
  void stopPrograms().finally(() => process.exit(1));
};

/** @param {string} file */
const runFile = (file) => {
  const modules = join(root, 'node_modules');
  const child = spawn(pinnedNode(root), ['--import', pathToFileURL(join(modules, 'tsx', 'dist', 'loader.mjs')).href, join(root, file), ...words], {
    stdio: 'inherit',
    env: { ...process.env, PATH: [join(modules, '.bin'), dirname(pinnedNode(root)), process.env['PATH'] ?? ''].join(delimiter) },
  });
  // On a terminal Ctrl-C reaches the program by itself; else it is told. It stops in its own time, and this process with it.
  process.on('SIGINT', () => { if (!process.stdin.isTTY) child.kill('SIGINT'); });
  process.on('SIGTERM', () => { child.kill('SIGTERM'); });
  child.on('close', (code, signal) => { process.exitCode = code ?? (signal ? 1 : 0); });
};

process.on('SIGINT', stop).on('SIGTERM', stop);
try {
  await setUp(root);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (program !== undefined) runFile(program);
} catch (error) {
  // What fails because it was told to stop has no more to say.
  if (!stopped) process.stderr.write(`${textOf(error)}\n`);
  process.exitCode = 1;
}
