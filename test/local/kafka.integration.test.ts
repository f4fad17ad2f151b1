import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import { behindTopic } from '../../lib/runtime/kafka/behind';
import { firstRecordFrom, topicReader } from '../../lib/runtime/kafka/first-record';
import type { LocalCloud } from '../../local/cloud';
import { localCloudStatus, startLocalCloud } from '../../local/cloud';
import { commandOf, isRunning } from '../../local/process';
import { brokerProcess } from './broker-process';
import { kafkaTemplateWith } from './kafka-mapping-template';

jest.setTimeout(180_000);

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
  });
});

const home = mkdtempSync(join(tmpdir(), 'headrace-kafka-'));
const ports = { port: 0, kafkaPort: 0 };
let cloud: LocalCloud;

const start = async (): Promise<LocalCloud> => startLocalCloud({ ...ports, home, saveSeconds: 1, kafka: true });
const settings = () => ({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const client = () => ({ clientId: 'test', bootstrapBrokers: [cloud.bootstrapServers ?? ''], retries: 40, retryDelay: 250 });

const onAdmin = async <Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> => {
  const admin = new Admin(client());
  try { return await work(admin); } finally { await admin.close(); }
};

const makeTopic = (name: string, partitions: number) => onAdmin((admin) => admin.createTopics({
  topics: [{ topic: `${name}-events`, partitions, replicas: -1 }], configs: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
}));

/** Makes the topic and the stack of a mapping; gives the cluster's ARN. */
const deploy = async (name: string, partitions: number, faults: Parameters<typeof kafkaTemplateWith>[1], mapping: Readonly<Record<string, unknown>>): Promise<string> => {
  await makeTopic(name, partitions);
  const formation = new CloudFormationClient(settings());
  await formation.send(new CreateStackCommand({ StackName: name, TemplateBody: kafkaTemplateWith(name, faults, mapping), Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: name });
  const { Stacks } = await formation.send(new DescribeStacksCommand({ StackName: name }));
  return Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
};

/** Puts records `from` to `to`, in their order within each of 17 keys. */
const put = async (name: string, from: number, to: number, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
  const producer = new Producer<string, string, string, string>({ ...client(), serializers: { key: (text) => Buffer.from(text ?? ''), value: (text) => Buffer.from(text ?? ''), headerKey: (text) => Buffer.from(text ?? ''), headerValue: (text) => Buffer.from(text ?? '') } });
  for (let first = from; first < to; first += 200)
    await producer.send({ messages: Array.from({ length: Math.min(200, to - first) }, (_, index) => ({ topic: `${name}-events`, key: `key-${(first + index) % 17}`, value: String(first + index), headers })) });
  await producer.close();
};

type Handled = readonly [partition: number, offset: number, value: string];
interface Batch { readonly handled: readonly Handled[]; readonly event: unknown }

/** What the function kept of each batch, in the order of the batches. */
const batchesOf = async (name: string): Promise<readonly Batch[]> => {
  const s3 = new S3Client({ ...settings(), forcePathStyle: true });
  const batches: { readonly at: number; readonly batch: Batch }[] = [];
  let token: string | undefined;
  do {
    const { Contents = [], NextContinuationToken } = await s3.send(new ListObjectsV2Command({ Bucket: `${name}-handled`, ContinuationToken: token }));
    for (const { Key = '' } of Contents) batches.push({ at: Number(Key.split('-')[0]), batch: JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket: `${name}-handled`, Key }))).Body?.transformToString() ?? '') as Batch });
    token = NextContinuationToken;
  } while (token !== undefined);
  return batches.sort((one, other) => one.at - other.at).map(({ batch }) => batch);
};

const range = (to: number): readonly number[] => Array.from({ length: to }, (_, index) => index);
const numbersOf = (batches: readonly Batch[]): readonly number[] => [...new Set(batches.flatMap(({ handled }) => handled.map(([, , value]) => Number(value))))].sort((one, other) => one - other);

/** Offsets of each partition as they were handled for the first time, in that order. */
const firstHandled = (batches: readonly Batch[]): ReadonlyMap<number, readonly number[]> => {
  const seen = new Map<number, number[]>();
  for (const [partition, offset] of batches.flatMap(({ handled }) => handled)) {
    const offsets = seen.get(partition) ?? [];
    if (!offsets.includes(offset)) seen.set(partition, [...offsets, offset]);
  }
  return seen;
};

const committedOf = async (name: string, partitions: number): Promise<readonly number[]> => {
  const consumer = new Consumer({ ...client(), groupId: `${name}-group` });
  try {
    const found = await consumer.listCommittedOffsets({ topics: [{ topic: `${name}-events`, partitions: [...range(partitions)] }] });
    return (found.get(`${name}-events`) ?? []).map(Number);
  } finally { await consumer.close(); }
};

const provisioned = { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 } };
const calm = { throwsBefore: 0, throwsAfter: 0, stops: 0 };

beforeAll(async () => {
  // A directory of its own: its functions have no policies to be held to.
  process.env['HEADRACE_LOCAL_CALLS'] = join(home, 'calls');
  Object.assign(ports, { port: await freePort(), kafkaPort: await freePort() });
  cloud = await start();
});

afterAll(async () => {
  await cloud.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('the Kafka broker of the local cloud', () => {
  it("hands a function events of the shape that AWS's have", async () => {
    const clusterArn = await deploy('shape', 2, { ...calm, keepsEvent: true }, {});
    const before = Date.now();
    await put('shape', 0, 1, { trace: 'aé', empty: '' });
    await cloud.drained({ endWindows: true });
    const events = (await batchesOf('shape')).map(({ event }) => event as { readonly records: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> });
    expect(events).toHaveLength(1);
    const [{ records, ...rest } = { records: {} }] = events;
    expect(rest).toEqual({ eventSource: 'aws:kafka', eventSourceArn: clusterArn, bootstrapServers: cloud.bootstrapServers });
    expect(clusterArn).toMatch(/^arn:aws:kafka:us-east-1:000000000000:cluster\/shape\/[0-9a-f]{8}-[0-9a-f-]+-1$/u);
    const [[name, held] = []] = Object.entries(records);
    const record = held?.[0];
    expect(record).toEqual({
      topic: 'shape-events', partition: Number(name?.at(-1)), offset: 0, timestamp: expect.any(Number), timestampType: 'LOG_APPEND_TIME',
      key: Buffer.from('key-0').toString('base64'), value: Buffer.from('0').toString('base64'), headers: [{ trace: [97, -61, -87] }, { empty: [] }],
    });
    expect(name).toBe(`shape-events-${String(record?.['partition'])}`);
    expect(Number(record?.['timestamp'])).toBeGreaterThanOrEqual(before - 1_000);
  });

  it('has nobody wait for the end of a transaction, which no consumer is given', async () => {
    await makeTopic('ended', 1);
    const producer = new Producer({ ...client(), idempotent: true, transactionalId: 'ended' });
    const [admin, reader] = [new Admin(client()), topicReader({ ...client() })];
    const behind = async (next: number): Promise<readonly number[]> => (await behindTopic(admin, 'ended-events', { next: new Map([[0, next]]), from: 0 }, Date.now(), (partition, from, end) => firstRecordFrom(reader, 'ended-events', partition, from, end))).map((each) => each.behind);
    try {
      for (const value of ['first', 'second']) {
        const transaction = await producer.beginTransaction();
        await transaction.send({ messages: [{ topic: 'ended-events', partition: 0, value: Buffer.from(value) }] });
        await transaction.commit();
      }
      // A record and an end, twice.
      expect((await behind(2))[0]).toBeGreaterThan(0);
      expect((await behind(1))[0]).toBeGreaterThan(0);
      expect(await behind(3)).toEqual([0]);
    } finally {
      await producer.close();
      await admin.close();
      await (reader as Consumer).close();
    }
  });

  it('hands every record to a function that throws, stops halfway and fails after its work, each partition in its order', async () => {
    await deploy('faulty', 3, { throwsBefore: 0.15, throwsAfter: 0.1, stops: 0.2 }, { BatchSize: 100, MaximumBatchingWindowInSeconds: 1, ...provisioned, FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true });
    await put('faulty', 0, 2_000);
    await cloud.drained({ endWindows: true, timeout: 120_000 });
    const batches = await batchesOf('faulty');
    expect(numbersOf(batches)).toEqual(range(2_000));
    const handled = firstHandled(batches);
    for (const offsets of handled.values()) expect(offsets).toEqual(range(offsets.length));
    expect(await committedOf('faulty', 3)).toEqual(range(3).map((partition) => handled.get(partition)?.length));
  });

  it('loses nothing when the broker is killed and when the topic gets more partitions while records come in', async () => {
    await deploy('moved', 2, calm, { BatchSize: 50, MaximumBatchingWindowInSeconds: 1, ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 3 } });
    await put('moved', 0, 400);
    const killed = brokerProcess(home);
    process.kill(killed, 'SIGKILL');
    await put('moved', 400, 800);
    expect(brokerProcess(home)).not.toBe(killed);
    await onAdmin((admin) => admin.createPartitions({ topics: [{ name: 'moved-events', count: 5, assignments: null }] }));
    await put('moved', 800, 1_600);
    await cloud.drained({ endWindows: true, timeout: 120_000 });
    const batches = await batchesOf('moved');
    expect(numbersOf(batches)).toEqual(range(1_600));
    // Not so many as were put: what a producer was not told to be there it has put again.
    expect(await committedOf('moved', 5)).toEqual(range(5).map((partition) => firstHandled(batches).get(partition)?.length));
  });

  it('has everything again after a kill of the whole local cloud, and delivers what the restored state has not seen', async () => {
    await deploy('killed', 2, calm, { BatchSize: 50, MaximumBatchingWindowInSeconds: 1, ...provisioned });
    await put('killed', 0, 300);
    await cloud.drained({ endWindows: true });
    await cloud.save();
    await put('killed', 300, 600);
    const broker = brokerProcess(home);
    await cloud.kill();
    expect(isRunning(broker)).toBe(false);
    cloud = await start();
    await put('killed', 600, 700);
    await cloud.drained({ endWindows: true });
    expect(numbersOf(await batchesOf('killed'))).toEqual(range(700));
  });

  it('gives up what fails beyond its retries, and an S3 destination gets the whole event', async () => {
    await deploy('given-up', 1, { throwsBefore: 1, throwsAfter: 0, stops: 0 }, { ...provisioned, MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::given-up-failures' } } });
    await put('given-up', 0, 5);
    await cloud.drained({ endWindows: true });
    const s3 = new S3Client({ ...settings(), forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'given-up-failures' }));
    const documents = await Promise.all(Contents.map(async ({ Key }) => JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket: 'given-up-failures', Key }))).Body?.transformToString() ?? '') as Readonly<Record<string, unknown>> & { readonly payload: string }));
    expect(documents[0]).toMatchObject({ requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 }, KafkaBatchInfo: { recordsInfo: { 'given-up-events-0': { firstRecordOffset: '0' } } } });
    const values = documents.flatMap(({ payload }) => (JSON.parse(payload) as { readonly records: Readonly<Record<string, readonly { readonly value: string }[]>> }).records['given-up-events-0'] ?? []).map(({ value }) => Buffer.from(value, 'base64').toString());
    expect(values.sort()).toEqual(['0', '1', '2', '3', '4']);
    expect(await committedOf('given-up', 1)).toEqual([5]);
  });

  it('is stopped and found again with the local cloud', async () => {
    const status = await localCloudStatus({ home });
    expect(status.kafka).toEqual({ pid: expect.any(Number), bootstrapServers: `127.0.0.1:${ports.kafkaPort}` });
    const broker = brokerProcess(home);
    expect(commandOf(broker)).toContain('kafka.Kafka');
    await cloud.stop();
    expect(isRunning(broker)).toBe(false);
    // Not asked for: it was there before.
    cloud = await startLocalCloud({ ...ports, home, saveSeconds: 1 });
    expect(numbersOf(await batchesOf('killed'))).toEqual(range(700));
    await put('killed', 700, 710);
    await cloud.drained({ endWindows: true });
    expect(numbersOf(await batchesOf('killed'))).toEqual(range(710));
  });

  it('ends when the process that has started it is killed', async () => {
    const broker = brokerProcess(home);
    const { kafka } = await localCloudStatus({ home });
    process.kill(kafka?.pid ?? 0, 'SIGKILL');
    for (let look = 0; look < 100 && isRunning(broker); look += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isRunning(broker)).toBe(false);
  });
});
