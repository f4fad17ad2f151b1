/**
 * Brings everything that the project needs to a fresh clone: the Node packages of the lockfile, and a Python environment for
 * the local cloud, the trainer and the checks. Runs on the machine's own Node, before any package is there.
 */
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { nodePackages } from './node-packages.mjs';
import { showProgress } from './progress.mjs';
import { pythonPackages } from './python-packages.mjs';
import { SetUpError } from './set-up-error.mjs';

const oldestNode = 20;

const say = (/** @type {string} */ text) => { process.stderr.write(text); };

/** @param {string} root */
const missingSteps = (root) => [nodePackages(root), pythonPackages(root)].filter(({ isDone }) => !isDone());

/** @param {string} root @param {(id: number) => void} started */
const doMissingSteps = async (root, started) => {
  const steps = missingSteps(root);
  if (steps.length === 0) return;
  const began = Date.now();
  say(`set-up: ${steps.map(({ name, size }) => `${name} (${size})`).join(' and ')}; a minute or two on a fast line …\n`);
  const endProgress = showProgress(steps);
  const outcomes = await Promise.allSettled(steps.map(({ install }) => install(started)));
  endProgress();
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [/** @type {unknown} */ (outcome.reason)] : []));
  if (failures.length > 0) throw new AggregateError(failures, 'The set-up is not complete.');
  say(`set-up: done in ${((Date.now() - began) / 1000).toFixed(0)} s\n`);
};

/**
 * Does what is missing; takes a moment when nothing is.
 *
 * @param {string} root the project's directory
 * @throws {SetUpError | AggregateError} one error, or those of all steps that failed
 */
export const setUp = async (root) => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (process.platform === 'win32') throw new SetUpError('The local cloud and the tests run on Linux and macOS.', 'use the Windows Subsystem for Linux');
  if (major < oldestNode) throw new SetUpError(`Node ${oldestNode} or newer is needed to begin; this is ${process.versions.node}.`, `install Node ${oldestNode} or newer: the project brings the version that it runs on`);
  if (missingSteps(root).length === 0) return;
  await alone(join(root, '.headrace', 'set-up.lock'), say, (started) => doMissingSteps(root, started));
};
