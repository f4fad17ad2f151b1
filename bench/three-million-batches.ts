import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { paginateGetExecutionHistory, SFNClient } from '@aws-sdk/client-sfn';
import { compileFiles } from '../cli/commands/compile';
import { contextFor, type Context } from '../cli/context';
import { datasetNamed, runDataset } from '../cli/dataset/run-dataset';
import { deployStacks } from '../cli/deploy';
import { projectIn } from '../cli/project';
import { queryLake, type QueryValue } from '../cli/sql/query';
import { executionNameOf, type BatchRecord } from '../core/dataset/batch';
import { prepareFlights } from '../examples/flights/prepare';
import { withDatabase } from '../lib/runtime/duckdb';
import { s3Objects } from '../lib/runtime/object-store';
import { startLocalCloud, type LocalCloud } from '../local/cloud';
import { pathsIn } from '../local/paths';
import { benchDirectory } from './peers';
import { watchProcesses, type Peaks } from './process-peaks';

/*
 * All three million flights as one batch of a dataset, through the deployed pipeline of a local cloud: once by the functions
 * with DuckDB, once by Spark. Then the two tables are compared with each other and with the file.
 */

const root = join(__dirname, '..');
const home = join(benchDirectory, 'batches');
const port = Number(process.env['HEADRACE_LOCAL_PORT'] ?? 4636);
const engines = ['duckdb', 'spark'] as const;
type Engine = (typeof engines)[number];

/** What a step runs in: a function, or the Spark job. */
const worker: Readonly<Record<string, string>> = { land: 'lander', verify: 'lander', commit: 'lander', 'gate and table on Spark': 'Spark' };
const workerOf = (step: string): string => worker[step] ?? 'committer';

/** A step of the state machine, with the highest memory and disk of what it runs in. */
interface StepRun { readonly step: string; readonly worker: string; readonly seconds: number; readonly memoryMegabytes: number; readonly diskMegabytes: number }
interface Stored { readonly objects: number; readonly bytes: number }
interface EngineRun { readonly engine: Engine; readonly seconds: number; readonly rows: number; readonly rejected: number; readonly steps: readonly StepRun[]; readonly raw: Stored; readonly tableData: Stored; readonly tableMetadata: Stored }

/** What a run came to, as bench/three-million-batches.json has it. */
export interface BatchesRun {
  readonly rows: number;
  readonly fileBytes: number;
  readonly engines: readonly EngineRun[];
  /** By what was compared: the file, and the table of each engine. */
  readonly contents: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly differences: readonly string[];
  readonly machine: string;
  /** What else the machine did: processes that wanted to run, for each processor. */
  readonly load: string;
  readonly node: string;
  readonly date: string;
}

const columns = ['flight', 'origin', 'destination', 'distance', 'scheduledDeparture', 'departureHour', 'departureWeekday', 'delayMinutes', 'landing'] as const;
const moments: ReadonlySet<string> = new Set(['scheduledDeparture', 'landing']);
const texts: ReadonlySet<string> = new Set(['origin', 'destination']);
const number = (name: string): string => (moments.has(name) ? `epoch_ms("${name}")` : `"${name}"`);

/** Counts, a sum of each column (of text: of its hash), and one of the hashes of all rows: the order of rows does not matter. */
const contentQuery = (from: string): string => {
  const row = `concat_ws('|', ${columns.map(number).join(', ')})`;
  const measures: readonly (readonly [string, string])[] = [
    ['rows', 'count(*)'], ['flights', 'count(DISTINCT flight)'], ...columns.map((name) => [`sum of ${name}`, `sum(CAST(${texts.has(name) ? `md5_number_lower("${name}")` : number(name)} AS HUGEINT))`] as const),
    ['rows by hash', `sum(CAST(md5_number_lower(${row}) AS HUGEINT))`],
  ];
  return `SELECT ${measures.map(([what, sql]) => `CAST(${sql} AS VARCHAR) AS "${what}"`).join(', ')} FROM ${from}`;
};

/** The flights as the example prepares them, with the row's place in the source as their key. */
const fileOfFlights = async (): Promise<{ readonly file: string; readonly content: Readonly<Record<string, string>> }> => {
  const { history, playback } = await prepareFlights(join(projectIn(root).home, 'cache', 'flights'));
  const file = join(home, 'flights.parquet');
  const content = await withDatabase(home, async ({ run, rows }) => {
    await run({ step: 'the file of flights', sql: `COPY (
      SELECT CAST(substr(id, 8) AS BIGINT) AS flight, origin, destination, distance, "scheduledDeparture", "departureHour", "departureWeekday", "delayMinutes", recordedtime AS landing
      FROM read_parquet(['${history}', '${playback}']) ORDER BY flight) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 100000)` });
    return (await rows(contentQuery(`read_parquet('${file}')`)))[0] as Readonly<Record<string, string>>;
  });
  return { file, content };
};

const deploy = async (cloud: LocalCloud): Promise<Context> => {
  const generated = join(home, 'generated');
  Object.assign(process.env, { AWS_ENDPOINT_URL: cloud.endpoint, HEADRACE_LOCAL_PORT: String(port), HEADRACE_BENCH_GENERATED: generated });
  const project = {
    directory: root, home, definitions: join(__dirname, 'programs', 'batch-definitions.ts'), environments: join(root, 'examples', 'flights', 'environments.ts'),
    manifest: join(generated, 'manifest.json'), validators: join(generated, 'validators.js'), contracts: join(generated, 'contracts'), app: 'node --import tsx bench/programs/batch-app.ts', output: join(home, 'cdk.out'),
  };
  compileFiles(project, false);
  const context = contextFor('local', project);
  await deployStacks(context);
  return context;
};

const diskOf = (what: string): string => `disk of ${what}`;
/** How directories begin that each writes to, below the local cloud's temporary one. */
const directories: readonly (readonly [beginning: string, what: string])[] = [['landing', 'lander'], ['batch-', 'committer'], ['glue-', 'Spark']];

const watch = ({ names }: Context, cloud: LocalCloud) => watchProcesses((environment, command) => {
  if (environment.get('AWS_ENDPOINT_URL')?.endsWith(`:${port}`) !== true) return undefined;
  const name = environment.get('AWS_LAMBDA_FUNCTION_NAME');
  // The job's Python only tells the Java process what to do.
  return name === undefined ? (environment.has('SPARK_CONF_DIR') && command === 'java' ? 'Spark' : undefined) : ['lander', 'committer'].find((each) => name === names.function(`dataset-${each}`));
}, () => {
  const { temporary } = pathsIn(cloud.home);
  return readdirSync(temporary).flatMap((name) => directories.filter(([beginning]) => name.startsWith(beginning)).map(([, what]) => [diskOf(what), join(temporary, name)] as const));
});

const megabytes = (bytes = 0): number => Math.round(bytes / 2 ** 20);

/** The steps of an execution with their times, as its history has them. */
const stepsOf = async ({ environment, names }: Context, record: BatchRecord, peaks: (from: number, to: number) => Peaks): Promise<readonly StepRun[]> => {
  const executionArn = `arn:aws:states:${environment.region}:${environment.account}:execution:${names.stateMachine('land-dataset')}:${executionNameOf(record)}`;
  const entered = new Map<string, number>();
  const steps: StepRun[] = [];
  for await (const { events } of paginateGetExecutionHistory({ client: new SFNClient({ region: environment.region }) }, { executionArn })) {
    for (const { type, timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events ?? []) {
      const at = timestamp?.getTime() ?? 0;
      if (type === 'TaskStateEntered') entered.set(stateEnteredEventDetails?.name ?? '', at);
      const from = type === 'TaskStateExited' ? entered.get(stateExitedEventDetails?.name ?? '') : undefined;
      if (from === undefined) continue;
      const [step, highest] = [stateExitedEventDetails?.name ?? '', peaks(from, at)];
      steps.push({ step, worker: workerOf(step), seconds: Number(((at - from) / 1000).toFixed(1)), memoryMegabytes: megabytes(highest[workerOf(step)]), diskMegabytes: megabytes(highest[diskOf(workerOf(step))]) });
    }
  }
  return steps;
};

const storedBelow = async ({ environment }: Context, bucket: string, prefix: string): Promise<Stored> => {
  let [objects, bytes] = [0, 0];
  for await (const object of s3Objects(new S3Client({ region: environment.region }), bucket).list(prefix)) [objects, bytes] = [objects + 1, bytes + object.bytes];
  return { objects, bytes };
};

const runOn = async (context: Context, cloud: LocalCloud, engine: Engine, file: string): Promise<EngineRun> => {
  const name = `flights_${engine}`;
  const processes = watch(context, cloud);
  try {
    const began = performance.now();
    const record = await runDataset(context, name, { file });
    const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
    const { version } = datasetNamed(context, name);
    return {
      engine, seconds, rows: record.rows ?? 0, rejected: record.rejected ?? 0, steps: await stepsOf(context, record, processes.between),
      raw: await storedBelow(context, context.names.bucket('raw'), `raw/dataset=${name}/v${version}/`),
      tableData: await storedBelow(context, context.names.bucket('curated'), `datasets/${name}/data/`), tableMetadata: await storedBelow(context, context.names.bucket('curated'), `datasets/${name}/metadata/`),
    };
  } finally {
    processes.stop();
  }
};

const contentOf = async (context: Context, table: string): Promise<Readonly<Record<string, string>>> => {
  let [names, values]: [readonly string[], readonly QueryValue[]] = [[], []];
  await queryLake(context, contentQuery(table), {}, 1, { columns: (found) => { names = found; }, row: (found) => { values = found; } });
  // The query gives text alone.
  return Object.fromEntries(names.map((name, index) => [name, values[index] as string]));
};

/** Lands the flights on both engines, in an empty local cloud. */
const runBatches = async (): Promise<BatchesRun> => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const { file, content } = await fileOfFlights();
  const cloud = await startLocalCloud({ home, port });
  try {
    const context = await deploy(cloud);
    const runs: EngineRun[] = [];
    const contents: Record<string, Readonly<Record<string, string>>> = { file: content };
    for (const engine of engines) {
      process.stderr.write(`${engine} …\n`);
      const run = await runOn(context, cloud, engine, file);
      runs.push(run);
      process.stderr.write(`${JSON.stringify(run)}\n`);
      contents[engine] = await contentOf(context, `flights_${engine}`);
    }
    const differences = engines.flatMap((engine) => Object.entries(content).filter(([what, value]) => contents[engine]?.[what] !== value).map(([what, value]) => `${engine}: ${what} is ${contents[engine]?.[what] ?? 'not there'}, and ${value} in the file`));
    return { rows: Number(content['rows']), fileBytes: statSync(file).size, engines: runs, contents, differences, machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`, load: `load ${((loadavg()[2] ?? 0) / cpus().length).toFixed(1)} for each processor in the 15 minutes before the end`, node: process.versions.node, date: new Date().toISOString().slice(0, 10) };
  } finally {
    await cloud.stop();
  }
};

const main = async (): Promise<void> => {
  const result = await runBatches();
  writeFileSync(join(__dirname, 'three-million-batches.json'), `${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const difference of result.differences) process.stderr.write(`${difference}\n`);
  if (result.differences.length > 0) process.exitCode = 1;
};

if (require.main === module) void main().catch((error: unknown) => { process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`); process.exitCode = 1; });
