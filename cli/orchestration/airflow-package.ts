import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { airflowOf, describeForAirflow, descriptionFile, descriptionText } from '../../core/orchestration/airflow';
import { packageDirectory } from '../../local/programs';
import { CommandError } from '../command-error';
import type { Context } from '../context';

/** The operators and the file that makes DAGs with them, which are the same for every environment. */
const program = join(packageDirectory, 'airflow-dags');

const isProgram = (file: string): boolean => file === 'requirements.txt' || file.endsWith('.py') || file.endsWith('.airflowignore');

const filesBelow = (directory: string): readonly string[] => (existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : []).filter((file) => /\.\w+$/u.test(file) && !file.includes('__pycache__'));

/** Where the package of an environment is written, when nothing else is said. */
const usualDirectory = ({ project, environment }: Context): string => join(dirname(project.manifest), 'airflow', environment.name);

/** Files of an environment's package with their texts, by their place in it. */
const packageOf = ({ manifest, environment, names }: Context): Readonly<Record<string, string>> => {
  const orchestration = airflowOf(environment);
  if (orchestration === undefined) throw new CommandError(`Datasets of the environment '${environment.name}' are started by EventBridge Scheduler: orchestration in environments.ts is { kind: '${environment.orchestration.kind}' }.`, { next: "set orchestration: { kind: 'airflow', startDate: '2026-03-01' } of the environment in environments.ts", exitCode: 2 });
  return {
    ...Object.fromEntries(filesBelow(program).filter(isProgram).map((file) => [file, readFileSync(join(program, file), 'utf8')])),
    [join('dags', descriptionFile(environment))]: descriptionText(describeForAirflow(manifest, environment, names, orchestration)),
  };
};

/**
 * Writes the DAGs of an environment's datasets, with all that they need: the folders `dags` and `plugins` of an Airflow, and its requirements.
 *
 * @param directory where to; `generated/airflow/<environment>` of the project when nothing is said
 * @param check only compare: a file that is stale, or not one of the package, is an error
 * @returns the directory, and the files that were written or removed, below it
 * @throws CommandError when the environment's datasets are not Airflow's to start, or the check found a difference
 */
export const writeAirflowPackage = (context: Context, { directory = usualDirectory(context), check = false }: { readonly directory?: string; readonly check?: boolean } = {}): { readonly directory: string; readonly written: readonly string[]; readonly removed: readonly string[] } => {
  const wanted = packageOf(context);
  const stale = Object.entries(wanted).filter(([file, text]) => !existsSync(join(directory, file)) || readFileSync(join(directory, file), 'utf8') !== text);
  const removed = filesBelow(directory).filter((file) => isProgram(file) && !(file in wanted));
  const written = stale.map(([file]) => file);
  if (check && written.length + removed.length > 0) {
    throw new CommandError(`The DAG package in ${directory} differs from the manifest:\n${[...written, ...removed].map((file) => `  ${file}`).join('\n')}`, { next: `npx headrace airflow generate --env ${context.environment.name}, then commit what it wrote` });
  }
  for (const file of removed) rmSync(join(directory, file));
  for (const [file, text] of stale) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return { directory, written, removed };
};
