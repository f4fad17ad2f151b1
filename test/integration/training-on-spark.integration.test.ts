import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GetJobRunsCommand, GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Context } from '../../cli/context';
import { runDataset } from '../../cli/dataset/run-dataset';
import { importHistory } from '../../cli/history/import-history';
import { queryLake, type QueryValue } from '../../cli/sql/query';
import { trainModel } from '../../cli/training/train-model';
import { buildByEngine, modelNamed } from '../../cli/training/training-set';
import { sparkWorkPrefix } from '../../core/lake/spark-work';
import type { TrainingSetMetadata } from '../../lib/runtime/training/build';
import { prepareFlights } from '../../examples/flights/prepare';
import { startLocalCloud, type LocalCloud } from '../../local/cloud';
import { startSpark } from '../glue-jobs/headrace_spark/support/spark-process';
import { deployProject, emptyHome, generatedProject } from './support/generated-project';

/*
 * The example's flights of some days, as training sets of one model by DuckDB and of its twin by the Glue job, through the
 * state machine and by the command line.
 */

const root = join(__dirname, '..', '..');
const home = join(root, '.headrace', 'training-on-spark');
const port = 4719;
const minutes = 60_000;
const on = (day: number): number => Date.UTC(2001, 0, day);
/** A week for the windows to fill, three days to learn from, one to judge on. */
const ranges = { from: on(8), to: on(11), evaluateFrom: on(11), evaluateTo: on(12) };

let cloud: LocalCloud;
let context: Context;
let trained: Awaited<ReturnType<typeof trainModel>> | undefined;

/** The flights of some days, as the example's source has them. */
const flightsUntil = async (end: number): Promise<string> => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const file = join(home, 'flights.parquet');
  await connection.run(`COPY (SELECT * FROM read_parquet('${join(dirname(require.resolve('vega-datasets')), '..', 'data', 'flights-3m.parquet')}') WHERE CAST(date AS TIMESTAMP) < make_timestamp(${end} * 1000)) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  return file;
};

beforeAll(async () => {
  await emptyHome(home, port);
  const prepared = await prepareFlights(join(home, 'flights'), await flightsUntil(on(12)));
  cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  context = await deployProject(generatedProject(home, 'training/definitions.ts'));
  await importHistory(context, prepared.history, 'flight.landed');
  await runDataset(context, 'airports', { file: prepared.airports });
}, 10 * minutes);
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
}, minutes);

const ask = async (sql: string): Promise<readonly (readonly QueryValue[])[]> => {
  const rows: (readonly QueryValue[])[] = [];
  await queryLake(context, sql, {}, Number.POSITIVE_INFINITY, { columns: () => undefined, row: (values) => { rows.push(values); } });
  return rows;
};

const train = async (name: string): Promise<{ readonly steps: readonly string[] } & Awaited<ReturnType<typeof trainModel>>> => {
  const steps: string[] = [];
  return { ...await trainModel(context, name, ranges, (_share, step) => { if (steps.at(-1) !== step) steps.push(step); }), steps };
};

/** What stands beside the rows of a set, without the model's name. */
const told = async (name: string, hash: string): Promise<Partial<TrainingSetMetadata>> => {
  const { Body } = await new S3Client({ region: context.environment.region }).send(new GetObjectCommand({ Bucket: context.names.bucket('features'), Key: `training-sets/${name}/v1/${hash}/metadata.json` }));
  const { model: _model, table: _table, plans: _plans, ...rest } = JSON.parse(await Body?.transformToString() ?? '{}') as TrainingSetMetadata;
  return rest;
};

/** What is left of builds by Spark. */
const work = async (): Promise<readonly string[]> => {
  const { Contents = [] } = await new S3Client({ region: context.environment.region }).send(new ListObjectsV2Command({ Bucket: context.names.bucket('features'), Prefix: sparkWorkPrefix }));
  return Contents.map(({ Key = '' }) => Key.slice(sparkWorkPrefix.length));
};

describe('a model whose definition asks for Spark', () => {
  it('learns of the rows that DuckDB gives its twin, and so is the same version', async () => {
    const [here, there] = [await train('late_arrival'), await train('late_arrival_on_spark')];
    trained = here;
    expect(here.steps).not.toContain('rows on Spark');
    expect(there.steps).toContain('rows on Spark');
    const { JobRuns = [] } = await new GlueClient({ region: context.environment.region }).send(new GetJobRunsCommand({ JobName: context.names.function('lake-spark') }));
    expect(JobRuns.map(({ JobRunState }) => JobRunState)).toEqual(['SUCCEEDED']);

    const { trainingSetHash, modelVersion, trainingSet } = here.metadata;
    expect(there.metadata).toMatchObject({ trainingSetHash, modelVersion, checksum: here.metadata.checksum, trainingSet: { rows: trainingSet?.rows, rawHash: trainingSet?.rawHash, rawObjects: trainingSet?.rawObjects } });
    expect(trainingSet?.rows).toBeGreaterThan(50_000);
    expect(await told('late_arrival_on_spark', trainingSetHash)).toEqual(await told('late_arrival', trainingSetHash));
    const [one, other] = ['training_set_late_arrival_v1', 'training_set_late_arrival_on_spark_v1'];
    expect(await ask(`(SELECT * FROM ${one} EXCEPT SELECT * FROM ${other}) UNION ALL (SELECT * FROM ${other} EXCEPT SELECT * FROM ${one})`)).toEqual([]);
    expect(await ask(`SELECT count(*) FROM ${other}`)).toEqual([[trainingSet?.rows]]);
    // Of the work stays what was asked and answered, in the execution's own folder.
    expect(await work()).toEqual(['answer.json', 'built.json', 'request.json'].map((name) => expect.stringMatching(new RegExp(`^late_arrival_on_spark-v1-[0-9a-f]{12}\\.1/${name}$`, 'u')) as string));
  }, 10 * minutes);

  it('leaves a set that one line of Spark opens, as the documentation has it', async () => {
    const line = /^\| Spark \| `(?<line>[^`]+)` \|$/mu.exec(readFileSync(join(root, 'docs', 'training.md'), 'utf8'))?.groups?.['line'] ?? '';
    const [[rows]] = await ask('SELECT count(*) FROM training_set_late_arrival_v1') as [[number]];
    const spark = await startSpark(cloud.endpoint);
    try {
      const opened = await spark.ask<{ readonly rows: number; readonly columns: readonly string[] }>('opened', line.replace('<hash>', trained?.metadata.trainingSetHash ?? ''));
      expect(opened).toEqual({ rows, columns: expect.arrayContaining(['_source', '_id', '_entity_origin_iata', '_moment', '_known_at', 'origin__flights_7d', '_label']) as string[] });
    } finally {
      await spark.end();
    }
  }, 5 * minutes);

  it('is built by Spark for the command line, too, and a sample of it is the same sample', async () => {
    const options = { sample: { true: 0.5, false: 0.1 }, comparesAll: true };
    const [there, here] = [
      await buildByEngine(modelNamed(context.manifest, 'late_arrival_on_spark').training?.engine)(context, 'late_arrival_on_spark', ranges.from, ranges.to, undefined, options),
      await buildByEngine(modelNamed(context.manifest, 'late_arrival').training?.engine)(context, 'late_arrival', ranges.from, ranges.to, undefined, options),
    ];
    expect(there.metadata).toMatchObject({ trainingSetHash: here.metadata.trainingSetHash, rows: here.metadata.rows, dropped: here.metadata.dropped, leak: here.metadata.leak });
    expect(here.metadata.dropped.notSampled).toBeGreaterThan(30_000);
    expect((await work()).filter((key) => key.endsWith('.parquet'))).toEqual([]);
  }, 10 * minutes);
});
