import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse';
import { stateOfRow } from '../core/dataset/current-row';
import { readRow } from '../core/dataset/row';
import type { ModelMetadata } from '../core/model/artefact';
import { metadataKey, modelFileKey } from '../core/model/artefact';
import { inputsOf, viewsReadBy } from '../core/model/inputs';
import { servingRecordKey } from '../core/model/roles';
import type { ModelDefinition } from '../core/manifest/manifest';
import { versionedName } from '../core/manifest/manifest';
import type { FeatureValues, ViewPlan, ViewState } from '../core/window';
import { encodeState, featuresAt, fold, planView } from '../core/window';
import type { Flight } from '../examples/flights/flight';
import { isLate, landedEvent, predictionInstance } from '../examples/flights/flight';
import { foldingOf, prepareBatch } from '../lambdas/feature-aggregator/prepare';
import { entityKeyText, stateViewText } from '../core/feature/entity-key';
import { pythonFor } from '../local/programs';
import type { FlightsExample } from './flights';
import { benchDirectory } from './peers';

const run = promisify(execFile);
const day = 86_400_000;

/** The moment that every prediction is asked for: state holds all flights that had landed before. */
export const moment = Date.UTC(2001, 5, 2);
/** Days of landings that are folded: every window of a week, hop included, is full. */
const historyDays = 8;
/** Days of flights that the model learns from and requests are made of. */
const flightDays = 4;

/** A state item, as the aggregator writes it, and what its features are at {@link moment}. */
export interface KeptState {
  readonly entity: string;
  readonly view: string;
  readonly state: Uint8Array;
  readonly expiresAt: number;
  readonly arrival: number;
  readonly newest: number;
  readonly features: FeatureValues;
}

/** A world for predictions: real state, a model of the real size, and flights to ask about. */
export interface PredictionData {
  readonly example: FlightsExample;
  readonly model: ModelDefinition;
  readonly states: readonly KeptState[];
  readonly onnx: Uint8Array;
  /** What the models bucket holds, by key. */
  readonly modelObjects: Readonly<Record<string, Uint8Array>>;
  readonly flights: readonly Flight[];
}

/** Folds real landings by the aggregator's own code, as one shard delivers them. */
const foldStates = async (example: FlightsExample): Promise<readonly KeptState[]> => {
  const { manifest, contracts } = example;
  const now = Date.now();
  const landings = await example.landings(moment - historyDays * day, moment);
  const records = landings.map((flight, index) => ({
    position: { source: 'headrace-bench-events', shard: 'shardId-000000000000', sequence: `4966${String(index).padStart(52, '0')}`, subSequence: 0 },
    partitionKey: flight.origin, arrival: now, batchId: null, data: JSON.stringify(landedEvent(flight)),
  }));
  return prepareBatch(records, { ...foldingOf(manifest, contracts), generationsOf: () => [1] }).items.map(({ key, plan, brought }) => {
    const { state } = fold(plan, undefined, brought.map(({ prepared }) => prepared), { streamRetention: day });
    return { ...key, state: encodeState(plan, state), expiresAt: state.expiresAt, arrival: now, newest: state.newest, features: featuresAt(plan, state, moment) };
  });
};

/** The rows of the dataset as the materializer brings them online. */
const rowStates = async ({ manifest, airports }: FlightsExample): Promise<readonly KeptState[]> => {
  const arrival = Date.now();
  const [view, dataset] = [manifest.views['airport_profile@v1'], manifest.datasets['airports@v1']];
  if (!view || !dataset) throw new Error('The case needs the view airport_profile@v1 of examples/flights.');
  const plan = planView(manifest, view);
  const states: KeptState[] = [];
  let row = 0;
  for await (const cells of createReadStream(airports).pipe(parse({ columns: true })) as AsyncIterable<Readonly<Record<string, string>>>) {
    const read = readRow(dataset.fields, cells);
    if (!read.ok) continue;
    const [entity, state] = [plan.entityOf(read.row), stateOfRow(plan, { batch: 'airports-v1-bench', arrival }, { position: { source: 'dataset/airports-v1-bench', shard: 'file', sequence: String(row++), subSequence: 0 }, knownAt: 0, row: read.row })];
    if (entity !== undefined) states.push({ entity, view: stateViewText(view, 1), state: encodeState(plan, state), expiresAt: 0, arrival, newest: 0, features: featuresAt(plan, state, moment) });
  }
  return states;
};

const absent = (plan: ViewPlan): FeatureValues => featuresAt(plan, undefined as ViewState | undefined, moment);

/** Rows of examples for the trainer. Their features are those of {@link moment}, so the model is worth nothing; what counts is that it is as large as a real one. */
const examples = ({ manifest }: FlightsExample, model: ModelDefinition, states: readonly KeptState[], flights: readonly Flight[]): readonly Readonly<Record<string, unknown>>[] => {
  const features = new Map(states.map(({ entity, view, features: values }) => [`${entity}\n${view}`, values]));
  const reads = viewsReadBy(model).flatMap((read) => {
    const [view, entity] = [manifest.views[versionedName({ name: read.view, version: read.version })], manifest.entities[model.entities[read.slot] ?? '']];
    return view && entity ? [{ slot: read.slot, view, entity, none: absent(planView(manifest, view)) }] : [];
  });
  const assemble = inputsOf(model);
  return flights.map((flight) => {
    const { entities, request } = predictionInstance(flight) as { readonly entities: Readonly<Record<string, { readonly iata: string }>>; readonly request: FeatureValues };
    const found = new Map(reads.map(({ slot, view, entity, none }) => [`${slot} ${versionedName(view)}`, features.get(`${entityKeyText(entity, entities[slot] ?? {})}\n${stateViewText(view, 1)}`) ?? none]));
    const values = assemble({ request, feature: ({ slot, view, version, feature }) => found.get(`${slot} ${versionedName({ name: view, version })}`)?.[feature] ?? null });
    return { ...Object.fromEntries(model.inputs.map(({ name }, index) => [name, values[index] ?? null])), 'example.label': isLate(flight) };
  });
};

const writeParquet = async (rows: readonly Readonly<Record<string, unknown>>[], inputs: readonly string[], file: string): Promise<void> => {
  const lines = `${file}.ndjson`;
  writeFileSync(lines, rows.map((row) => JSON.stringify(row)).join('\n'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const columns = [...inputs.map((name) => `'${name}': 'FLOAT'`), "'example.label': 'BOOLEAN'"].join(', ');
    await connection.run(`COPY (SELECT * FROM read_json('${lines.replaceAll("'", "''")}', format = 'newline_delimited', columns = {${columns}})) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(lines, { force: true });
  }
};

/** Trains a model with the platform's own trainer; it is kept for the next run. */
const trainModel = async (example: FlightsExample, model: ModelDefinition, states: readonly KeptState[], flights: readonly Flight[]): Promise<Uint8Array> => {
  const trainer = join(__dirname, '..', 'glue-jobs', 'train.py');
  const version = createHash('sha256').update(example.manifest.hash).update(readFileSync(trainer)).update(readFileSync(__filename)).digest('hex').slice(0, 12);
  const directory = join(benchDirectory, `model-${version}`);
  const file = join(directory, 'model.onnx');
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true });
    const parquet = join(directory, 'examples.parquet');
    const names = model.inputs.map(({ name }) => name);
    await writeParquet(examples(example, model, states, flights), names, parquet);
    await run(pythonFor(undefined), [trainer, '--examples', parquet, '--inputs', JSON.stringify(names), '--out', directory]);
  }
  return readFileSync(file);
};

const objectsOf = ({ manifest }: FlightsExample, model: ModelDefinition, onnx: Uint8Array): Readonly<Record<string, Uint8Array>> => {
  const modelVersion = 'bench';
  const metadata: ModelMetadata = {
    modelVersion, model: model.name, version: model.version, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), trainingSetHash: 'bench', manifestHash: manifest.hash,
    metrics: {}, checksum: createHash('sha256').update(onnx).digest('hex'), createdAt: new Date(moment).toISOString(),
  };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  return { [servingRecordKey(model)]: json({ modelVersion, promotedAt: metadata.createdAt }), [metadataKey(model, modelVersion)]: json(metadata), [modelFileKey(model, modelVersion)]: onnx };
};

/** The items that say which generation of each view is served. */
export const servingItems = (states: readonly KeptState[]): readonly Readonly<Record<'entity' | 'view' | 'generations', { readonly S: string }> & { readonly version: { readonly N: string } }>[] =>
  [...new Set(states.map(({ view }) => view.replace(/#\d+$/u, '')))].map((view) => ({ entity: { S: `generation|${view}` }, view: { S: 'control' }, version: { N: '1' }, generations: { S: '{"serving":1}' } }));

/** Makes what predictions need, from the flights example. */
export const predictionData = async (example: FlightsExample): Promise<PredictionData> => {
  const model = example.manifest.models['late_arrival@v1'];
  if (!model) throw new Error('The case needs the model late_arrival@v1 of examples/flights.');
  const states = [...await foldStates(example), ...await rowStates(example)];
  const flights = (await example.landings(moment, moment + (flightDays + 1) * day)).filter(({ scheduledDeparture }) => scheduledDeparture >= moment && scheduledDeparture < moment + flightDays * day);
  const onnx = await trainModel(example, model, states, flights);
  return { example, model, states, onnx, modelObjects: objectsOf(example, model, onnx), flights };
};

/** A prediction request for one flight as API Gateway's HTTP API hands it to a Lambda (payload format 2.0). */
export const requestFor = (model: ModelDefinition, flight: Flight): Readonly<Record<string, unknown>> => {
  const path = `/v1/models/${model.name}/predictions`;
  return {
    version: '2.0', routeKey: 'POST /v1/models/{model}/predictions', rawPath: path, rawQueryString: '', headers: { 'content-type': 'application/json' }, pathParameters: { model: model.name }, isBase64Encoded: false,
    requestContext: { accountId: '000000000000', apiId: 'bench', domainName: 'bench.execute-api.us-east-1.amazonaws.com', domainPrefix: 'bench', http: { method: 'POST', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' }, requestId: flight.id, routeKey: 'POST /v1/models/{model}/predictions', stage: '$default', time: '02/Jun/2001:00:00:00 +0000', timeEpoch: moment },
    body: JSON.stringify({ at: new Date(moment).toISOString(), instances: [predictionInstance(flight)] }),
  };
};
