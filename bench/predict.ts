import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateViewText } from '../core/feature/entity-key';
import { viewsReadBy } from '../core/model/inputs';
import { inputFieldNames } from '../core/model/prediction-event';
import { localEnvironment } from '../core/environment';
import { bundleLambda } from '../lib/constructs/bundle';
import type { BenchCase } from './case';
import { casesIn, percentile } from './case';
import { flightsExample } from './flights';
import { benchDirectory, startPeer, startProgram } from './peers';
import type { KeptState, PredictionData } from './prediction-data';
import { predictionData, requestFor, servingItems } from './prediction-data';
import type { Side } from './side';

const requests = 2000;
/** Before anything is measured each side answers this many. */
const warmUp = 3000;

interface Answered { readonly milliseconds: readonly number[]; readonly predictions: readonly number[] }

const tables = { ours: 'headrace-bench-state', peer: 'bench-features' };

export const ourItem = ({ entity, view, state, expiresAt, arrival }: KeptState) => ({
  entity: { S: entity }, view: { S: view }, version: { N: String(arrival + 1) }, state: { B: Buffer.from(state).toString('base64') }, expires_at: { N: String(expiresAt) }, arrival: { N: String(arrival) },
});

/** The peer's item: each feature a number of its own, ready to be used. */
const peerItem = ({ entity, view, newest, features }: KeptState) => ({
  entity: { S: entity }, view: { S: view }, newest: { S: new Date(newest).toISOString() },
  ...Object.fromEntries(Object.entries(features).flatMap(([name, value]) => (value === null ? [] : [[name, { N: String(value) }]]))),
});

const write = (name: string, value: unknown): string => {
  mkdirSync(benchDirectory, { recursive: true });
  const file = join(benchDirectory, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
};

/** What the peer has to know of the model and of the views that it reads. */
const peerSettings = ({ example: { manifest }, model, onnx }: PredictionData): unknown => {
  const onnxFile = join(benchDirectory, 'peer-model.onnx');
  writeFileSync(onnxFile, onnx);
  const reads = viewsReadBy(model);
  return {
    onnx: onnxFile, model: model.name, modelVersion: 'bench', names: inputFieldNames(model, manifest.entities),
    inputs: model.inputs.map(({ name, expression }) => {
      if (expression.kind === 'request') return ['request', expression.name];
      if (expression.kind === 'feature') return [reads.findIndex(({ slot, view, version }) => slot === expression.slot && view === expression.view && version === expression.version), expression.feature];
      throw new Error(`The input ${name} is worked out at request time; the peer cannot.`);
    }),
    reads: reads.map(({ slot, view, version }) => [slot, stateViewText({ name: view, version }, 1)]),
    limits: Object.fromEntries(Object.entries(model.request).map(([name, { min, max }]) => [name, [min, max]])),
  };
};

const bucket = 'headrace-bench-models';

const ask = (side: Side, from: number, count: number): Promise<Answered> => side.ask<Answered>({ from, count });

/** A schedule that waits for nobody. */
const load = { rate: 200, seconds: 24 };
const underLoad = (side: Side): Promise<Answered> => side.ask<Answered>({ from: 0, count: load.rate * load.seconds, every: 1000 / load.rate });

/** Both sides must predict the same of the same flights: else they do not do the same work. */
const compare = (ours: Answered, peer: Answered): void => {
  const difference = Math.max(...ours.predictions.map((each, index) => Math.abs(each - (peer.predictions[index] ?? Number.NaN))));
  if (!(difference < 1e-6)) throw new Error(`The sides predict otherwise, by ${difference}: they do not do the same work.`);
};

const openWorld = async () => {
  const data = await predictionData(await flightsExample());
  const content = write('stub-content.json', {
    tables: { [tables.ours]: [...data.states.map(ourItem), ...servingItems(data.states)], [tables.peer]: data.states.map(peerItem) },
    objects: Object.fromEntries(Object.entries(data.modelObjects).map(([key, bytes]) => [`/${bucket}/${key}`, Buffer.from(bytes).toString('base64')])),
  });
  const file = write('prediction-requests.json', data.flights.filter((_flight, index) => index % 7 === 0).slice(0, requests).map((flight) => requestFor(data.model, flight)));
  const stub = startProgram('stub-service', [content]);
  const sides: Side[] = [stub];
  const close = async (): Promise<void> => { for (const side of sides.reverse()) await side.close(); };
  try {
    const { port } = await stub.ask<{ readonly port: number }>({});
    const environment = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_EC2_METADATA_DISABLED: 'true', TZ: 'UTC', STREAM_NAME: 'headrace-bench-events' };
    const bundle = bundleLambda({ name: 'prediction-api', target: localEnvironment(), generatedDirectory: data.example.generatedDirectory });
    const ours = startProgram('handler-process', [join(bundle, 'index.js'), file], { ...environment, HEADRACE_ENVIRONMENT: 'bench', POWERTOOLS_SERVICE_NAME: 'prediction-api', MODEL_REFRESH_SECONDS: '30', AUTHORIZATION: JSON.stringify(localEnvironment().authorization), STATE_TABLE: tables.ours, MODELS_BUCKET: bucket });
    sides.push(ours);
    const peer = await startPeer('predict.py', [write('peer-settings.json', peerSettings(data)), file], { ...environment, STATE_TABLE: tables.peer });
    sides.push(peer);
    compare(await ask(ours, 0, warmUp), await ask(peer, 0, warmUp));
    const { puts } = await stub.ask<{ readonly puts: number }>({});
    if (puts !== 2 * warmUp) throw new Error(`The sides were asked for ${2 * warmUp} predictions and put ${puts} on the stream: they do not do the same work.`);
    return { ours, peer, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const fair = `both sides answer the same ${requests} requests for one flight each (HTTP API events, one after another, in a process that stays) against the same stand-in for DynamoDB and Kinesis, which answers from memory: so this is what the handlers cost beyond the services' own time, and behind a real DynamoDB the ratio is smaller. Both check the request, read the same three items with one BatchGetItem, run the same LightGBM model (200 trees) in ONNX Runtime on one thread, put the prediction on the stream, wait for that and write a line of metrics; they must give the same predictions. Ours is the deployed bundle, and works the windows out of packed tiles; the peer finds its features precomputed, a number each, and leaves keeping them fresh to something else. It uses boto3 clients with default settings.`;

const loadFair = `requests come at ${load.rate} a second whatever becomes of the ones before, and each counts from when it was due, so that waiting shows; ${load.seconds} s at a time, five times a side in turn, two minutes each; a request that fails ends the measurement. A side is one process that answers one request at a time, as one environment of a Lambda does, and sleeps until the next is due. In the local cloud's stead stands what is said next, since its own calls would hide both handlers. Otherwise ${fair.replace(', one after another, in a process that stays', '')}`;

type World = Awaited<ReturnType<typeof openWorld>>;
const world = { open: openWorld, close: ({ close }: World) => close() };
const percentiles = ([['p50', 0.5, 3], ['p99', 0.99, 2]] as const);

/** Predictions one after another, and at a steady rate. */
export const predictCases: readonly BenchCase[] = [
  ...casesIn<World, Answered>({ ...world, ours: ({ ours }) => ask(ours, 0, requests), peer: ({ peer }) => ask(peer, 0, requests) },
    percentiles.map(([name, share, goal]) => ({ id: `predict.boto3-onnx.${name}`, what: `a prediction in the handler, ${name}`, unit: 'ms', better: 'less', goal, fair, of: ({ milliseconds }) => percentile(milliseconds, share) }))),
  ...casesIn<World, Answered>({ ...world, ours: ({ ours }) => underLoad(ours), peer: ({ peer }) => underLoad(peer) },
    percentiles.map(([name, share, goal]) => ({ id: `predict.load.boto3-onnx.${name}`, what: `a prediction at ${load.rate} requests a second, ${name}`, unit: 'ms', better: 'less', goal, fair: loadFair, of: ({ milliseconds }) => percentile(milliseconds, share) }))),
];
