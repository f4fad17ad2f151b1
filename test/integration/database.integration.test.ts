import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Client } from 'pg';
import { backfillDataset } from '../../cli/dataset/backfill';
import { recordsOf, runDataset } from '../../cli/dataset/run-dataset';
import type { Context } from '../../cli/context';
import { compareCurrent, publishCurrent } from '../../cli/features/current';
import { explainRow } from '../../cli/features/explain-row';
import { fillFeatures } from '../../cli/features/fill';
import { queryLake, type QueryValue } from '../../cli/sql/query';
import { startLocalCloud, type LocalCloud } from '../../local/cloud';
import { lineageFaults, type LineageEvent } from '../glue-jobs/headrace_lake/support/lineage-check';
import { startPostgres, type PostgresServer } from '../lambdas/dataset-extractor/support/postgres-server';
import { deployProject, emptyHome, generatedProject } from './support/generated-project';

const root = join(__dirname, '..', '..');
const home = join(root, '.headrace', 'database');
const port = 4679;

let cloud: LocalCloud;
let postgres: PostgresServer;
let client: Client;
let context: Context;
let collector: Server;
const sent: LineageEvent[] = [];
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Takes the schedules away: at a quarter past an hour they would start batches of their own amid the tests, which give the ticks themselves. */
const removeSchedules = async (): Promise<void> => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/scheduler/aws4_request, SignedHeaders=host, Signature=0' };
  const { Schedules } = await (await fetch(`${cloud.endpoint}/schedules`, { headers })).json() as { readonly Schedules: readonly { readonly Name: string; readonly GroupName: string }[] };
  expect(Schedules.length).toBeGreaterThan(1);
  for (const { Name, GroupName } of Schedules) expect((await fetch(`${cloud.endpoint}/schedules/${Name}?groupName=${GroupName}`, { method: 'DELETE', headers })).status).toBe(200);
};

beforeAll(async () => {
  await emptyHome(home, port);
  Object.assign(process.env, { HEADRACE_TEST_DATABASES: JSON.stringify({ postgres: { secret: 'headrace-test-database' } }) });
  // What a lineage service is.
  collector = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk)).on('end', () => {
      if (request.method === 'POST' && request.url === '/api/v1/lineage') sent.push(JSON.parse(Buffer.concat(body).toString()) as LineageEvent);
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => { collector.listen(0, '127.0.0.1', resolve); });
  process.env['HEADRACE_TEST_LINEAGE'] = JSON.stringify({ url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/api/v1/lineage` });
  postgres = await startPostgres();
  client = await postgres.connect();
  await client.query(`CREATE TABLE accounts (id bigint PRIMARY KEY, owner_name text, balance numeric NOT NULL); INSERT INTO accounts SELECT i, 'owner ' || i, i * 10 FROM generate_series(1, 20000) i;
    CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL, updated_at timestamptz NOT NULL); INSERT INTO orders SELECT i, 'made', TIMESTAMPTZ '2026-03-01 00:00:00Z' + i * INTERVAL '1 hour' FROM generate_series(1, 10) i;
    CREATE TABLE branches (city text, number int, desks int, PRIMARY KEY (city, number)); INSERT INTO branches VALUES ('Bonn', 1, 4), ('Bonn', 2, 20), ('Trier', 1, 7), ('a|b', 1, NULL)`);
  cloud = await startLocalCloud({ home, port });
  process.env['AWS_ENDPOINT_URL'] = cloud.endpoint;
  await new SecretsManagerClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials }).send(new CreateSecretCommand({ Name: 'headrace-test-database', SecretString: JSON.stringify(postgres.secret) }));
  context = await deployProject(generatedProject(home, 'database/definitions.ts'));
  await removeSchedules();
}, 300_000);
afterAll(async () => {
  await client.end();
  await postgres.stop();
  await cloud.stop();
  collector.close();
});

const ask = async (sql: string): Promise<readonly (readonly QueryValue[])[]> => {
  const rows: (readonly QueryValue[])[] = [];
  await queryLake(context, sql, {}, Number.POSITIVE_INFINITY, { columns: () => undefined, row: (values) => { rows.push(values); } });
  return rows;
};
const run = (name: string, date: string) => runDataset(context, name, { date });
/** Which row of which batch is online, and what its features are. */
const online = async (view: string, key: string) => {
  const { row, goneBy, features } = await explainRow(context, view, key);
  return { ...(row ? { batch: row.batch } : { goneBy }), ...features };
};

describe('a database', () => {
  jest.setTimeout(400_000);

  it('is a curated table after one command, and one batch however often and by how many at once that is given', async () => {
    const [first, second] = await Promise.all([run('accounts', '2026-03-02'), run('accounts', '2026-03-02')]);
    expect(first).toMatchObject({ batch: 'accounts-v1-20260302T000000Z', status: 'committed', rows: 20_000, rejected: 0 });
    expect(second).toEqual(first);
    expect(await run('accounts', '2026-03-02')).toEqual(first);
    expect(await ask('SELECT count(*), sum(balance), count(DISTINCT ownerName), min(_batch_id) FROM accounts')).toEqual([[20_000, 2_000_100_000, 20_000, first.batch]]);
  });

  it('replaces the table by what it holds now, and can be run again at once when that was refused', async () => {
    await client.query('DELETE FROM accounts WHERE id > 100; UPDATE accounts SET balance = -5000 WHERE id = 1');
    await expect(run('accounts', '2026-03-03')).rejects.toThrow(/batch accounts-v1-20260303T000000Z does not keep what the dataset accounts@v1 expects.*balance is between -1000 and 1000000.*"id": 1, "balance": -5000/u);
    expect(await ask('SELECT count(*) FROM accounts')).toEqual([[20_000]]);
    await client.query('UPDATE accounts SET balance = 5000 WHERE id = 1');
    expect(await run('accounts', '2026-03-03')).toMatchObject({ status: 'committed', rows: 100, attempt: 2 });
    expect(await ask('SELECT count(*), max(balance) FROM accounts')).toEqual([[100, 5000]]);
  });

  it('comes as increments, of which the table keeps the newest row of each key', async () => {
    expect(await run('orders', '2026-03-02')).toMatchObject({ status: 'committed', rows: 10 });
    await client.query("UPDATE orders SET state = 'sent', updated_at = TIMESTAMPTZ '2026-03-02 06:00:00Z' WHERE id <= 3; INSERT INTO orders VALUES (11, 'made', TIMESTAMPTZ '2026-03-02 07:00:00Z')");
    expect(await run('orders', '2026-03-03')).toMatchObject({ status: 'committed', rows: 5, watermark: '2026-03-02T07:00:00.000000Z' });
    expect(await ask('SELECT state, count(*), min(id), max(id) FROM orders GROUP BY 1 ORDER BY 1')).toEqual([['made', 8, 4, 11], ['sent', 3, 1, 3]]);
    // One row was there in both, in the minutes that overlap; it stands in the table once.
    expect(await ask('SELECT count(*), count(DISTINCT id) FROM orders')).toEqual([[11, 11]]);
  });

  it('is online as features as soon as its batch is committed: increments by their newest rows', async () => {
    expect(await online('order_state', '1')).toEqual({ batch: 'orders-v1-20260303T000000Z', state: 'sent' });
    expect(await online('order_state', '9')).toEqual({ batch: 'orders-v1-20260302T000000Z', state: 'made' });
    expect(await online('order_state', '99')).toEqual({ goneBy: null, state: null });
    expect(await compareCurrent(context, ['order_state'])).toMatchObject([{ items: 11, records: 11, differing: 0, uncovered: 0 }]);
  });

  it('is online whole: rows that are gone are absent, and a wrong item is found and mended', async () => {
    const views = ['branch_size'];
    await expect(compareCurrent(context, views)).rejects.toThrow('The feature view branch_size@v1 waits for the first batch of branches@v1.');
    // Where none is named, it keeps the others from nothing.
    expect((await compareCurrent(context, [])).map(({ view }) => view)).toEqual(['order_state@v1']);
    expect((await fillFeatures(context)).find(({ view }) => view === 'branch_size@v1')).toMatchObject({ waitsFor: 'branches@v1' });
    await run('branches', '2026-03-02');
    expect([await online('branch_size', 'city=Bonn,number=2'), await online('branch_size', 'city=a|b,number=1')]).toEqual([{ batch: 'branches-v1-20260302T000000Z', desks: 20, isLarge: true }, { batch: 'branches-v1-20260302T000000Z', desks: null, isLarge: null }]);
    await client.query("DELETE FROM branches WHERE number = 2; UPDATE branches SET desks = 5 WHERE city = 'Bonn'");
    await run('branches', '2026-03-03');
    expect([await online('branch_size', 'city=Bonn,number=1'), await online('branch_size', 'city=Bonn,number=2')]).toEqual([{ batch: 'branches-v1-20260303T000000Z', desks: 5, isLarge: false }, { goneBy: 'branches-v1-20260303T000000Z', desks: null, isLarge: null }]);
    expect(await compareCurrent(context, views)).toMatchObject([{ items: 4, records: 3, differing: 0 }]);
    // An item that nobody has written from a row, and one that is lost.
    const items = new DynamoDBClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials });
    const key = (entity: string) => ({ entity: { S: entity }, view: { S: 'branch_size@v1#1' } });
    const { Item } = await items.send(new GetItemCommand({ TableName: context.names.stateTable, Key: key('branch|Bonn|1') }));
    await items.send(new PutItemCommand({ TableName: context.names.stateTable, Item: { ...Item, ...key('branch|Ulm|1') } }));
    await items.send(new DeleteItemCommand({ TableName: context.names.stateTable, Key: key('branch|Bonn|1') }));
    expect(await compareCurrent(context, views)).toMatchObject([{ differing: 2, examples: expect.arrayContaining([expect.objectContaining({ entity: 'branch|Ulm|1' }), expect.objectContaining({ entity: 'branch|Bonn|1' })]) as unknown }]);
    expect(await publishCurrent(context, views, () => undefined)).toMatchObject([{ records: 3, items: 4 }]);
    expect([await online('branch_size', 'city=Bonn,number=1'), await online('branch_size', 'city=Ulm,number=1')]).toMatchObject([{ desks: 5 }, { goneBy: 'branches-v1-20260303T000000Z' }]);
    expect(await compareCurrent(context, views)).toMatchObject([{ differing: 0 }]);
  });

  it('shows in SQL what was landed, batch by batch, and which run took it where', async () => {
    expect(await ask("SELECT lineage.batch_id, count(*), min(row.balance) < 0 FROM raw_accounts_v1 GROUP BY ALL ORDER BY 1, 3")).toEqual([['accounts-v1-20260302T000000Z', 20_000, false], ['accounts-v1-20260303T000000Z', 100, false]]);
    expect(await ask("SELECT DISTINCT eventType, inputs[1].name, outputs[1].name FROM lineage WHERE job.name = 'dataset.orders' AND eventType = 'COMPLETE' ORDER BY 3"))
      .toEqual(['20260302T000000Z', '20260303T000000Z'].map((moment) => ['COMPLETE', 'postgres.public.orders', `raw/dataset=orders/v1/batch=orders-v1-${moment}/`]));
  });

  it('gives the same rows on Spark, which refuses the same batches', async () => {
    await client.query('UPDATE accounts SET balance = -5000 WHERE id = 2');
    await expect(run('spark_accounts', '2026-03-02')).rejects.toThrow(/batch spark_accounts-v1-20260302T000000Z does not keep what the dataset spark_accounts@v1 expects.*balance is between -1000 and 1000000.*"id": 2, "balance": -5000/u);
    await client.query('UPDATE accounts SET balance = 20 WHERE id = 2');
    const [accounts, again] = await Promise.all([run('spark_accounts', '2026-03-03'), run('spark_accounts', '2026-03-03')]);
    expect([accounts, again]).toEqual([expect.objectContaining({ status: 'committed', rows: 100 }), accounts]);
    expect(await run('spark_orders', '2026-03-02')).toMatchObject({ status: 'committed' });
    for (const [one, other, fields] of [['accounts', 'spark_accounts', 'id, ownerName, balance'], ['orders', 'spark_orders', 'id, state, updatedAt, _known_at']] as const) {
      expect(await ask(`(SELECT ${fields} FROM ${one} EXCEPT SELECT ${fields} FROM ${other}) UNION ALL (SELECT ${fields} FROM ${other} EXCEPT SELECT ${fields} FROM ${one})`)).toEqual([]);
      expect(await ask(`SELECT count(*) = (SELECT count(*) FROM ${one}) AND count(*) > 0 FROM ${other}`)).toEqual([[true]]);
    }
    expect(await ask("SELECT passed, failing_rows FROM quality_results WHERE dataset = 'spark_accounts' ORDER BY batch")).toEqual([[false, 1], [true, 0]]);
  });

  it('is run by its schedule, with what was missed, and twice has the effect of once', async () => {
    const tick = async (moment: string): Promise<unknown> => {
      const { Payload } = await new LambdaClient({ region: 'us-east-1', endpoint: cloud.endpoint, credentials }).send(new InvokeCommand({ FunctionName: context.names.function('dataset-scheduler'), Payload: Buffer.from(JSON.stringify({ dataset: 'accounts@v1', moment })) }));
      return JSON.parse(Buffer.from(Payload ?? []).toString());
    };
    // After the batch of 3 March, midnight, come the moments of the 3rd, the 4th and the 5th at six in Berlin.
    expect(await tick('2026-03-05T05:00:00Z')).toEqual({ started: ['accounts-v1-20260303T050000Z', 'accounts-v1-20260304T050000Z', 'accounts-v1-20260305T050000Z'] });
    await tick('2026-03-05T05:00:00Z');
    const batches = await backfillDataset(context, 'accounts', { from: Date.parse('2026-03-03T05:00:00Z'), to: Date.parse('2026-03-08T00:00:00Z'), concurrency: 2 });
    expect(batches.map(({ batch, status, attempt }) => [batch, status, attempt])).toEqual([3, 4, 5, 6, 7].map((day) => [`accounts-v1-2026030${day}T050000Z`, 'committed', 1]));
    expect(await tick('2026-03-05T05:00:00Z')).toEqual({ started: [] });
  });

  it('waits for what it depends on', async () => {
    // The accounts of 9 March, six o'clock, are due before these orders, and are not there.
    const orders = run('orders', '2026-03-09T12:00:00Z');
    await pause(3000);
    expect(await run('accounts', '2026-03-09T05:00:00Z')).toMatchObject({ status: 'committed' });
    expect(await orders).toMatchObject({ status: 'committed' });
    const records = [await recordsOf(context).get('accounts@v1', 'accounts-v1-20260309T050000Z'), await recordsOf(context).get('orders@v1', 'orders-v1-20260309T120000Z')];
    expect(records[0]?.committedAt).toBeLessThan(records[1]?.arrival ?? 0);
  });

  it('says where each batch came from and what it went into, in the lake and to an endpoint', async () => {
    const s3 = new S3Client({ region: 'us-east-1', endpoint: cloud.endpoint, credentials, forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: context.names.bucket('curated'), Prefix: 'lineage/' }));
    const events: LineageEvent[] = [];
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: context.names.bucket('curated'), Key }));
      events.push(...(await Body?.transformToString() ?? '').trimEnd().split('\n').map((line) => JSON.parse(line) as LineageEvent));
    }
    expect(lineageFaults(events)).toEqual([]);
    const of = (batch: string, attempt = 1) => events.filter(({ run: { facets } }) => facets['headrace_batch']?.['batch'] === batch && facets['headrace_batch']['attempt'] === attempt);
    const [start, end] = of('accounts-v1-20260302T000000Z');
    expect([start?.eventType, end?.eventType, start?.run.runId === end?.run.runId]).toEqual(['START', 'COMPLETE', true]);
    expect(end).toMatchObject({
      job: { namespace: 'local', name: 'dataset.accounts' },
      run: { facets: { nominalTime: { nominalStartTime: '2026-03-02T00:00:00Z' } } },
      inputs: [{ namespace: `postgres://127.0.0.1:${postgres.secret.port ?? 0}`, name: 'postgres.public.accounts', inputFacets: { inputStatistics: { rowCount: 20_000 }, dataQualityAssertions: { assertions: [{ assertion: 'holds', success: true, name: 'balance is between -1000 and 1000000' }] } } }],
      outputs: [
        { namespace: `s3://${context.names.bucket('raw')}`, name: 'raw/dataset=accounts/v1/batch=accounts-v1-20260302T000000Z/', outputFacets: { outputStatistics: { rowCount: 20_000 } } },
        { namespace: 'arn:aws:glue:us-east-1:000000000000', name: `table/${context.names.database}/accounts`, facets: { version: { datasetVersion: expect.stringMatching(/^\d+$/u) as string }, schema: { fields: expect.arrayContaining([{ name: 'ownerName', type: 'string', description: 'Personal' }]) as unknown } } },
      ],
    });
    expect(of('accounts-v1-20260303T000000Z').at(-1)).toMatchObject({ eventType: 'FAIL', run: { facets: { errorMessage: { message: expect.stringContaining('balance is between -1000 and 1000000') as string } } }, outputs: [] });
    expect(of('accounts-v1-20260303T000000Z', 2).at(-1)).toMatchObject({ eventType: 'COMPLETE' });
    expect(sent.map(({ run: { runId }, eventType }) => `${runId} ${eventType}`).sort()).toEqual(events.map(({ run: { runId }, eventType }) => `${runId} ${eventType}`).sort());
    // And the check can fail.
    expect(String(lineageFaults([{ ...end, run: { ...end?.run, runId: 'no uuid' } }, { ...end, job: { ...end?.job, facets: { jobType: { _producer: 'urn:x', _schemaURL: 'urn:y' } } } }]))).toMatch(/badly formed hexadecimal UUID string.*the facet jobType is a urn:y, not a https/u);
  });

  it('is refused with the contract, the column and the remedy when a column is dropped', async () => {
    await client.query('ALTER TABLE orders DROP COLUMN state');
    await expect(run('orders', '2026-03-09T13:00:00Z')).rejects.toThrow(/dataset orders@v1 \(contract [0-9a-f]{12}\) has the field 'state', and the table public.orders has no column state; its columns are id, updated_at\. Give the column back/u);
    expect(await ask('SELECT count(*) FROM orders')).toEqual([[11]]);
  });
});
