/**
 * Brings everything that the project needs to a fresh clone: the Node packages of the lockfile, and a Python environment for
 * the local cloud, the trainer and the checks. Runs on the machine's own Node, before any package is there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const venv = join(root, '.headrace', 'venv');
export const python = join(venv, 'bin', 'python');

/** A failure that a person can mend. */
export class SetUpError extends Error {
  /** @param {string} message @param {string} remedy */
  constructor(message, remedy) {
    super(`${message}\nnext: ${remedy}`);
    this.name = 'SetUpError';
  }
}

const say = (/** @type {string} */ line) => process.stderr.write(`${line}\n`);

/** @param {readonly string[]} files */
export const fingerprint = (files, extra = '') =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256').update(extra)).digest('hex');

/** A step is done when its stamp holds its fingerprint; the stamp is written last, so that a broken-off step is done again. */
export const isDone = (/** @type {string} */ stamp, /** @type {string} */ wanted) => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

/** @param {string} command @param {readonly string[]} words @returns {Promise<number | null>} */
const run = (command, words, environment = {}) => new Promise((resolve, reject) => {
  const child = spawn(command, words, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ...environment } });
  child.on('error', reject);
  child.on('close', resolve);
});

const nodePackages = async () => {
  const stamp = join(root, 'node_modules', '.headrace-set-up');
  const wanted = fingerprint([join(root, 'package-lock.json'), join(root, '.npmrc')], `${process.platform} ${process.arch}`);
  if (isDone(stamp, wanted)) return;
  say('set-up 1 of 2: Node packages (about 460 MB to download, 1.1 GB on disk; a minute or two) …');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [command = 'npm', ...words] = npm;
  // The engine's own install script would fetch what no machine here uses: its binary is in the package.
  if (await run(command, [...words, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { ONNXRUNTIME_NODE_INSTALL: 'skip' }) !== 0)
    throw new SetUpError('The Node packages could not be installed; npm said why above.', 'check the network, then give the same command again: what was downloaded is kept');
  writeFileSync(stamp, wanted);
};

const requirementFiles = () => ['local', 'glue-jobs', 'test'].map((folder) => join(root, folder, 'requirements.txt'));

/** The first Python on PATH that is new enough. */
const findPython = () => {
  const seen = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python']) {
    const { status, stdout } = spawnSync(name, ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])'], { encoding: 'utf8' });
    if (status !== 0) continue;
    const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
    seen.push(`${name} ${major}.${minor}`);
    if (major !== 3 || minor < 11) continue;
    if (spawnSync(name, ['-c', 'import venv, ensurepip']).status !== 0)
      throw new SetUpError(`${name} (${major}.${minor}) cannot make virtual environments: its modules venv and ensurepip are missing.`, `install them (Debian and Ubuntu: apt-get install python${major}.${minor}-venv), then give the same command again`);
    return { name, version: `${major}.${minor}` };
  }
  throw new SetUpError(`Python 3.11 or newer is needed; found ${seen.join(', ') || 'none'}.`, 'install Python 3.11 or newer, then give the same command again');
};

const pythonPackages = async () => {
  const stamp = join(venv, '.headrace-set-up');
  const files = requirementFiles();
  const works = () => spawnSync(python, ['-c', 'import pip']).status === 0;
  const wanted = fingerprint(files);
  if (isDone(stamp, wanted) && existsSync(python)) return;
  const { name, version } = findPython();
  say(`set-up 2 of 2: Python ${version} packages for the local cloud, the trainer and the checks (about 190 MB to download, 800 MB on disk; a minute) …`);
  mkdirSync(dirname(venv), { recursive: true });
  if (!works()) {
    rmSync(venv, { recursive: true, force: true });
    if (await run(name, ['-m', 'venv', venv]) !== 0) throw new SetUpError('The Python environment could not be made.', `try ${name} -m venv .headrace/venv by hand: it says what is missing`);
  }
  for (const file of files)
    if (await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '--prefer-binary', '-r', file]) !== 0)
      throw new SetUpError(`The Python packages of ${file} could not be installed; pip said why above.`, 'check the network, then give the same command again: what was downloaded is kept');
  writeFileSync(stamp, wanted);
};

/** Does what is missing; takes a moment when nothing is. */
export const setUp = async () => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new SetUpError(`Node 20 or newer is needed to begin; this is ${process.versions.node}.`, 'install Node 20 or newer');
  await nodePackages();
  await pythonPackages();
};
