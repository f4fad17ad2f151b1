import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { KinesisClient, PutRecordsCommand, SplitShardCommand, UpdateShardCountCommand } from '@aws-sdk/client-kinesis';
import { CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFailedBatch } from '../../cli/redrive/failed-batch';
import type { AwsRequest } from '../../lib/runtime/aws-request';
import { send, sendUnsigned } from '../../lib/runtime/aws-request';
import { signedHeaders } from '../../lib/runtime/signature';
import { writeRequest } from '../../lib/runtime/write-request';
import type { LocalCloud } from '../../local/cloud';
import { localCloudStatus, startLocalCloud, stopLocalCloud } from '../../local/cloud';
import type { FaultyFunction } from './mapping-template';
import { apiTemplate, failingTemplate, templateWith } from './mapping-template';

jest.setTimeout(180_000);

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
  });
});

const home = mkdtempSync(join(tmpdir(), 'headrace-local-'));
let port = 0;
let cloud: LocalCloud | undefined;

const running = (): LocalCloud => {
  if (!cloud) throw new Error('the local cloud was not started');
  return cloud;
};
const settings = () => ({ endpoint: running().endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const s3 = () => new S3Client({ ...settings(), forcePathStyle: true });

const deploy = async (name: string, faults: FaultyFunction, mapping: Readonly<Record<string, unknown>>): Promise<void> => {
  const client = new CloudFormationClient(settings());
  await client.send(new CreateStackCommand({ StackName: name, TemplateBody: templateWith(name, faults, mapping), Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: name });
};

/** Puts records `from` to `to`; each partition key's records count up. */
const put = async (name: string, from: number, to: number): Promise<void> => {
  const client = new KinesisClient(settings());
  for (let start = from; start < to; start += 500) {
    const numbers = Array.from({ length: Math.min(500, to - start) }, (_, index) => start + index);
    await client.send(new PutRecordsCommand({ StreamName: `${name}-events`, Records: numbers.map((number) => ({ Data: Buffer.from(String(number)), PartitionKey: `key-${number % 17}` })) }));
  }
};

interface QueueAnswer { readonly QueueUrl?: string; readonly Messages?: readonly unknown[] }

/** One operation of the queue service. */
const queue = async (operation: string, input: Readonly<Record<string, unknown>>): Promise<QueueAnswer> => {
  const headers = { 'x-amz-target': `AmazonSQS.${operation}`, 'content-type': 'application/x-amz-json-1.0', authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0' };
  return (await fetch(running().endpoint, { method: 'POST', headers, body: JSON.stringify(input) })).json() as Promise<QueueAnswer>;
};

interface Handled { readonly node: string; readonly zone: string; readonly handled: readonly string[] }

/** What the function kept of each batch, in the order of the batches. */
const batchesHandled = async (bucket: string): Promise<readonly Handled[]> => {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: bucket }));
  const oldestFirst = [...Contents].sort((one, other) => Number(one.LastModified) - Number(other.LastModified));
  return Promise.all(oldestFirst.map(async ({ Key }) => JSON.parse((await (await s3().send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString()) ?? '') as Handled));
};

const numbersIn = (batches: readonly Handled[]): readonly number[] => batches.flatMap((batch) => batch.handled.map(Number));
const distinct = (numbers: readonly number[]): readonly number[] => [...new Set(numbers)].sort((one, other) => one - other);
const distinctTexts = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
const range = (to: number): readonly number[] => Array.from({ length: to }, (_, index) => index);

const recordings = join(home, 'calls');

/** The kinds of calls that were recorded of roles whose names begin so; the developer's where there is no name. */
const recordedCalls = (of: string): readonly string[] => readdirSync(recordings).flatMap((file) => readFileSync(join(recordings, file), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as { readonly kind: string; readonly role: string; readonly via: string; readonly target?: string; readonly method?: string; readonly path?: string })
  .filter(({ kind, role }) => kind === 'call' && (of === '' ? role === '' : role.startsWith(of)))
  .map(({ via, target, method, path }) => `${via}: ${target || `${method} ${path?.split('/', 2).join('/')}`}`);

beforeAll(async () => {
  port = await freePort();
  // A directory of its own: its functions have no policies to be held to.
  process.env['HEADRACE_LOCAL_CALLS'] = recordings;
  cloud = await startLocalCloud({ port, home, saveSeconds: 1 });
});

afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('the local cloud', () => {
  it('hands every record to a function that throws, stops halfway and fails after its work', async () => {
    await deploy('faulty', { throwsBefore: 0.15, throwsAfter: 0.1, stops: 0.15 }, { BatchSize: 250, FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true, MaximumRetryAttempts: -1 });
    await put('faulty', 0, 3_000);
    await running().drained({ timeout: 120_000 });
    const batches = await batchesHandled('faulty-handled');
    expect(distinct(numbersIn(batches))).toEqual(range(3_000));
    expect(new Set(batches.map((batch) => batch.node.split('.')[0]))).toEqual(new Set(['v24']));
    expect(new Set(batches.map((batch) => batch.zone))).toEqual(new Set(['UTC']));
  });

  it('handles each record once when nothing fails, the children of a split shard after their parent', async () => {
    await deploy('calm', { throwsBefore: 0, throwsAfter: 0, stops: 0 }, { BatchSize: 100 });
    await put('calm', 0, 1_000);
    await new KinesisClient(settings()).send(new SplitShardCommand({ StreamName: 'calm-events', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 126n) }));
    await put('calm', 1_000, 2_000);
    await running().drained();
    const numbers = numbersIn(await batchesHandled('calm-handled'));
    expect([...numbers].sort((one, other) => one - other)).toEqual(range(2_000));
    for (let key = 0; key < 17; key += 1) {
      const ofKey = numbers.filter((number) => number % 17 === key);
      expect(ofKey).toEqual([...ofKey].sort((one, other) => one - other));
    }
  });

  it('records what a function calls, and what is called to deliver to it, as calls of its role', () => {
    expect(distinctTexts(recordedCalls('calm-Role'))).toEqual(['event source: Kinesis_20131202.GetRecords', 'event source: Kinesis_20131202.GetShardIterator', 'event source: Kinesis_20131202.ListShards', 'request: PUT /calm-handled']);
    expect(recordedCalls('')).toEqual(expect.arrayContaining(['request: Kinesis_20131202.PutRecords', 'request: Kinesis_20131202.SplitShard']));
  });

  it('gives a batch that always fails to its S3 destination, whole, and goes on', async () => {
    await deploy('failing', { throwsBefore: 1, throwsAfter: 0, stops: 0 },
      { BatchSize: 100, MaximumRetryAttempts: 1, DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failing-failures' } } });
    await put('failing', 0, 300);
    await running().drained();
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: 'failing-failures' }));
    const documents = await Promise.all(Contents.map(async ({ Key }) => {
      expect(Key).toMatch(/^aws\/lambda\/[\w-]{36}\/shardId-\d{12}\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[\w-]{36}$/);
      return JSON.parse((await (await s3().send(new GetObjectCommand({ Bucket: 'failing-failures', Key }))).Body?.transformToString()) ?? '') as { payload: string; requestContext: unknown };
    }));
    const payloads = documents.map((document) => JSON.parse(document.payload) as { Records: { kinesis: { data: string } }[] });
    expect(distinct(payloads.flatMap(({ Records }) => Records.map(({ kinesis }) => Number(Buffer.from(kinesis.data, 'base64').toString()))))).toEqual(range(300));
    expect(documents[0]?.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 });
  });

  it('keeps whole what a function failed to do while nobody waited, as a redrive reads it', async () => {
    const client = new CloudFormationClient(settings());
    await client.send(new CreateStackCommand({ StackName: 'unawaited', TemplateBody: failingTemplate('unawaited'), Capabilities: ['CAPABILITY_IAM'] }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: 'unawaited' });
    const request = writeRequest([{ partitionKey: 'p-1', data: Buffer.from('{"a":"é"}') }, { partitionKey: 'p-2', data: Buffer.from([0xff, 0]) }]);
    await new LambdaClient(settings()).send(new InvokeCommand({ FunctionName: 'unawaited-writer', InvocationType: 'Event', Payload: JSON.stringify(request) }));
    const kept = async (): Promise<readonly string[]> => ((await s3().send(new ListObjectsV2Command({ Bucket: 'unawaited-failures' }))).Contents ?? []).flatMap(({ Key }) => Key ?? []);
    while ((await kept()).length === 0) await new Promise((resolve) => { setTimeout(resolve, 200); });
    const [key = ''] = await kept();
    expect(key).toMatch(/^aws\/lambda\/async\/unawaited-writer\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-/u);
    const batch = readFailedBatch(await (await s3().send(new GetObjectCommand({ Bucket: 'unawaited-failures', Key: key }))).Body?.transformToString() ?? '');
    expect(batch.functionArn).toMatch(/:function:unawaited-writer:\$LATEST$/u);
    expect(batch.eventOf(batch.records)).toEqual(request);
  });

  it('leaves a disabled mapping alone until it is enabled, and ends batching windows on request', async () => {
    await deploy('patient', { throwsBefore: 0, throwsAfter: 0, stops: 0 }, { BatchSize: 10_000, MaximumBatchingWindowInSeconds: 300, Enabled: false });
    await put('patient', 0, 50);
    await running().drained();
    expect(await batchesHandled('patient-handled')).toEqual([]);
    const lambda = new LambdaClient(settings());
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'patient-consumer' }));
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: EventSourceMappings[0]?.UUID, Enabled: true }));
    await running().drained({ endWindows: true });
    expect(distinct(numbersIn(await batchesHandled('patient-handled')))).toEqual(range(50));
  });

  it('waits for a mapping that it cannot drive, as long as there is one', async () => {
    const lambda = new LambdaClient(settings());
    const { EventSourceMappings: [patient] = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'patient-consumer' }));
    const { UUID } = await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'patient-consumer', EventSourceArn: patient?.EventSourceArn, StartingPosition: 'LATEST', FilterCriteria: { Filters: [{ Pattern: '{"data":["1"]}' }] } }));
    await expect(running().drained({ timeout: 1_000 })).rejects.toThrow(UUID);
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    await running().drained();
  });

  it('starts a mapping at the moment that its template names, beside types that the emulator does not know', async () => {
    await deploy('dated', { throwsBefore: 0, throwsAfter: 0, stops: 0 }, { BatchSize: 100, Enabled: false });
    await put('dated', 0, 10);
    const moment = Date.now() / 1_000 + 0.05;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await put('dated', 10, 20);
    const client = new CloudFormationClient(settings());
    const mapping = { EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/dated-events', FunctionName: 'dated-consumer', StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: moment };
    await client.send(new CreateStackCommand({
      StackName: 'dated-mapping',
      TemplateBody: JSON.stringify({ Resources: {
        Mapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: mapping },
        Alarm: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmName: 'any', AlarmRule: 'TRUE' } },
      } }),
    }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: 'dated-mapping' });
    await running().drained();
    expect(distinct(numbersIn(await batchesHandled('dated-handled')))).toEqual(range(20).slice(10));
  });

  it('refuses to change the number of shards in the way that would lose records', async () => {
    await expect(new KinesisClient(settings()).send(new UpdateShardCountCommand({ StreamName: 'calm-events', TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' }))).rejects.toThrow('SplitShard and MergeShards');
  });

  it('holds an object to the checksum that came with it, of the kinds that the SDKs send', async () => {
    const Bucket = 'checksums';
    await s3().send(new CreateBucketCommand({ Bucket }));
    const put = (checksum: object) => s3().send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '123456789', ...checksum }));
    // The values that the algorithms' definitions give for these digits, and others.
    for (const right of [{ ChecksumCRC64NVME: 'rosUhgp5mIg=' }, { ChecksumCRC32C: '4waSgw==' }]) await put(right);
    for (const wrong of [{ ChecksumCRC64NVME: 'rosUhgp5mIk=' }, { ChecksumCRC32C: '4waShw==' }]) await expect(put(wrong)).rejects.toThrow(/CRC|checksum/iu);
  });

  it('lets nobody reach an HTTP API whose signature is not right', async () => {
    const client = new CloudFormationClient(settings());
    await client.send(new CreateStackCommand({ StackName: 'signed', TemplateBody: apiTemplate('signed'), Capabilities: ['CAPABILITY_IAM'] }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 0.2, maxDelay: 0.5 }, { StackName: 'signed' });
    const url = (await client.send(new DescribeStacksCommand({ StackName: 'signed' }))).Stacks?.[0]?.Outputs?.[0]?.OutputValue ?? '';
    const service = { endpoint: new URL(url), scope: { service: 'execute-api', region: 'us-east-1' }, credentials: () => ({ accessKeyId: 'test', secretAccessKey: 'test' }) };
    const request = { method: 'POST', path: '/v1/models/a%40b/predictions?x=1%2F2', headers: { 'content-type': 'application/json' }, body: '{"ü":1}' } as const;
    const limit = { timeoutMilliseconds: 10_000 };
    const host = service.endpoint.host;
    const right = signedHeaders({ ...request, host }, service.scope, service.credentials(), new Date());
    const status = async (change: Partial<AwsRequest> & { readonly headers?: Readonly<Record<string, string>> }): Promise<number> => (await sendUnsigned(service.endpoint, { ...request, ...change, headers: change.headers ?? right }, limit)).status;
    const signedWith = (secretAccessKey: string, accessKeyId = 'test', at = new Date(), name = 'execute-api') => ({ headers: signedHeaders({ ...request, host }, { ...service.scope, service: name }, { accessKeyId, secretAccessKey }, at) });
    expect(await status({})).toBe(200);
    expect((await send(service, { ...request, method: 'GET', body: '', headers: {} }, limit)).status).toBe(404);
    for (const wrong of [
      { headers: {} }, signedWith('tset'), signedWith('test', 'tset'), signedWith('test', 'test', new Date(Date.now() - 6 * 60_000)), signedWith('test', 'test', new Date(Date.now() + 6 * 60_000)), signedWith('test', 'test', new Date(), 's3'),
      { body: '{"ü":2}' }, { path: '/v1/models/a%40c/predictions?x=1%2F2' }, { path: '/v1/models/a%40b/predictions?x=1' }, { headers: { ...right, 'content-type': 'text/plain' } }, { headers: { authorization: 'AWS4-HMAC-SHA256' } }, { headers: { authorization: 'Bearer a.b.c' } },
      { headers: { ...right, authorization: (right['authorization'] ?? '').replace(/.$/u, (last) => (last === '0' ? '1' : '0')) } },
    ]) expect([JSON.stringify(wrong), await status(wrong)]).toEqual([JSON.stringify(wrong), 403]);
  });

  it('keeps after a kill what was there at its last snapshot, and consumes it', async () => {
    await deploy('killed', { throwsBefore: 0.1, throwsAfter: 0.1, stops: 0.1 }, { BatchSize: 200, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    await put('killed', 0, 5_000);
    await running().save();
    await put('killed', 5_000, 5_500);
    await running().kill();
    expect((await localCloudStatus({ home })).running).toBe(false);
    cloud = await startLocalCloud({ port, home, saveSeconds: 1 });
    await running().drained({ timeout: 120_000 });
    const after = distinct(numbersIn(await batchesHandled('killed-handled')));
    expect(after.filter((number) => number < 5_000)).toEqual(range(5_000));
  });

  it('hands over again what a killed process had received from a queue and not deleted', async () => {
    const received = async (): Promise<number> => ((await queue('ReceiveMessage', { QueueUrl: created.QueueUrl })).Messages ?? []).length;
    const created = await queue('CreateQueue', { QueueName: 'received', Attributes: { VisibilityTimeout: '1200' } });
    await queue('SendMessage', { QueueUrl: created.QueueUrl, MessageBody: 'received' });
    expect([await received(), await received()]).toEqual([1, 0]);
    await running().save();
    await running().kill();
    cloud = await startLocalCloud({ port, home, saveSeconds: 1 });
    expect(await received()).toBe(1);
  });

  it('keeps everything at a clean stop, which says what it waits for, and leaves a process alone that got the number of an old one', async () => {
    const before = distinct(numbersIn(await batchesHandled('killed-handled')));
    const steps: string[] = [];
    expect(await stopLocalCloud({ home }, (step) => { steps.push(step); })).toBe(true);
    expect(steps).toEqual([expect.stringContaining('functions are working on'), expect.stringContaining('saves')]);
    for (const file of ['emulator.pid.json', 'event-source.pid.json']) writeFileSync(join(home, file), JSON.stringify({ pid: process.pid, port }));
    cloud = await startLocalCloud({ port, home, saveSeconds: 1 });
    expect(distinct(numbersIn(await batchesHandled('killed-handled')))).toEqual(before);
    const { EventSourceMappings = [] } = await new LambdaClient(settings()).send(new ListEventSourceMappingsCommand({}));
    expect(EventSourceMappings).toHaveLength(7);
  });

  it('is found again by whoever starts it a second time', async () => {
    const second = await startLocalCloud({ port, home });
    expect(second).toMatchObject({ attached: true, endpoint: running().endpoint });
  });

  it('says so when its port is taken', async () => {
    const other = mkdtempSync(join(tmpdir(), 'headrace-other-'));
    await expect(startLocalCloud({ port, home: other })).rejects.toThrow(`Port ${port} is taken by the local cloud of another directory`);
    rmSync(other, { recursive: true, force: true });
  });
});
