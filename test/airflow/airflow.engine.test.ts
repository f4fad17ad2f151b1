import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Client } from 'pg';
import { compileFiles } from '../../cli/commands/compile';
import { contextFor, type Context } from '../../cli/context';
import { recordsOf } from '../../cli/dataset/run-dataset';
import { writeAirflowPackage } from '../../cli/orchestration/airflow-package';
import { queryLake, type QueryValue } from '../../cli/sql/query';
import type { AirflowOrchestration } from '../../core/environment/orchestration';
import type { Schedule } from '../../core/dataset/schedule';
import { cronOf } from '../../core/orchestration/airflow';
import { lastMoment } from '../../lib/runtime/schedule-moments';
import { startLocalCloud, type LocalCloud } from '../../local/cloud';
import { startPostgres, type PostgresServer } from '../lambdas/dataset-extractor/support/postgres-server';
import { airflowIn, installAirflow, type Airflow } from './support/airflow';
import { deployGenerated, emptyHome, generatedProject } from '../integration/support/generated-project';

const root = join(__dirname, '..', '..');
const home = join(root, '.headrace', 'airflow');
const [port, airflowPort] = [4760, 4765];
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

const day = 86_400_000;
/** Dates that are caught up; 30, a month, take ten minutes. */
const dates = Number(process.env['HEADRACE_AIRFLOW_DATES'] ?? 5);
const [accountsHour, ordersHour] = [5 * 3_600_000, 6 * 3_600_000];
const startDay = Math.floor(Date.now() / day) * day - (dates - 1) * day;
const orchestration: AirflowOrchestration = { kind: 'airflow', startDate: new Date(startDay).toISOString().slice(0, 10), retries: 2, retryMinutes: 0, pollSeconds: 1, dependencyPollSeconds: 5 };

let cloud: LocalCloud;
let postgres: PostgresServer;
let client: Client;
let context: Context;
let airflow: Airflow;
let venv: string;
/** What ends what was begun, the last first: of a set-up that broke off, what it had begun. */
const ends: (() => Promise<void>)[] = [];
const packageDirectory = join(home, 'package');

beforeAll(async () => {
  await emptyHome(home, port);
  Object.assign(process.env, { HEADRACE_TEST_DATABASES: JSON.stringify({ postgres: { secret: 'headrace-test-database' } }), HEADRACE_TEST_ORCHESTRATION: JSON.stringify(orchestration) });
  venv = installAirflow();
  postgres = await startPostgres();
  ends.push(() => postgres.stop());
  client = await postgres.connect();
  ends.push(() => client.end());
  await client.query('CREATE DATABASE airflow');
  await client.query(`CREATE TABLE accounts (id bigint PRIMARY KEY, balance numeric NOT NULL); INSERT INTO accounts SELECT i, i * 10 FROM generate_series(1, 100) i;
    CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL, updated_at timestamptz NOT NULL); INSERT INTO orders SELECT i, 'made', TIMESTAMPTZ '2026-03-01 00:00:00Z' + i * INTERVAL '1 hour' FROM generate_series(1, 10) i`);
  cloud = await startLocalCloud({ home, port });
  ends.push(() => cloud.stop());
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  await new SecretsManagerClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials }).send(new CreateSecretCommand({ Name: 'headrace-test-database', SecretString: JSON.stringify(postgres.secret) }));
  const project = generatedProject(home, 'airflow/definitions.ts');
  compileFiles(project, false);
  const found = contextFor('local', project);
  context = { ...found, environment: { ...found.environment, orchestration } };
  await deployGenerated(context);
  writeAirflowPackage(context, { directory: packageDirectory });
  airflow = airflowIn(venv, { home: join(home, 'airflow-home'), packageDirectory, metadata: { host: postgres.secret.host, port: Number(postgres.secret.port) }, port: airflowPort });
  ends.push(() => airflow.stop());
  const migrated = await airflow.run('db', 'migrate');
  if (migrated.code !== 0) throw new Error(`the metadata could not be made: ${migrated.output}`);
}, 600_000);
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  if (process.env['HEADRACE_KEEP'] === undefined) rmSync(home, { recursive: true, force: true });
}, 120_000);

const ask = async (sql: string): Promise<readonly (readonly QueryValue[])[]> => {
  const rows: (readonly QueryValue[])[] = [];
  await queryLake(context, sql, {}, Number.POSITIVE_INFINITY, { columns: () => undefined, row: (values) => { rows.push(values); } });
  return rows;
};
const batches = (dataset: string) => recordsOf(context).list(dataset);
const batchOf = (name: string, moment: number): string => `${name}-v1-${new Date(moment).toISOString().replaceAll(/[-:]|\.\d{3}/gu, '')}`;
const dagTest = (name: string, moment: number) => airflow.run('dags', 'test', `headrace-local-${name}-v1`, new Date(moment).toISOString());

/** What stands in the lake of a dataset: its batch records, the objects of raw, the commits of its table. */
const ledger = async (dataset: string) => {
  const s3 = new S3Client({ region: 'us-east-1', endpoint: cloud.endpoint, credentials, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: context.names.bucket('raw'), Prefix: `raw/dataset=${dataset}/` }));
  return { records: await batches(`${dataset}@v1`), objects: Contents.map(({ Key, ETag }) => [Key, ETag]), runs: await ask(`SELECT json_extract_string(run.facets, '$.headrace_batch.batch') AS batch, eventType, count(*) FROM lineage WHERE job.name = 'dataset.${dataset}' GROUP BY ALL ORDER BY ALL`) };
};

const tick = async (dataset: string, moment: number): Promise<unknown> => {
  const { Payload } = await new LambdaClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials }).send(new InvokeCommand({ FunctionName: context.names.function('dataset-scheduler'), Payload: Buffer.from(JSON.stringify({ dataset, moment: new Date(moment).toISOString() })) }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

/** Looks until something is so; says what it waits for when it never is. */
const until = async (what: string, isSo: () => Promise<boolean> | boolean, seconds = 60): Promise<void> => {
  for (const end = Date.now() + seconds * 1000; ; await pause(500)) {
    if (await isSo()) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
  }
};

/** Holds a table, so that whoever extracts it waits; gives what lets it go. */
const hold = async (table: string): Promise<() => Promise<void>> => {
  const holder = await postgres.connect();
  await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return async () => {
    await holder.query('COMMIT');
    await holder.end();
  };
};

/** What Airflow's metadata say. */
const metadata = async (sql: string): Promise<readonly unknown[]> => {
  const reader = new Client({ host: postgres.secret.host, port: Number(postgres.secret.port), user: 'postgres', database: 'airflow' });
  await reader.connect();
  try {
    return (await reader.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row));
  } finally {
    await reader.end();
  }
};

describe('a dataset that Airflow runs', () => {
  jest.setTimeout(900_000);

  it('has a DAG that Airflow loads without a fault', async () => {
    await airflow.start();
    // A scheduler that has seen the DAGs takes their assets for active; before, no task with one runs.
    await until('the assets of all DAGs', async () => (await metadata('SELECT count(*)::int FROM asset_active')).flat()[0] === 4, 240);
    expect(await metadata('SELECT filename, stacktrace FROM import_error')).toEqual([]);
    expect(await metadata("SELECT dag_id FROM dag ORDER BY 1")).toEqual(['accounts', 'branches', 'orders', 'statement'].map((name) => [`headrace-local-${name}-v1`]));
  });

  it('waits for the moments by which the platform itself judges, also where clocks change', () => {
    const schedules: readonly Schedule[] = [{ hourly: 15 }, { daily: '05:00' }, { daily: '06:30', timeZone: 'Europe/Berlin' }, { daily: '02:30', timeZone: 'Europe/Berlin' }, { daily: '23:45', on: ['MON', 'THU'], timeZone: 'America/New_York' }];
    const moments = Array.from({ length: 400 }, (_, index) => Date.parse('2026-01-01T00:00:00Z') + index * 22 * 3_600_000 + (index % 4) * 900_000);
    const asked = schedules.flatMap((schedule) => moments.map((at) => ({ ...cronOf(schedule), at, expected: lastMoment(schedule, at) })));
    const program = 'import json, sys; from datetime import UTC, datetime; from headrace_airflow.moments import last_moment; print(json.dumps([last_moment(each["cron"], each["time_zone"], datetime.fromtimestamp(each["at"] / 1000, UTC)).timestamp() * 1000 for each in json.load(sys.stdin)]))';
    const told = JSON.parse(execFileSync(join(venv, 'bin', 'python'), ['-c', program], { input: JSON.stringify(asked), encoding: 'utf8', env: { ...process.env, PYTHONPATH: join(packageDirectory, 'plugins') } })) as readonly number[];
    expect(told).toEqual(asked.map(({ expected }) => expected));
  });

  it('follows the newest attempt at a batch, also where the first are forgotten after 90 days', () => {
    const program = `import json
from headrace_airflow.pipeline import Pipeline
class Gone(Exception): pass
class Client:
    exceptions = type("E", (), {"ExecutionDoesNotExist": Gone})
    def __init__(self, there): self.there = there
    def describe_execution(self, executionArn):
        if int(executionArn.rpartition(".")[2]) not in self.there: raise Gone
        return {"status": "RUNNING"}
print(json.dumps([(found := Pipeline(Client(there), "m").newest("b")) and found.attempt for there in [[1, 2], [3, 4], []]]))`;
    expect(JSON.parse(execFileSync(join(venv, 'bin', 'python'), ['-c', program], { encoding: 'utf8', env: { ...process.env, PYTHONPATH: join(packageDirectory, 'plugins') } }))).toEqual([2, 4, null]);
  });

  it('is landed by the pipeline as the batch of the data interval, however often the DAG is run', async () => {
    const moment = startDay + accountsHour;
    const { code, output } = await dagTest('accounts', moment);
    expect(code === 0 ? 0 : output).toBe(0);
    const first = await ledger('accounts');
    expect(first.records).toMatchObject([{ batch: batchOf('accounts', moment), status: 'committed', attempt: 1, rows: 100 }]);
    expect((await dagTest('accounts', moment)).code).toBe(0);
    expect(await ledger('accounts')).toEqual(first);
  });

  it('fails with what the quality gate says, where to find its report, and without a retry; run again, it takes the next attempt', async () => {
    const moment = startDay + accountsHour + day;
    await client.query('UPDATE accounts SET balance = -5000 WHERE id = 1');
    const { code, output } = await dagTest('accounts', moment);
    expect(code).toBe(1);
    // A terminal's colours and ends of lines are in it.
    const refused = stripVTControlCharacters(output).replaceAll(/\s+/gu, '');
    expect(refused).toMatch(/AirflowFailException:Batchaccounts-v1-\d{8}T050000Zofaccounts@v1wasrefused:.*balanceisbetween-1000and1000000.*"id":1,"balance":-5000/u);
    expect(refused).toContain(`Report:npxheadracesql"SELECT*FROMquality_resultsWHEREbatch='${batchOf('accounts', moment)}'"--envlocal`);
    expect(refused).toContain(`/states/home?region=us-east-1#/v2/executions/details/arn:aws:states:us-east-1:000000000000:execution:headrace-local-land-dataset:${batchOf('accounts', moment)}.1`);
    await client.query('UPDATE accounts SET balance = 10 WHERE id = 1');
    expect((await dagTest('accounts', moment)).code).toBe(0);
    expect(await recordsOf(context).get('accounts@v1', batchOf('accounts', moment))).toMatchObject({ status: 'committed', attempt: 2 });
  });

  it('has one effect where Scheduler starts the same batch, before Airflow or after', async () => {
    const moment = startDay + accountsHour + 2 * day;
    const release = await hold('accounts');
    expect(await tick('accounts@v1', moment)).toEqual({ started: [batchOf('accounts', moment)] });
    const run = dagTest('accounts', moment);
    await pause(15_000);
    await release();
    const { code, output } = await run;
    expect(code === 0 ? 0 : output).toBe(0);
    const once = await ledger('accounts');
    expect(once.records.find(({ batch }) => batch === batchOf('accounts', moment))).toMatchObject({ status: 'committed', attempt: 1 });
    expect(once.runs.filter(([batch]) => batch === batchOf('accounts', moment))).toEqual([[batchOf('accounts', moment), 'COMPLETE', 1], [batchOf('accounts', moment), 'START', 1]]);
    expect(await tick('accounts@v1', moment)).toEqual({ started: [] });
    expect(await ledger('accounts')).toEqual(once);
  });

  it('is landed of the files that came, which are landed once', async () => {
    const put = (name: string, text: string) => new S3Client({ region: 'us-east-1', endpoint: cloud.endpoint, credentials, forcePathStyle: true }).send(new PutObjectCommand({ Bucket: context.names.bucket('landing'), Key: `branches/${name}.csv`, Body: text }));
    await put('first', 'city,desks\nBonn,4\nTrier,7\n');
    const { code, output } = await dagTest('branches', Date.now());
    expect(code === 0 ? 0 : output).toBe(0);
    expect(await batches('branches@v1')).toMatchObject([{ status: 'committed', rows: 2 }]);
    const nothing = await dagTest('branches', Date.now());
    expect(nothing.output).toContain('No new file of branches@v1 came.');
    expect(await batches('branches@v1')).toHaveLength(1);
  });
});

describe('days that Airflow catches up', () => {
  jest.setTimeout(1_500_000);

  it('are landed whole, each batch after those that it depends on, and once also where a task is killed', async () => {
    // The first tasks wait in their own processes, for pipelines that wait for the table.
    writeAirflowPackage({ ...context, environment: { ...context.environment, orchestration: { ...orchestration, deferrable: false } } }, { directory: packageDirectory });
    const release = await hold('accounts');
    for (const name of ['accounts', 'orders', 'statement']) expect((await airflow.run('dags', 'unpause', '--yes', `headrace-local-${name}-v1`)).code).toBe(0);
    await until('two tasks run, each with its pipeline', async () => (await metadata("SELECT count(*)::int FROM task_instance WHERE state = 'running' AND task_id = 'land'")).flat()[0] === 2, 240);
    const machines = new SFNClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials });
    const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${context.names.stateMachine('land-dataset')}`;
    await until('both pipelines run', async () => ((await machines.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }))).executions ?? []).length >= 2);
    // A worker is lost with its task, as a machine is: Airflow misses its heartbeat, and tries the task again.
    const [lost] = airflow.taskProcesses();
    if (lost === undefined) throw new Error('no task runs');
    for (const pid of [lost.worker, lost.task]) process.kill(pid, 'SIGKILL');
    await until('the killed task is tried again', async () => (await metadata("SELECT count(*)::int FROM task_instance WHERE task_id = 'land' AND try_number = 2")).flat()[0] === 1, 120);
    writeAirflowPackage(context, { directory: packageDirectory });
    await release();

    const due = (hour: number): readonly number[] => Array.from({ length: dates }, (_, index) => startDay + hour + index * day).filter((moment) => moment <= Date.now());
    const [accounts, orders] = [due(accountsHour), due(ordersHour)];
    const committed = async (dataset: string, moments: readonly number[]): Promise<boolean> => {
      const found = new Set((await batches(`${dataset}@v1`)).filter(({ status }) => status === 'committed').map(({ batch }) => batch));
      return moments.every((moment) => found.has(batchOf(dataset, moment)));
    };
    await until(`${accounts.length} batches of accounts and ${orders.length} of orders`, async () => (await committed('accounts', accounts)) && (await committed('orders', orders)), 1200);
    await until('every run is a success', async () => (await metadata("SELECT count(*)::int FROM dag_run WHERE run_type = 'scheduled' AND dag_id LIKE '%-orders-%' AND state = 'success'")).flat()[0] === orders.length, 120);

    const records = new Map([...await batches('accounts@v1'), ...await batches('orders@v1')].map((record) => [record.batch, record]));
    for (const [index, moment] of orders.entries()) {
      const [account, order] = [records.get(batchOf('accounts', accounts[index] ?? 0)), records.get(batchOf('orders', moment))];
      // The second day was refused once.
      expect([account?.attempt, order?.attempt]).toEqual([index === 1 ? 2 : 1, 1]);
      expect(account?.committedAt).toBeLessThan(order?.arrival ?? 0);
    }
    // Each batch has one start and one end, that of the killed task too.
    const { runs } = await ledger('accounts');
    expect(runs.filter(([batch]) => accounts.some((moment) => batchOf('accounts', moment) === batch))).toEqual(accounts.flatMap((moment, index) => (index === 1 ? [['COMPLETE', 1], ['FAIL', 1], ['START', 2]] : [['COMPLETE', 1], ['START', 1]]).map((each) => [batchOf('accounts', moment), ...each])));
    expect(await metadata("SELECT DISTINCT state FROM dag_run WHERE run_type = 'scheduled' AND dag_id LIKE '%-accounts-%'")).toEqual([['success']]);
  });

  it('run what has no schedule when what it depends on has a new batch, for the moment of that', async () => {
    await until('a statement', async () => (await batches('statement@v1')).some(({ status }) => status === 'committed'), 240);
    for (const { batch } of await batches('statement@v1')) expect(batch).toMatch(/^statement-v1-\d{8}T060000Z$/u);
  });
});
