import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join, sep } from 'node:path';
import { runProgram } from './program.mjs';
import { SetUpError } from './set-up-error.mjs';
import { fingerprint, isStamped } from './stamp.mjs';

/** Where npm puts the Node that the project pins. @param {string} root */
export const pinnedNode = (root) => join(root, 'node_modules', 'node', 'bin', 'node');

/** @param {string} file */
const isFile = (file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * A Node that does not lie in node_modules: under `npm start` the one that runs this may, and npm is about to remove that.
 *
 * @param {string} root
 */
const nodeOutside = (root) => {
  const inside = join(root, 'node_modules') + sep;
  const candidates = [process.execPath, ...(process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'))];
  return candidates.find((file) => !file.startsWith(inside) && isFile(file)) ?? process.execPath;
};

/** The npm that called, or the one on PATH; other package managers know no package-lock.json. @param {string} root */
const npm = (root) => {
  const caller = process.env['npm_execpath'];
  return caller !== undefined && basename(caller) === 'npm-cli.js' && isFile(caller) ? [nodeOutside(root), caller] : ['npm'];
};

/** Folders of the packages that this machine gets: of those with native code only its own. @param {string} root @returns {string[]} */
const packageFolders = (root) => {
  const { packages = {} } = /** @type {{ packages?: Record<string, { os?: string[], cpu?: string[], libc?: string[] }> }} */ (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return Object.entries(packages)
    .filter(([folder, { os, cpu, libc }]) => folder !== '' && (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true) && !(libc?.includes('musl') ?? false))
    .map(([folder]) => join(root, folder, 'package.json'));
};

/**
 * The packages of the lockfile.
 *
 * @param {string} root
 */
export const nodePackages = (root) => {
  const stamp = join(root, 'node_modules', '.headrace-set-up');
  const wanted = () => fingerprint([join(root, 'package-lock.json'), join(root, '.npmrc')], `${process.platform} ${process.arch}`);
  /** @type {string[] | undefined} */
  let folders;
  return {
    name: 'Node packages',
    size: 'about 460 MB to download, 1.1 GB on disk',
    isDone: () => isStamped(stamp, wanted()),
    count: () => {
      folders ??= packageFolders(root);
      return { done: folders.filter((file) => existsSync(file)).length, total: folders.length };
    },
    /** @param {(id: number) => void} started */
    install: async (started) => {
      const [command = 'npm', ...words] = npm(root);
      await runProgram(command, [...words, 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress'], {
        directory: root,
        started,
        // ONNX Runtime's install script would fetch graphics card support from elsewhere: what is used is in its package.
        environment: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
        failure: 'The Node packages could not be installed: npm ci failed',
        remedy: 'see that npm is installed and reaches its registry, then give the same command again; what was downloaded is in npm\'s cache',
      });
      if (!existsSync(pinnedNode(root)))
        throw new SetUpError('The Node that the project pins is not in node_modules: its install script did not run.', 'npm ci --ignore-scripts=false (package.json lists the scripts that are approved), then give the same command again');
      writeFileSync(stamp, wanted());
    },
  };
};
