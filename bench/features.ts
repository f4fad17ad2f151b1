import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localEnvironment } from '../core/environment';
import { bundleLambda } from '../lib/constructs/bundle';
import type { BenchCase } from './case';
import { casesIn, percentile } from './case';
import { flightsExample } from './flights';
import { benchDirectory, startPeer, startProgram } from './peers';
import { ourItem } from './predict';
import { moment, predictionData, servingItems } from './prediction-data';
import type { Side } from './side';

const run = promisify(execFile);
const [calls, warmUp, port] = [500, 300, 4633] as const;
const table = 'headrace-bench-state';

/** An emulator of DynamoDB that keeps everything in memory, as a process of its own: both sides ask the same one. */
const startDynalite = async (): Promise<{ readonly endpoint: string; readonly close: () => void }> => {
  const directory = join(benchDirectory, 'dynalite-4.0.0');
  const program = join(directory, 'node_modules', 'dynalite', 'cli.js');
  if (!existsSync(program)) {
    mkdirSync(directory, { recursive: true });
    await run('npm', ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', 'dynalite@4.0.0']);
  }
  const child = spawn(process.execPath, [program, '--port', String(port), '--createTableMs', '0'], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    try { await fetch(endpoint); break; } catch (error) { if (attempt === 100) throw error; }
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  return { endpoint, close: () => { child.kill('SIGTERM'); } };
};

interface Answered { readonly milliseconds: readonly number[]; readonly predictions: readonly number[] }

/** A feature query as API Gateway's HTTP API hands it to a Lambda. */
const queryFor = (airports: readonly string[], at: number): unknown => ({
  version: '2.0', routeKey: 'POST /v1/features/{view}/query', rawPath: '/v1/features/airport_departures/query', rawQueryString: '', headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', path: '/v1/features/airport_departures/query' } }, isBase64Encoded: false, body: JSON.stringify({ entities: airports, at: new Date(at).toISOString() }),
});

const openWorld = async (size: number) => {
  const data = await predictionData(await flightsExample());
  const states = data.states.filter(({ view }) => view.startsWith('airport_departures@'));
  const airports = states.map(({ entity }) => entity.replace('airport|', '')).sort();
  // Another set of airports in each call, the same for both sides.
  const keys = Array.from({ length: calls }, (_call, call) => Array.from({ length: size }, (_key, key) => airports[(call * 37 + key * 2 + key) % airports.length] ?? ''));
  const dynalite = await startDynalite();
  const sides: Side[] = [];
  const close = async (): Promise<void> => { for (const side of sides.reverse()) await side.close(); dynalite.close(); };
  try {
    const environment = { AWS_ENDPOINT_URL: dynalite.endpoint, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true', TZ: 'UTC' };
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: dynalite.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    await client.send(new CreateTableCommand({ TableName: table, BillingMode: 'PAY_PER_REQUEST', AttributeDefinitions: [{ AttributeName: 'entity', AttributeType: 'S' }, { AttributeName: 'view', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'entity', KeyType: 'HASH' }, { AttributeName: 'view', KeyType: 'RANGE' }] }));
    const items = [...states.map((state) => ({ ...ourItem(state), state: { B: state.state } })), ...servingItems(data.states)];
    for (let from = 0; from < items.length; from += 25) await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } })) } }));
    client.destroy();
    mkdirSync(benchDirectory, { recursive: true });
    const [requests, settings] = [join(benchDirectory, `feature-requests-${size}.json`), join(benchDirectory, `feast-settings-${size}.json`)];
    writeFileSync(requests, JSON.stringify(keys.map((each) => queryFor(each, moment))));
    writeFileSync(settings, JSON.stringify({ names: Object.keys(states[0]?.features ?? {}), keys, rows: states.map(({ entity, features }) => ({ airport: entity.replace('airport|', ''), ...features })) }));
    const bundle = bundleLambda({ name: 'prediction-api', target: localEnvironment(), generatedDirectory: data.example.generatedDirectory });
    const ours = startProgram('handler-process', [join(bundle, 'index.js'), requests], { ...environment, HEADRACE_ENVIRONMENT: 'bench', POWERTOOLS_SERVICE_NAME: 'prediction-api', MODEL_REFRESH_SECONDS: '30', AUTHORIZATION: JSON.stringify(localEnvironment().authorization), STATE_TABLE: table, MODELS_BUCKET: 'none', STREAM_NAME: 'none' });
    sides.push(ours);
    const peer = await startPeer('features.py', [settings], environment, 'requirements-feast');
    sides.push(peer);
    const [own, other] = [await ours.ask<Answered>({ from: 0, count: warmUp }), await peer.ask<Answered>({ from: 0, count: warmUp })];
    const differing = own.predictions.filter((each, index) => each !== other.predictions[index]).length;
    if (differing > 0) throw new Error(`The sides answer otherwise in ${differing} of ${warmUp} calls: they do not do the same work.`);
    return { ours, peer, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const fair = 'both sides ask the same dynalite (an emulator of DynamoDB in memory, a process of its own) for the same airports, 500 calls one after another in a process that stays, and must give the same numbers. Ours is the deployed handler of the features route, from the HTTP event to the JSON of its answer, and works 14 windows out of packed tiles; the peer is Feast 0.67 in process, `get_online_features` of the same 14 features, a number each, that something else has worked out.';

const casesOf = (size: number): readonly BenchCase[] => casesIn<Awaited<ReturnType<typeof openWorld>>, Answered>({ open: () => openWorld(size), close: ({ close }) => close(), ours: ({ ours }) => ours.ask<Answered>({ from: 0, count: calls }), peer: ({ peer }) => peer.ask<Answered>({ from: 0, count: calls }) },
  ([['p50', 0.5, 4], ['p99', 0.99, 3]] as const).map(([name, share, goal]) => ({
    id: `features.read-${size}.feast.${name}`, what: `features of ${size === 1 ? 'one airport' : `${size} airports`}, ${name}`, unit: 'ms', better: 'less', goal, fair, of: ({ milliseconds }) => percentile(milliseconds, share),
  })));

export const featuresCases: readonly BenchCase[] = [...casesOf(1), ...casesOf(100)];
