import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context } from '../../cli/context';
import { runDataset } from '../../cli/dataset/run-dataset';
import { beginErasure, erasureEnd } from '../../cli/erasure/erase-subject';
import { fillFeatures } from '../../cli/features/fill';
import { parameterNames } from '../../core/environment/deployed';
import { foundInAll, type ErasureReceipt } from '../../core/erasure/receipt';
import { predictionEventText } from '../../core/model/prediction-record';
import { pseudonymsUnder } from '../../core/model/pseudonym';
import { awsService } from '../../lib/runtime/aws-request';
import { withDatabase } from '../../lib/runtime/duckdb';
import { commitTrainingSet } from '../../lib/runtime/training/commit';
import { putRecords } from '../../lib/runtime/event-producer';
import { pseudonymKey } from '../../lib/runtime/pseudonym-key';
import { startLocalCloud, type LocalCloud } from '../../local/cloud';
import { functionProcesses } from './support/function-processes';
import { rowsOf, streamedLines } from './support/lake';
import { deployProject, emptyHome, generatedProject } from './support/generated-project';

const root = join(__dirname, '..', '..');
const home = join(root, '.headrace', 'erasure');
const port = 4691;
const minutes = 60_000;
const ada = 'ada.lovelace@example.org';
/** Manifests of Iceberg cut smallest and largest values after sixteen letters. */
const looked = [ada.slice(0, 16), Buffer.from(ada).toString('base64').slice(0, 20)];

let cloud: LocalCloud;
let context: Context;
/** By what predictions know her: nobody else's. */
let pseudonym = '';

interface Order { readonly customer: string; readonly shop: string; readonly amount: number }
let numbered = 0;
const bytesOf = ({ customer, shop, amount }: Order): Buffer => Buffer.from(JSON.stringify({
  specversion: '1.0', id: `o-${numbered += 1}`, source: '/shop', type: 'order.placed', time: new Date().toISOString(), dataschema: 'https://shop.example/order.placed/v1', data: { customer, shop, amount },
}));
const send = async (...data: readonly Buffer[]): Promise<void> => { await putRecords(new KinesisClient({ region: 'us-east-1' }), context.names.stream, data.map((each, index) => ({ data: each, partitionKey: `key-${index}` }))); };

/** The event of a prediction, as the API logs it. */
const predicted = async (mail: string): Promise<Buffer> => {
  const risk = context.manifest.models['risk@v1'];
  if (!risk) throw new Error('there is no model');
  const pseudonymise = pseudonymsUnder(await pseudonymKey(awsService('ssm'), parameterNames(context.names).pseudonymKey));
  pseudonym = String(pseudonymise('string', ada));
  return Buffer.from(predictionEventText({ predictionId: `p-${numbered += 1}`, modelVersion: 'a', role: 'champion', moment: Date.now(), prediction: 0.5, entities: { customer: { customer: mail } }, inputs: risk.inputs.map(() => null), newest: {}, ages: {}, watermarks: '{}' },
    risk, context.manifest.entities, { source: '/api', time: Date.now(), manifestHash: context.manifest.hash, pseudonymise }));
};

const count = async (table: string): Promise<number> => Number((await rowsOf(context, `SELECT count(*) AS rows FROM ${table}`))[0]?.['rows'] ?? 0);
/** Waits until the tables of orders and of predictions hold so many rows. */
const compacted = async (orders: number, predictions: number): Promise<void> => {
  await cloud.drained({ endWindows: true });
  const deadline = Date.now() + 3 * minutes;
  const counts = async (): Promise<readonly number[]> => [await count('order_placed').catch(() => 0), await count('prediction_risk').catch(() => 0)];
  while (Date.now() < deadline && String(await counts()) !== String([orders, predictions])) await pause(1000);
  expect(await counts()).toEqual([orders, predictions]);
};
const landCustomers = async (...mails: readonly string[]): Promise<string> => {
  const file = join(home, 'customers.csv');
  writeFileSync(file, ['id,mail,city', ...mails.map((mail, index) => `${index},${mail},Berlin`), ''].join('\n'));
  return (await runDataset(context, 'customers', { file })).batch;
};

/** What of the cloud holds a text. */
const everywhere = (): { readonly found: readonly string[]; readonly read: Readonly<Record<string, number>> } => {
  const { stdout, stderr, status } = spawnSync(join(root, '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'support', 'everywhere.py'), cloud.endpoint, ada, ...looked, ...(pseudonym === '' ? [] : [pseudonym])], { encoding: 'utf8', maxBuffer: 64_000_000 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ReturnType<typeof everywhere>;
};

const stateItems = async (): Promise<ReadonlyMap<string, string>> => {
  const { Items = [] } = await new DynamoDBClient({ region: 'us-east-1' }).send(new ScanCommand({ TableName: context.names.stateTable, ConsistentRead: true }));
  return new Map(Items.filter(({ entity }) => entity?.S?.startsWith('generation|') === false).map(({ entity, view, state }) => [`${entity?.S} ${view?.S}`, createHash('sha256').update(state?.B ?? new Uint8Array()).digest('hex')]));
};
const of = (customer: string) => ([key]: readonly [string, string]): boolean => key.includes(customer);
const others = async (): Promise<unknown> => ({
  orders: await rowsOf(context, `SELECT * FROM order_placed WHERE customer <> '${ada}' ORDER BY _id`),
  customers: await rowsOf(context, `SELECT * FROM customers WHERE mail <> '${ada}' ORDER BY id`),
  raw: (await streamedLines(context, 'raw')).map((line) => JSON.stringify(line)).filter((line) => !line.includes(ada) && !line.includes(pseudonym)).toSorted(),
  quarantine: (await streamedLines(context, 'quarantine')).filter(({ original = '' }) => !Buffer.from(original, 'base64').includes(ada)).map((line) => JSON.stringify(line)).toSorted(),
  state: [...await stateItems()].filter((item) => !of(ada)(item)).toSorted(([left], [right]) => (left < right ? -1 : 1)),
});

/** Kills the erasers' processes now and then. */
const killing = (): (() => number) => {
  let kills = 0;
  const timer = setInterval(() => {
    for (const name of ['subject-eraser', 'lake-eraser']) for (const pid of functionProcesses(context.names.function(name), cloud.endpoint)) if (kills < 3) {
      process.kill(pid, 'SIGKILL');
      kills += 1;
    }
  }, 700);
  return () => {
    clearInterval(timer);
    return kills;
  };
};
const erase = async (how: { readonly erases: boolean } = { erases: true }): Promise<ErasureReceipt> => await erasureEnd(context, await beginErasure(context, { identifiers: [ada] }, how));
const recordsIn = (receipt: ErasureReceipt): Readonly<Record<string, number>> => Object.fromEntries(foundInAll(receipt.rounds).flatMap(({ store, found }) => (found.records > 0 ? [[store, found.records]] : [])));

/** Makes the consumers of the stream read it once more from its start. */
const replay = async (): Promise<void> => {
  const client = new LambdaClient({ region: 'us-east-1' });
  for (const name of ['ingest-validator', 'feature-aggregator']) {
    const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({ FunctionName: context.names.function(name) }));
    for (const { UUID, EventSourceArn, BatchSize, MaximumBatchingWindowInSeconds, FunctionResponseTypes } of EventSourceMappings) {
      await client.send(new DeleteEventSourceMappingCommand({ UUID }));
      await client.send(new CreateEventSourceMappingCommand({ FunctionName: context.names.function(name), EventSourceArn, BatchSize, MaximumBatchingWindowInSeconds, FunctionResponseTypes, StartingPosition: 'TRIM_HORIZON' }));
    }
  }
  await cloud.drained({ endWindows: true, timeout: 2 * minutes });
};

beforeAll(async () => {
  await emptyHome(home, port);
  for (const name of ['HEADRACE_TEST_DATABASES', 'HEADRACE_TEST_LINEAGE']) delete process.env[name];
  cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  context = await deployProject(generatedProject(home, 'erasure/definitions.ts'));
  await fillFeatures(context);
}, 5 * minutes);
afterAll(async () => { await cloud?.stop(); }, minutes);

describe('erasing a person', () => {
  let unchanged: unknown;
  /** Batches of customers, in their order. */
  const landed: string[] = [];

  it('begins with data of hers in every zone, in three states of each table, and online', async () => {
    const failed = bytesOf({ customer: ada, shop: 's', amount: 1 });
    for (const round of [1, 2, 3]) {
      await send(...['bob@example.org', ada, 'eve@example.org', ada].map((customer) => bytesOf({ customer, shop: `shop-${round}`, amount: round })),
        bytesOf({ customer: ada, shop: 'minus', amount: -1 }), bytesOf({ customer: 'bob@example.org', shop: 'minus', amount: -1 }), Buffer.from(`no JSON, but of ${ada}`), Buffer.from('no JSON of anybody'), await predicted(ada), await predicted('bob@example.org'));
      await compacted(4 * round, 2 * round);
      landed.push(await landCustomers('bob@example.org', ada, `eve-${round}@example.org`));
    }
    // What Lambda keeps of a batch that no retry could process.
    const record = (data: Buffer, sequence: number) => ({ kinesis: { kinesisSchemaVersion: '1.0', partitionKey: 'k', sequenceNumber: String(sequence), data: data.toString('base64'), approximateArrivalTimestamp: Date.now() / 1000 }, eventID: `shardId-000000000000:${sequence}` });
    await new S3Client({ region: 'us-east-1' }).send(new PutObjectCommand({ Bucket: context.names.bucket('failures'), Key: 'aws/lambda/m/shardId-0/2026/11/24/x', Body: JSON.stringify({ requestContext: { functionArn: 'f', condition: 'RetryAttemptsExhausted' }, KinesisBatchInfo: { shardId: 'shardId-0' }, payload: JSON.stringify({ Records: [record(failed, 1), record(bytesOf({ customer: 'bob@example.org', shop: 's', amount: 1 }), 2)] }) }) }));
    // A set of the model of such a project: headrace training-set build puts it there, and has it taken into its table.
    await withDatabase(home, async ({ connection }) => {
      const file = join(home, 'examples.parquet');
      await connection.run(`COPY (SELECT 'shop' AS "example.source", 'o-1' AS "example.id", '${ada}' AS "entity.customer.customer", TIMESTAMP '2026-01-01' AS "example.moment", 1.5::FLOAT AS orders) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
      const content = readFileSync(file);
      const hash = createHash('sha256').update(content).digest('hex');
      const told = JSON.stringify({ trainingSetHash: hash, manifestHash: 'm', rawHash: 'r', from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' });
      for (const [name, Body] of [['examples.parquet', content], ['metadata.json', told]] as const) await new S3Client({ region: 'us-east-1' }).send(new PutObjectCommand({ Bucket: context.names.bucket('features'), Key: `training-sets/m/v1/${hash}/${name}`, Body }));
      for (const already of [false, true]) expect(await commitTrainingSet(new LambdaClient({ region: 'us-east-1' }), context.names.function('training-set-writer'), { name: 'm', version: 1 }, hash)).toMatchObject({ table: 'training_set_m_v1', tag: hash, rows: 1, already });
    });
    const zones = everywhere().found.map((place) => /^s3:\/\/headrace-local-([a-z]+)|-(state) /u.exec(place)).map((match) => match?.[1] ?? match?.[2]);
    expect(new Set(zones)).toEqual(new Set(['raw', 'quarantine', 'curated', 'features', 'landing', 'failures', 'state']));
    unchanged = await others();
  }, 8 * minutes);

  it('can be tried, which says what there is and changes nothing', async () => {
    const receipt = await erase({ erases: false });
    expect(receipt).toMatchObject({ outcome: 'found', rebuild: [], goesLater: [] });
    expect(recordsIn(receipt)).toEqual({ landing: 3, raw: 12, quarantine: 6, failures: 1, state: 1, 'table:order_placed': 6, 'table:prediction_risk': 3, 'table:customers': 1, features: 1, 'feature tables': 1 });
    // The newest batch would keep its name, without her.
    expect(foundInAll(receipt.rounds).find(({ store }) => store === 'table:customers')?.found.expired).toEqual(landed.slice(0, -1).toSorted());
    expect(await count('order_placed')).toBe(12);
    expect(await others()).toEqual(unchanged);
  }, 4 * minutes);

  it('leaves nothing of hers in any version of any object, item, execution, parameter or log, though its functions are killed', async () => {
    const stop = killing();
    const receipt = await erase();
    expect(stop()).toBe(3);
    expect(receipt).toMatchObject({ outcome: 'erased', rebuild: ['shop_orders@v1'], goesLater: [{ what: expect.stringContaining('stream') as string }] });
    expect(JSON.stringify(receipt)).not.toContain(ada);
    const { found, read } = everywhere();
    expect(found).toEqual([]);
    expect(Object.entries(read).filter(([, number]) => number < 5)).toEqual([]);
  }, 8 * minutes);

  it('leaves what is of others as it was', async () => {
    expect(await others()).toEqual(unchanged);
  }, 2 * minutes);

  it('brings nothing back when the stream is read once more', async () => {
    await replay();
    await pause(20_000);
    await cloud.drained({ endWindows: true });
    expect(await rowsOf(context, `SELECT count(*) AS rows FROM order_placed WHERE customer = '${ada}'`)).toEqual([{ rows: 0 }]);
    expect([...await stateItems()].filter(of(ada))).toEqual([]);
    expect((await streamedLines(context, 'raw')).filter((line) => JSON.stringify(line).includes(`"customer":"${ada}"`))).toEqual([]);
    expect((await streamedLines(context, 'quarantine')).filter(({ original = '' }) => Buffer.from(original, 'base64').includes(ada))).toEqual([]);
  }, 4 * minutes);

  it('takes what she does afterwards as anybody\'s', async () => {
    await send(bytesOf({ customer: ada, shop: 'shop-9', amount: 9 }));
    await cloud.drained({ endWindows: true });
    expect([...await stateItems()].filter(of(ada))).toHaveLength(1);
  }, 2 * minutes);
});
