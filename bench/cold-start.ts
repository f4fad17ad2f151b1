import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { CreateFunctionCommand, GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { localEnvironment } from '../core/environment';
import { activationsPath, tombstonesPath } from '../core/environment/deployed';
import { namesOf } from '../core/environment/names';
import { landedEvent } from '../examples/flights/flight';
import { bundleLambda } from '../lib/constructs/bundle';
import { startLocalCloud } from '../local/cloud';
import { pathsIn } from '../local/paths';
import { pythonFor } from '../local/programs';
import type { BenchCase } from './case';
import { caseIn, median } from './case';
import { flightsExample } from './flights';
import { benchDirectory } from './peers';
import { predictionData, requestFor, servingItems } from './prediction-data';

const run = promisify(execFile);
/** Cold starts in one measurement, of which the middle one counts. */
const starts = 3;
const records = 100;

const environment = localEnvironment();
const names = namesOf(environment);

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => { resolve(port); });
  });
});

/** A directory as a Lambda's zip file. */
const zipped = async (directory: string): Promise<Uint8Array> => {
  const target = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    const file = join(target, 'code.zip');
    await run(pythonFor(undefined), ['-c', 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2])', join(target, 'code'), directory]);
    return readFileSync(file);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
};

const helloDirectory = (): string => {
  const directory = join(benchDirectory, 'hello');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.js'), "exports.handler = async () => ({ statusCode: 200, body: 'hello' });\n");
  return directory;
};

interface Answer { readonly statusCode?: number; readonly body?: string; readonly batchItemFailures?: readonly unknown[] }

/** Something to invoke: its first answer shows that it did its work. */
interface Deployed { readonly name: string; readonly payload: unknown; readonly isDone: (answer: Answer) => boolean }

/** Execution environments of a function, by their directories in the local cloud. */
const environmentsOf = ({ directory }: Cloud, name: string): readonly string[] => readdirSync(directory).filter((each) => each.startsWith(`ministack-lambda-${name}-`));

/** Changes a function's configuration, which ends its execution environments, and waits until it can be invoked again. */
const endEnvironments = async ({ lambda }: Cloud, name: string): Promise<void> => {
  const { Timeout = 60 } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  // The local cloud ends them for a timeout as AWS does, but not for a description.
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout: Timeout === 60 ? 59 : 60 }));
  for (;;) {
    const { LastUpdateStatus, State } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (LastUpdateStatus === 'Successful' && State === 'Active') return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
};

/** The time of the first invocation of a new execution environment, milliseconds. */
const coldStart = async (cloud: Cloud, { name, payload, isDone }: Deployed): Promise<number> => {
  await endEnvironments(cloud, name);
  const before = environmentsOf(cloud, name);
  const began = performance.now();
  const { Payload, FunctionError } = await cloud.lambda.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }));
  const milliseconds = performance.now() - began;
  if (environmentsOf(cloud, name).every((each) => before.includes(each))) throw new Error(`${name} was answered by an execution environment that was there already: this was no cold start.`);
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError !== undefined || !isDone(JSON.parse(text) as Answer)) throw new Error(`${name} did not do its work at its first invocation: ${FunctionError ?? ''} ${text}`);
  return milliseconds;
};

/** A local cloud of its own, with what the functions need, a hello-world function, and none of the platform's other parts. */
const openCloud = async () => {
  const home = join(benchDirectory, 'cloud');
  const cloud = await startLocalCloud({ port: await freePort(), home, region: environment.region, fresh: true });
  const settings = { endpoint: cloud.endpoint, region: environment.region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const lambda = new LambdaClient(settings);
  const deploy = async (name: string, directory: string, memory: number, variables: Readonly<Record<string, string>>): Promise<void> => {
    await lambda.send(new CreateFunctionCommand({
      FunctionName: name, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: 'arn:aws:iam::000000000000:role/bench', MemorySize: memory, Timeout: 60,
      Architectures: [environment.architecture], Code: { ZipFile: await zipped(directory) }, Environment: { Variables: { ...variables } },
    }));
  };
  const hello: Deployed = { name: 'hello', payload: {}, isDone: ({ statusCode }) => statusCode === 200 };
  await deploy(hello.name, helloDirectory(), environment.predictionMemoryMegabytes, {});
  return { lambda, settings, deploy, hello, directory: pathsIn(home).temporary, close: () => cloud.stop() };
};

type Cloud = Awaited<ReturnType<typeof openCloud>>;

const bundled = async (name: string): Promise<string> => bundleLambda({ name, target: environment, generatedDirectory: (await flightsExample()).generatedDirectory });

const deployValidator = async ({ settings, deploy }: Cloud): Promise<Deployed> => {
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  for (const zone of ['raw', 'quarantine'] as const) await s3.send(new CreateBucketCommand({ Bucket: names.bucket(zone) }));
  await deploy('validator', await bundled('ingest-validator'), 1024, { HEADRACE_ENVIRONMENT: 'local', POWERTOOLS_SERVICE_NAME: 'ingest-validator', RAW_BUCKET: names.bucket('raw'), QUARANTINE_BUCKET: names.bucket('quarantine'), ACTIVATIONS_PATH: activationsPath(names), ACTIVATION_SECONDS: '60', TOMBSTONES_PATH: tombstonesPath(names), REGISTRY_NAME: names.registry });
  await new SSMClient(settings).send(new PutParameterCommand({ Name: `${activationsPath(names)}/flight.landed`, Value: '{"1":0}', Type: 'String' }));
  const from = Date.UTC(2001, 5, 1);
  const flights = (await (await flightsExample()).landings(from, from + 86_400_000)).slice(0, records);
  const payload = {
    Records: flights.map((flight, index) => {
      const sequenceNumber = `4966${String(index).padStart(52, '0')}`;
      return {
        eventID: `shardId-000000000000:${sequenceNumber}`, eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${names.stream}`, eventName: 'aws:kinesis:record', eventSource: 'aws:kinesis', eventVersion: '1.0', awsRegion: 'us-east-1',
        kinesis: { kinesisSchemaVersion: '1.0', partitionKey: flight.origin, sequenceNumber, data: Buffer.from(JSON.stringify(landedEvent(flight))).toString('base64'), approximateArrivalTimestamp: Date.now() / 1000 },
      };
    }),
  };
  return { name: 'validator', payload, isDone: ({ batchItemFailures }) => batchItemFailures?.length === 0 };
};

const deployPrediction = async ({ settings, deploy }: Cloud): Promise<Deployed> => {
  const { model, states, modelObjects, flights } = await predictionData(await flightsExample());
  const [flight] = flights;
  if (!flight) throw new Error('There is no flight to ask about.');
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: names.bucket('models') }));
  for (const [Key, Body] of Object.entries(modelObjects)) await s3.send(new PutObjectCommand({ Bucket: names.bucket('models'), Key, Body }));
  await new KinesisClient(settings).send(new CreateStreamCommand({ StreamName: names.stream, ShardCount: 1 }));
  const dynamodb = new DynamoDBClient(settings);
  await dynamodb.send(new CreateTableCommand({
    TableName: names.stateTable, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'entity', AttributeType: 'S' }, { AttributeName: 'view', AttributeType: 'S' }], KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'view', KeyType: 'RANGE' }],
  }));
  for (const { entity, view, state, expiresAt, arrival } of states.filter(({ entity }) => [flight.origin, flight.destination].some((iata) => entity === `airport|${iata}`)))
    await dynamodb.send(new PutItemCommand({ TableName: names.stateTable, Item: { entity: { S: entity }, view: { S: view }, version: { N: String(arrival + 1) }, state: { B: state }, expires_at: { N: String(expiresAt) }, arrival: { N: String(arrival) } } }));
  for (const Item of servingItems(states)) await dynamodb.send(new PutItemCommand({ TableName: names.stateTable, Item }));
  await deploy('prediction', await bundled('prediction-api'), environment.predictionMemoryMegabytes, { HEADRACE_ENVIRONMENT: 'local', POWERTOOLS_SERVICE_NAME: 'prediction-api', MODEL_REFRESH_SECONDS: '30', STATE_TABLE: names.stateTable, MODELS_BUCKET: names.bucket('models'), STREAM_NAME: names.stream });
  return { name: 'prediction', payload: requestFor(model, flight), isDone: ({ statusCode }) => statusCode === 200 };
};

const coldStartCase = (name: string, goal: number, what: string, does: string, deploy: (cloud: Cloud) => Promise<Deployed>): BenchCase => {
  const middle = async (cloud: Cloud, deployed: Deployed): Promise<number | undefined> => {
    const milliseconds: number[] = [];
    for (let start = 0; start < starts; start += 1) milliseconds.push(await coldStart(cloud, deployed));
    return median(milliseconds);
  };
  return caseIn({
    id: `cold-start.${name}`, what, unit: 'ms', better: 'less', goal,
    fair: `both functions run in the same local cloud on the same Node, and each measurement is the middle of ${starts} first invocations after a change of configuration. Ours is the deployed bundle, and its first invocation ${does}; the peer returns a constant. The local cloud limits no processor time by memory, so these are not AWS's own times.`,
    open: async () => {
      const cloud = await openCloud();
      try {
        const deployed = await deploy(cloud);
        await coldStart(cloud, deployed);
        await coldStart(cloud, cloud.hello);
        return { cloud, deployed };
      } catch (error) {
        await cloud.close();
        throw error;
      }
    },
    close: ({ cloud }) => cloud.close(),
    ours: ({ cloud, deployed }) => middle(cloud, deployed),
    peer: ({ cloud }) => middle(cloud, cloud.hello),
  });
};

export const coldStartCases: readonly BenchCase[] = [
  coldStartCase('validator', 0.66, 'first invocation of the validator, against a hello-world function', `reads which contracts are active, judges ${records} real events and writes them to S3`, deployValidator),
  coldStartCase('prediction', 0.5, 'first invocation of the prediction API, against a hello-world function', 'loads the model from S3, reads state, predicts and puts the prediction on the stream', deployPrediction),
];
