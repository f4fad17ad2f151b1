import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { gunzipSync, gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { contextFor, type Context } from '../cli/context';
import { importHistory } from '../cli/history/import-history';
import { projectIn } from '../cli/project';
import { curatedTables } from '../core/lake/curated-table';
import { flightsProject } from '../examples/flights/project';
import { prepareFlights } from '../examples/flights/prepare';
import { s3Objects } from '../lib/runtime/object-store';
import { startLocalCloud } from '../local/cloud';
import { pythonFor } from '../local/programs';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { benchDirectory } from './peers';
import { flightsExample } from './flights';
import type { Side } from './side';
import { startSide } from './side';

/** What a side did. */
interface Merged { readonly seconds: number; readonly rows: number; readonly peakMegabytes: number | null }
type Objects = readonly (readonly [key: string, bytes: number])[];

const port = 4635;
/** Of the compactor's function. */
const memoryMegabytes = 3008;
const root = join(__dirname, '..');
const spark = join(projectIn(root).home, 'spark');

/** A local cloud with all flights in raw, as an import leaves them, and none of the platform's functions. */
const openRaw = async () => {
  const home = join(benchDirectory, 'lake');
  const cloud = await startLocalCloud({ home, port, fresh: true });
  Object.assign(process.env, { HEADRACE_LOCAL_PORT: String(port), AWS_ENDPOINT_URL: cloud.endpoint });
  const { generatedDirectory } = await flightsExample();
  const context = contextFor('local', { ...flightsProject(), manifest: join(generatedDirectory, 'manifest.json'), validators: join(generatedDirectory, 'validators.js') });
  const client = new S3Client({ region: 'us-east-1' });
  for (const bucket of ['raw', 'quarantine', 'curated'] as const) await client.send(new CreateBucketCommand({ Bucket: context.names.bucket(bucket) }));
  await new DynamoDBClient({ region: 'us-east-1' }).send(new CreateTableCommand({
    TableName: context.names.batchTable, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'dataset', AttributeType: 'S' }, { AttributeName: 'batch', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'dataset', KeyType: 'HASH' }, { AttributeName: 'batch', KeyType: 'RANGE' }],
  }));
  const { history, playback } = await prepareFlights(join(projectIn(root).home, 'cache', 'flights'));
  for (const file of [history, playback]) await importHistory(context, file, 'flight.landed');
  const objects: [string, number][] = [];
  for await (const { key, bytes } of s3Objects(client, context.names.bucket('raw')).list('raw/flight.landed/')) objects.push([key, bytes]);
  return { cloud, context, objects: objects as Objects };
};

const credentials = (endpoint: string): Readonly<Record<string, string>> => ({ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore', TZ: 'UTC' });

const startCompactor = ({ manifest, names }: Context, endpoint: string, directory: string): Side => {
  const tables = join(directory, 'tables.json');
  writeFileSync(tables, JSON.stringify(curatedTables(manifest)));
  return startSide(pythonFor(undefined), [join(__dirname, 'programs', 'lake_compactor.py'), tables, names.bucket('raw'), names.bucket('curated'), String(memoryMegabytes)], { ...credentials(endpoint), PYTHONPATH: join(root, 'glue-jobs') });
};

/** PySpark as set-up brings it, with the settings that the local cloud gives Glue jobs. */
const startSpark = ({ names }: Context, endpoint: string, directory: string): Side => {
  const python = join(spark, 'venv', 'bin', 'python');
  const settings = 'import pathlib, sys; sys.path.insert(0, sys.argv[1]); import spark_settings; spark_settings.write(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4])';
  const { status, stderr } = spawnSync(python, ['-c', settings, join(root, 'local', 'launcher'), directory, spark, endpoint], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Spark is not set up: ${stderr} next: npm run spark`);
  return startSide(python, [join(__dirname, 'peers', 'lake_pyspark.py'), names.bucket('raw'), names.bucket('curated')], {
    ...credentials(endpoint), HOME: directory, TMPDIR: directory, JAVA_HOME: join(spark, 'java'), SPARK_CONF_DIR: directory, SPARK_LOCAL_DIRS: directory, SPARK_LOCAL_IP: '127.0.0.1',
  });
};

let databases = 0;
/** Has a side merge objects into a table that is not there yet, or into one of before. */
const merge = async (side: Side, objects: Objects, into?: string): Promise<Merged & { readonly database: string }> => {
  databases += 1;
  const database = into ?? `headrace_bench_${databases}`;
  if (into === undefined) await new GlueClient({ region: 'us-east-1' }).send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
  return { ...await side.ask<Merged>({ database, objects }), database };
};

const openBoth = async () => {
  const { cloud, context, objects } = await openRaw();
  const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-lake-'));
  const [ours, peer] = [startCompactor(context, cloud.endpoint, directory), startSpark(context, cloud.endpoint, directory)];
  const rows = new Set<number>();
  const measured = async (side: Side): Promise<number> => {
    const { seconds, rows: merged, peakMegabytes } = await merge(side, objects);
    rows.add(merged);
    if (rows.size > 1) throw new Error(`The sides have kept ${[...rows].join(' and ')} rows: they do not do the same work.`);
    if (peakMegabytes !== null) process.stderr.write(`  ${merged} rows of ${objects.length} objects in ${seconds.toFixed(1)} s, at most ${Math.round(peakMegabytes)} MB\n`);
    return seconds;
  };
  return { ours: () => measured(ours), peer: () => measured(peer), close: async () => { await ours.close(); await peer.close(); await cloud.stop(); rmSync(directory, { recursive: true, force: true }); } };
};

const dayMilliseconds = 86_400_000;
const commitsAtMost = 10;
const dayText = (day: number): string => new Date(day).toISOString().slice(0, 10);

/** The flights of one day, as if they were of so many days one after the other: an object a day; and objects with further flights of the middle one. */
const copiesOfDay = async ({ names }: Context, objects: Objects, days: number, further: number): Promise<{ readonly copies: Objects; readonly added: Objects }> => {
  const store = s3Objects(new S3Client({ region: 'us-east-1' }), names.bucket('raw'));
  const [date, start] = ['2001-03-14', Date.UTC(2002, 0, 1)];
  const lines: string[] = [];
  for (const [key] of objects) if (key.includes(`/dt=${date}/`)) lines.push(...gunzipSync(await store.get(key) ?? Buffer.alloc(0)).toString('utf8').split('\n').filter((line) => line.includes(`"time":"${date}`)));
  const put = async (day: number, name: string, some: readonly string[]): Promise<Objects[number]> => {
    const text = dayText(start + day * dayMilliseconds);
    const body = gzipSync(some.map((line) => `${line.replaceAll(date, text).replace('"id":"', `"id":"${name}-`)}\n`).join(''));
    const key = `raw/flight.landed/v1/dt=${text}/hr=00/${name}.ndjson.gz`;
    await store.writeOnce(key, body, 'application/gzip');
    return [key, body.byteLength];
  };
  const copies: Objects[number][] = [];
  for (let day = 0; day < days; day += 1) copies.push(await put(day, `copy-${day}`, lines));
  const added: Objects[number][] = [];
  for (let each = 0; each < further; each += 1) added.push(await put(Math.floor(days / 2), `added-${each}`, lines.slice(0, lines.length / 10)));
  return { copies, added };
};

/** A table of a year and one of three days, to each of which the same flights of one day are added: that day is written anew. */
const openDays = async () => {
  const { cloud, context, objects } = await openRaw();
  const directory = mkdtempSync(join(tmpdir(), 'headrace-bench-lake-'));
  const side = startCompactor(context, cloud.endpoint, directory);
  const { copies, added } = await copiesOfDay(context, objects, 365, commitsAtMost);
  const tables = { long: (await merge(side, copies)).database, short: (await merge(side, copies.slice(181, 184))).database };
  const commits = { long: 0, short: 0 };
  const commit = async (table: 'long' | 'short'): Promise<number> => {
    const object = added.slice(commits[table], commits[table] + 1);
    commits[table] += 1;
    const { seconds, rows } = await merge(side, object, tables[table]);
    if (rows === 0) throw new Error('The commit has added no row: it was none.');
    return seconds;
  };
  return { ours: () => commit('long'), peer: () => commit('short'), close: async () => { await side.close(); await cloud.stop(); rmSync(directory, { recursive: true, force: true }); } };
};

/** The curated tables: how fast raw gets into them. */
export const lakeCases: readonly BenchCase[] = [
  caseIn({
    id: 'lake.compact-3m.pyspark', what: 'all flights of half a year from raw into an Iceberg table by day, against PySpark 3.5.6', unit: 's', better: 'less', goal: 3,
    fair: 'the same gzip objects of one local S3, the same columns, one row for each identity by the same rule, the same Glue catalog and compression, a table of its own each time, equal counts; the compactor has the 3008 MB of its function, Spark two cores and 3 GB, and its session is started before; what makes a commit safe beside others is in our time alone.',
    open: openBoth, close: async ({ close }) => { await close(); }, ours: async ({ ours }) => await ours(), peer: async ({ peer }) => await peer(),
  }),
  caseIn({
    id: 'lake.commit-365-days', what: 'flights of one day added to a table of 365 days, against the same for a table of 3 days', unit: 's', better: 'less', goal: 0.8,
    fair: 'the same objects, the same code, the same machine; only the table is longer.',
    open: openDays, close: async ({ close }) => { await close(); }, ours: async ({ ours }) => await ours(), peer: async ({ peer }) => await peer(),
  }),
];
