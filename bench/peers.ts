import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { projectIn } from '../cli/project';
import { pythonFor } from '../local/programs';
import type { Side } from './side';
import { startSide } from './side';

const run = promisify(execFile);
/** Sets of Python packages, each in an environment of its own: what a peer needs must not decide what another gets. */
type Packages = 'requirements' | 'requirements-feast' | 'requirements-training';

/** What each set costs to bring. */
const sizes: Readonly<Record<Packages, string>> = {
  requirements: 'about 80 MB to download, 300 MB on disk', 'requirements-feast': 'about 220 MB to download, 900 MB on disk', 'requirements-training': 'about 120 MB to download, 400 MB on disk',
};

/** What the benchmarks make and keep between runs. */
export const benchDirectory = join(projectIn(join(__dirname, '..')).home, 'bench');

const install = async (packages: Packages): Promise<string> => {
  const requirements = join(__dirname, `${packages}.txt`);
  const environment = `${benchDirectory}-venv${packages.slice('requirements'.length)}`;
  const python = join(environment, 'bin', 'python');
  const stamp = join(environment, '.headrace-bench');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === wanted) return python;
  process.stderr.write(`the peers' Python packages (${sizes[packages]}) …\n`);
  // The stamp is written last: what is there without one may be half a package.
  rmSync(environment, { recursive: true, force: true });
  await run(pythonFor(undefined), ['-m', 'venv', environment]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '--only-binary=:all:', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return python;
};

const installed = new Map<Packages, Promise<string>>();

/**
 * Starts a Python peer; its packages are installed at the first use.
 *
 * @param program file in bench/peers
 * @param packages file in bench, without its ending
 */
export const startPeer = async (program: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}, packages: Packages = 'requirements'): Promise<Side> => {
  const python = installed.get(packages) ?? install(packages);
  installed.set(packages, python);
  return startSide(await python, [join(__dirname, 'peers', program), ...words], environment);
};

/**
 * Starts a program of bench/programs under this process's Node, compiled first: no loader stands in the way of what is measured.
 *
 * @param program file without its ending
 */
export const startProgram = (program: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}): Side => {
  const outfile = join(benchDirectory, 'programs', `${program}.js`);
  buildSync({ entryPoints: [join(__dirname, 'programs', `${program}.ts`)], outfile, bundle: true, platform: 'node', target: 'node24', format: 'cjs', logLevel: 'error' });
  return startSide(process.execPath, [outfile, ...words], environment);
};
