import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from './program.mjs';
import { SetUpError } from './set-up-error.mjs';
import { fingerprint, isStamped } from './stamp.mjs';

/** The pinned packages are there, built, for these versions. */
const oldest = 11;
const newest = 14;

/**
 * The first Python 3 on PATH whose version will do.
 *
 * @returns {{ name: string, version: string }}
 */
const findPython = () => {
  const seen = [];
  for (const name of ['python3', ...[14, 13, 12, 11].map((minor) => `python3.${minor}`), 'python']) {
    const { status, stdout } = spawnSync(name, ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])'], { encoding: 'utf8' });
    if (status !== 0) continue;
    const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
    const version = `${major}.${minor}`;
    if (major !== 3 || minor < oldest || minor > newest) {
      seen.push(`${name} is ${version}`);
      continue;
    }
    if (spawnSync(name, ['-c', 'import venv, ensurepip']).status !== 0) {
      seen.push(`${name} is ${version} but cannot make virtual environments (its modules venv and ensurepip are missing: on Debian and Ubuntu apt-get install python${version}-venv brings them)`);
      continue;
    }
    return { name, version };
  }
  throw new SetUpError(
    `A Python from 3.${oldest} to 3.${newest} that can make virtual environments is needed; found: ${seen.join(', ') || 'no Python on PATH'}.`,
    `install Python 3.${newest - 1} (or what is missing of one that is there), then give the same command again`,
  );
};

/** @param {readonly string[]} files @returns {number} distinct packages that they pin */
const pinsIn = (files) => new Set(files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^[\w.-]+(?===)/gm)].map(([name]) => name))).size;

/** @param {string} venv @returns {number} packages that are installed, but for pip itself */
const installedIn = (venv) => {
  const lib = join(venv, 'lib');
  if (!existsSync(lib)) return 0;
  const site = readdirSync(lib).map((name) => join(lib, name, 'site-packages')).find((directory) => existsSync(directory));
  return site === undefined ? 0 : readdirSync(site).filter((name) => name.endsWith('.dist-info') && !/^(pip|setuptools)-/.test(name)).length;
};

/**
 * A Python environment for the local cloud, the trainer, the lake's writer and the checks, all at the versions and hashes that the project pins.
 *
 * @param {string} root
 */
export const pythonPackages = (root) => {
  const venv = join(root, '.headrace', 'venv');
  const python = join(venv, 'bin', 'python');
  const stamp = join(venv, '.headrace-set-up');
  const files = ['local/requirements.txt', 'glue-jobs/requirements.txt', 'glue-jobs/requirements-lake.txt', 'cli/requirements.txt', 'test/requirements.txt'].map((file) => join(root, file));
  const wanted = () => fingerprint(files);
  const total = pinsIn(files);
  let downloaded = 0;
  return {
    name: 'Python packages',
    size: 'about 190 MB to download, 800 MB on disk',
    // A link to a Python that has been removed since is no Python.
    isDone: () => isStamped(stamp, wanted()) && existsSync(python),
    count: () => ({ done: Math.min(downloaded, total) + installedIn(venv), total: 2 * total }),
    /** @param {(id: number) => void} started */
    install: async (started) => {
      const { name } = findPython();
      const whole = existsSync(stamp) && spawnSync(python, ['-c', 'import pip']).status === 0;
      // Without a stamp an installation was broken off: what is there may be half a package, which pip takes for a whole one.
      rmSync(whole ? stamp : venv, { recursive: true, force: true });
      mkdirSync(dirname(venv), { recursive: true });
      if (!whole)
        await runProgram(name, ['-m', 'venv', venv], { directory: root, started, failure: 'The Python environment could not be made', remedy: `make ${name} -m venv .headrace/venv work, then give the same command again` });
      await runProgram(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar=off', '--require-hashes', '--no-deps', '--only-binary=:all:', ...files.flatMap((file) => ['-r', file])], {
        directory: root,
        started,
        onLine: (line) => { if (/^\s*(Downloading|Using cached|Processing|Requirement already satisfied)/.test(line)) downloaded += 1; },
        failure: 'The Python packages could not be installed: pip failed',
        remedy: 'see that pip reaches its index, then give the same command again; what was downloaded is in pip\'s cache',
      });
      writeFileSync(stamp, wanted());
    },
  };
};
