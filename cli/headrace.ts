import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command } from 'commander';
import { CommandError } from './command-error';

/** Each noun's module is loaded only when it is typed, so that a command starts quickly. */
const nouns: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  compile: async () => (await import('./commands/compile')).registerCompile,
  contracts: async () => (await import('./commands/contracts')).registerContracts,
  sql: async () => (await import('./commands/sql')).registerSql,
  diff: async () => (await import('./commands/diff')).registerDiff,
  deploy: async () => (await import('./commands/deploy')).registerDeploy,
  local: async () => (await import('./commands/local')).registerLocal,
  doctor: async () => (await import('./commands/doctor')).registerDoctor,
  events: async () => (await import('./commands/events')).registerEvents,
  import: async () => (await import('./commands/import')).registerImport,
  lake: async () => (await import('./commands/lake')).registerLake,
  lineage: async () => (await import('./commands/lineage')).registerLineage,
  dataset: async () => (await import('./commands/dataset')).registerDataset,
  airflow: async () => (await import('./commands/airflow')).registerAirflow,
  erase: async () => (await import('./commands/erase')).registerErase,
  quarantine: async () => (await import('./commands/quarantine')).registerQuarantine,
  redrive: async () => (await import('./commands/redrive')).registerRedrive,
  features: async () => (await import('./commands/features')).registerFeatures,
  'training-set': async () => (await import('./commands/training-set')).registerTrainingSet,
  model: async () => (await import('./commands/model')).registerModel,
  predict: async () => (await import('./commands/predict')).registerPredict,
};

/** The version of the package that this file is of, compiled or not. */
const version = (): string => {
  const file = findPackageJSON('.', __filename);
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
};

/** The command line as a program; `only` limits it to the noun that was typed. */
export const programFor = async (only: string | undefined): Promise<Command> => {
  const program = new Command('headrace')
    .description('A serverless data platform for machine learning: events in, features kept, predictions out.')
    .option('--env <name>', 'the environment, from environments.ts', 'local')
    // Every command's help shows --env, which each of them takes.
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(headrace --help lists the commands)')
    .exitOverride();
  // After a noun it is the version of a model.
  if (only === undefined) program.version(version(), '--version', 'the version of Headrace');
  for (const load of only ? [nouns[only]] : Object.values(nouns)) (await load?.())?.(program);
  return program;
};

/** What a refused connection means: only the local cloud is on this machine. Undefined for any other error. */
const cloudIsAway = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { code, address, port } = error as Error & { readonly code?: unknown; readonly address?: unknown; readonly port?: unknown };
  return code === 'ECONNREFUSED' && (address === '127.0.0.1' || address === '::1') ? `Nothing answers at ${address}:${String(port)}: the local cloud is not running.` : undefined;
};

/** Names of the services' errors that say that a bucket, table, function or state machine is not there. */
const missing: ReadonlySet<string> = new Set(['NoSuchBucket', 'ResourceNotFoundException', 'StateMachineDoesNotExist']);

/** What a command meets in an environment that is not deployed, or not whole. Undefined for any other error. */
const notDeployed = (error: unknown, environment: string): CommandError | undefined => {
  if (!(error instanceof Error && missing.has(error.name))) return undefined;
  const elsewhere = /\bstream\b/iu.test(error.message) ? `where its events come in by a topic of Kafka, say ingestion: 'msk' of it in environments.ts; otherwise ` : '';
  return new CommandError(`The environment ${environment} lacks something that this command needs, as it is not deployed, or its deployment has not ended: ${error.name}: ${error.message}`, { next: `${elsewhere}npx headrace deploy --env ${environment}; where that changes nothing, docs/runbook.md`, cause: error });
};

/** Runs a command line; gives the exit code: 0 done, 1 the work failed, 2 wrong use. */
export const run = async (words: readonly string[]): Promise<number> => {
  const noun = words.find((word, index) => !word.startsWith('-') && words[index - 1] !== '--env');
  const program = await programFor(noun !== undefined && noun in nouns ? noun : undefined);
  try {
    await program.parseAsync(words, { from: 'user' });
    // A command that prints what it has found wrong says so by the code that it leaves.
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    // Commander throws to leave: help and version with code 0, anything else is wrong use and was printed already.
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('commander.'))
      return 'exitCode' in error && error.exitCode === 0 ? 0 : 2;
    const told = error instanceof CommandError ? error : notDeployed(error, program.opts<{ readonly env: string }>().env);
    if (told) {
      process.stderr.write(`${told.message}\n${told.next ? `next: ${told.next}\n` : ''}`);
      return told.exitCode;
    }
    const away = cloudIsAway(error);
    process.stderr.write(away === undefined ? `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n` : `${away}\nnext: npx headrace local start\n`);
    return 1;
  }
};

const main = async (): Promise<void> => { process.exitCode = await run(process.argv.slice(2)); };

if (require.main === module) void main();
