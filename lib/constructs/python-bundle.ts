import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../../core/environment/environment';
import { plainColumns } from '../../core/erasure/plain-columns';
import { curatedTables } from '../../core/lake/curated-table';
import type { Manifest } from '../../core/manifest/manifest';
import { bundleDirectory } from './bundle-directory';
import { cacheDirectory } from './foreign-package';
import { packageDirectory } from './package-directory';

/** Packages that functions in Python are made with. */
const requirements = (): string => join(packageDirectory(), 'glue-jobs', 'requirements-lake.txt');

const layerProgram = (): string => join(packageDirectory(), 'lib', 'constructs', 'python_layer.py');

/** A Python with pip: any will do, as wheels are brought for Lambda's machine and not for this one. */
export const python = (): string => {
  const candidates = [process.env['HEADRACE_PYTHON'], join(process.cwd(), '.headrace', 'venv', 'bin', 'python'), join(packageDirectory(), '.headrace', 'venv', 'bin', 'python')];
  return candidates.find((candidate) => candidate !== undefined && existsSync(candidate)) ?? 'python3';
};

/**
 * The layer with the packages of functions in Python, as an archive: made once for a machine and a set of requirements.
 *
 * @throws Error when pip cannot bring the packages, or they are larger than Lambda allows
 */
const layerOfPackages = (architecture: Environment['architecture']): string => {
  const hash = createHash('sha256').update(readFileSync(requirements())).update(readFileSync(layerProgram())).digest('hex').slice(0, 16);
  const archive = join(cacheDirectory(), `python-${architecture}-${hash}.zip`);
  if (existsSync(archive)) return archive;
  mkdirSync(cacheDirectory(), { recursive: true });
  const { status, stderr, error } = spawnSync(python(), [layerProgram(), requirements(), architecture, archive], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The packages of Lambda functions in Python could not be brought here: ${error?.message ?? stderr.trim()}. pip must reach its index.`);
  return archive;
};

const made = new Map<string, string>();

/** A layer whose packages the machine has itself: nothing is in it but a word on that. */
const emptyLayer = (): string => {
  const directory = bundleDirectory('layer');
  mkdirSync(join(directory, 'python'));
  writeFileSync(join(directory, 'python', 'README.txt'), 'The packages are those of the Python that runs the function.\n');
  return directory;
};

/** The archive or directory of the layer with the packages of functions in Python. */
export const pythonLayer = ({ architecture, pythonPackages }: Pick<Environment, 'architecture' | 'pythonPackages'>): string => {
  if (pythonPackages === 'layer') return layerOfPackages(architecture);
  const known = made.get('empty layer');
  if (known !== undefined) return known;
  const directory = emptyLayer();
  made.set('empty layer', directory);
  return directory;
};

/**
 * A Lambda function in Python, without its packages: its handler, the module that writes the lake, and what the definitions
 * say of the tables.
 *
 * @returns the directory whose `handler.handler` is the function's
 */
export const pythonBundle = (name: string, manifest: Manifest): string => {
  const [tables, plain] = [JSON.stringify(curatedTables(manifest)), JSON.stringify(plainColumns(manifest))];
  const key = `${name} ${tables} ${plain}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const directory = bundleDirectory(name);
  const isSource = (path: string): boolean => !path.includes('__pycache__');
  cpSync(join(packageDirectory(), 'lambdas', name), directory, { recursive: true, filter: isSource });
  cpSync(join(packageDirectory(), 'glue-jobs', 'headrace_lake'), join(directory, 'headrace_lake'), { recursive: true, filter: isSource });
  writeFileSync(join(directory, 'tables.json'), tables);
  writeFileSync(join(directory, 'plain-columns.json'), plain);
  made.set(key, directory);
  return directory;
};

/**
 * The archive of the program behind SageMaker endpoints. With packages it is made once and kept; without, they are those of
 * the Python that runs it.
 *
 * @throws Error when pip cannot bring the packages
 */
export const endpointProgramArchive = ({ pythonPackages }: Pick<Environment, 'pythonPackages'>): string => {
  const home = packageDirectory();
  const [program, maker] = [join(home, 'glue-jobs', 'model_endpoint'), join(home, 'lib', 'constructs', 'endpoint_program.py')];
  const packages = pythonPackages === 'layer' ? [join(home, 'glue-jobs', 'requirements-endpoint.txt')] : [];
  const sources = readdirSync(program).filter((file) => /\.(py|toml)$/u.test(file)).sort().map((file) => join(program, file));
  const content = createHash('sha256');
  for (const file of [...sources, ...packages, maker, layerProgram()]) content.update(readFileSync(file));
  const archive = join(cacheDirectory(), `model-endpoint-${content.digest('hex').slice(0, 16)}.tar.gz`);
  if (existsSync(archive)) return archive;
  mkdirSync(cacheDirectory(), { recursive: true });
  const { status, stderr, error } = spawnSync(python(), [maker, program, archive, ...packages], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The program behind SageMaker endpoints could not be packed: ${error?.message ?? stderr.trim()}. pip must reach its index.`);
  return archive;
};

/** Modules below glue-jobs/, in a directory that becomes an archive on the path of a job. */
const modulesDirectory = (name: string, modules: readonly string[]): string => {
  const known = made.get(name);
  if (known !== undefined) return known;
  const directory = bundleDirectory(name);
  for (const module of modules) cpSync(join(packageDirectory(), 'glue-jobs', module), join(directory, module), { recursive: true, filter: (path) => !path.includes('__pycache__') });
  made.set(name, directory);
  return directory;
};

/** A script of a Glue job. */
export const jobScript = (name: string): string => join(packageDirectory(), 'glue-jobs', `${name}.py`);

/** The modules of the Spark job. */
export const sparkModules = (): string => modulesDirectory('spark-modules', ['headrace_lake', 'headrace_spark']);

/** The modules of the jobs that train and judge models. */
export const trainingModules = (): string => modulesDirectory('training-modules', ['headrace_training']);

/** Packages of the jobs that train and judge models, `name==version` each, as they are pinned. */
export const trainingPackages = (): readonly string[] =>
  readFileSync(join(packageDirectory(), 'glue-jobs', 'requirements.txt'), 'utf8').split('\n').flatMap((line) => /^(?<package>[a-z0-9.-]+==[^\s;]+)/iu.exec(line)?.groups?.['package'] ?? []);
