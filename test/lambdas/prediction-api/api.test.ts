/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { Ajv2020 } from 'ajv/dist/2020';
import { judge } from '../../../core/contract/judge';
import type { Authorization } from '../../../core/environment/api';
import { entityKeyText, stateViewText } from '../../../core/feature/entity-key';
import type { Manifest, ServingPolicy } from '../../../core/manifest/manifest';
import { pseudonymsUnder } from '../../../core/model/pseudonym';
import { placeOf } from '../../../core/model/split';
import { versionedName } from '../../../core/manifest/manifest';
import { aggregate } from '../../../lambdas/feature-aggregator/aggregate';
import { foldingOf } from '../../../lambdas/feature-aggregator/prepare';
import type { ApiCounts, ApiEffects } from '../../../lambdas/prediction-api/api';
import { predictionApi } from '../../../lambdas/prediction-api/api';
import type { LoadedVersion } from '../../../lib/runtime/model/model-file';
import { Unavailable } from '../../../lib/runtime/model/model-file';
import { openOnnx } from '../../../lib/runtime/model/onnx-session';
import type { PredictionEvent } from '../../../lambdas/prediction-api/prediction-log';
import { servingGenerations } from '../../../lambdas/prediction-api/serving-generations';
import type { ServingVersions } from '../../../lambdas/prediction-api/serving-versions';
import { stateReader } from '../../../lambdas/prediction-api/state-reader';
import { stateOfRow } from '../../../core/dataset/current-row';
import { encodeState } from '../../../core/window';
import { airport, contracts, departures, given, lateArrival as model, manifest, profilePlan } from '../../fixtures/flights';
import { tinyModel } from '../../fixtures/tiny-model';
import { failed } from '../../../core/model/problem';
import type { Landing } from '../flights';
import { landed, noon } from '../flights';
import { simulatedStore } from '../simulated-store';

const minute = 60_000;
const iso = (minutes: number, milliseconds = 0): string => new Date(noon + minutes * minute + milliseconds).toISOString();

/** A model that reads but one input: its weight is 1, the others' 0. */
const reads = (input: string): Uint8Array => tinyModel(model.inputs.map(({ name }) => (name === input ? 1 : 0)), 0);
const probability = (score: number): number => 1 / (1 + Math.exp(-score));

/** The row of ORD, as a batch of the airports brought it online. */
const ordRow = (columns: Readonly<Record<string, number | null>> = { latitude: 41.97, longitude: -87.9 }) => {
  const state = stateOfRow(profilePlan, { batch: 'airports-v1-0123456789abcdef', arrival: noon }, { position: { source: 'dataset/airports-v1-0123456789abcdef', shard: 'file', sequence: '7', subSequence: 0 }, knownAt: 0, row: { iata: 'ORD', ...columns } });
  return { state: encodeState(profilePlan, state), arrival: noon, expiresAt: 0 };
};

interface Answer { readonly status: number; readonly type: unknown; readonly body: { readonly [member: string]: unknown } }

const setUp = async (flights: readonly Landing[] = [], options: { readonly now?: number; readonly file?: Uint8Array; readonly versions?: Partial<ServingVersions>; readonly effects?: Partial<ApiEffects>; readonly definitions?: Manifest; readonly authorization?: Authorization } = {}) => {
  const { store, items, calls } = simulatedStore();
  const complaints: unknown[] = [];
  if (flights.length > 0) {
    await aggregate(flights.map(landed), { ...foldingOf(manifest, contracts), generationsOf: () => [1] }, { store, setAside: async () => undefined, isUnmendable: () => false, waitAfterConflict: async () => false, complain: (message) => { complaints.push(message); } },
      { streamRetention: 86_400_000, deadline: Number.POSITIVE_INFINITY, concurrency: 8 });
  }
  await store.write({ entity: given(profilePlan.entityKey({ iata: 'ORD' })), view: stateViewText(profilePlan.view, 1) }, ordRow(), undefined);
  calls.length = 0;
  const events: PredictionEvent[] = [];
  const counts: ApiCounts[] = [];
  let runs = 0;
  const session = await openOnnx(options.file ?? reads('origin__flights_1h'), model);
  const now = () => noon + (options.now ?? 30) * minute;
  let id = 0;
  const objects = new Map<string, unknown>();
  const api = predictionApi(options.definitions ?? manifest, { source: 'headrace/test/prediction-api', authorization: options.authorization ?? { kind: 'iam' } }, {
    now, readStates: stateReader({ store, generations: servingGenerations({ read: async (views) => new Map(views.map((view) => [versionedName(view), { version: 1, generations: { serving: 1 } }])) }, now), now, complain: (_message, error) => { complaints.push(error); } }),
    versionsOf: async () => ({ ok: true, value: { champion: { modelVersion: 'a', predict: async (inputs, width) => { runs += 1; return await session.predict(inputs, width); } }, shadows: [], ...options.versions } }),
    files: { read: async (key) => (objects.has(key) ? Buffer.from(JSON.stringify(objects.get(key))) : undefined) },
    complainOfVersion: (_model, role, modelVersion, error) => { complaints.push(`${role} ${modelVersion}: ${String(error)}`); },
    newId: () => `prediction-${id += 1}`, log: { put: async (put) => { events.push(...put); return 0; } }, pseudonymKey: async () => Buffer.alloc(32, 7), count: (each) => { counts.push(each); }, complain: (_message, error) => { complaints.push(error); },
    ...options.effects,
  });
  const ask = async (method: 'GET' | 'POST', path: string, body?: string, claims?: Readonly<Record<string, unknown>>): Promise<Answer> => {
    const answer = await api({ rawPath: path, requestContext: { http: { method }, ...(claims ? { authorizer: { jwt: { claims } } } : {}) } as never, ...(body === undefined ? {} : { body }), isBase64Encoded: false });
    return { status: answer.statusCode ?? 0, type: answer.headers?.['content-type'], body: JSON.parse(answer.body ?? '') as Answer['body'] };
  };
  const post = (path: string, body: unknown): Promise<Answer> => ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
  const get = (path: string): Promise<Answer> => ask('GET', path);
  const predict = (body: unknown): Promise<Answer> => post('/v1/models/late_arrival/predictions', body);
  const predictAs = (claims: Readonly<Record<string, unknown>> | undefined, body: unknown, name = 'late_arrival'): Promise<Answer> => ask('POST', `/v1/models/${name}/predictions`, JSON.stringify(body), claims);
  const query = (body: unknown): Promise<Answer> => post('/v1/features/airport_departures/query', body);
  return { api, post, get, objects, predict, predictAs, query, store, items, calls, events, counts, complaints, runs: () => runs };
};

const request = { distance: 606, departureHour: 7, departureWeekday: 5 };
const flight = (origin: string, destination: string) => ({ entities: { origin, destination }, request });

describe('a prediction', () => {
  it('is what the model says of the features at the moment', async () => {
    const { predict } = await setUp([{ sequence: 1 }, { sequence: 2, landedAt: 20 }]);
    const { status, type, body } = await predict({ instances: [flight('ORD', 'JFK')] });
    expect([status, type]).toEqual([200, 'application/json']);
    expect(body).toEqual({ model: 'late_arrival', version: 1, modelVersion: 'a', predictions: [{
      predictionId: 'prediction-1', prediction: expect.closeTo(probability(2), 6), modelVersion: 'a', role: 'champion', moment: iso(30), missing: [],
      views: {
        'origin.airport_departures': { status: 'present', newestEventTime: iso(20) }, 'destination.airport_arrivals': { status: 'present', newestEventTime: iso(20) },
        // What was always known has no time.
        'origin.airport_profile': { status: 'present', newestEventTime: null },
      },
    }] });
  });

  it('takes columns of a dataset as inputs, and says when it has no row', async () => {
    const { predict } = await setUp([], { file: reads('latitude') });
    const { body } = await predict({ instances: [flight('ORD', 'JFK'), flight('SFO', 'JFK')] });
    expect(body['predictions']).toMatchObject([
      { prediction: expect.closeTo(probability(41.97), 6), views: { 'origin.airport_profile': { status: 'present' } } },
      { prediction: 0.5, missing: expect.arrayContaining(['latitude', 'longitude']), views: { 'origin.airport_profile': { status: 'missing', newestEventTime: null } } },
    ]);
  });

  it('takes request fields as inputs', async () => {
    const { predict } = await setUp([], { file: reads('hour') });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ body: { predictions: [{ prediction: expect.closeTo(probability(7), 6) }] } });
  });

  it('says what is missing: counts are 0 then, the other features absent', async () => {
    const { predict } = await setUp([{ sequence: 1 }]);
    const { body } = await predict({ instances: [flight('ORD', 'SFO')] });
    const [prediction] = body['predictions'] as readonly { readonly missing: readonly string[]; readonly views: unknown }[];
    expect(prediction?.views).toMatchObject({ 'destination.airport_arrivals': { status: 'missing', newestEventTime: null } });
    expect(prediction?.missing).toContain('destination__mean_delay_7d');
    expect(prediction?.missing).not.toContain('destination__flights_7d');
    expect(prediction?.missing).not.toContain('origin__mean_delay_7d');
  });

  it('says that state is stale when its newest event is older than every window', async () => {
    const { predict } = await setUp([{ sequence: 1 }], { now: 60 * 24 * 7 + 60 });
    expect((await predict({ instances: [flight('ORD', 'JFK')] })).body['predictions']).toMatchObject([{ views: { 'origin.airport_departures': { status: 'stale', newestEventTime: iso(0) } } }]);
  });

  it('counts an item past its expiry as missing, though the table still has it', async () => {
    const { predict } = await setUp([{ sequence: 1 }], { now: 60 * 24 * 9 });
    expect((await predict({ instances: [flight('ORD', 'JFK')] })).body['predictions']).toMatchObject([{ views: { 'origin.airport_departures': { status: 'missing' } } }]);
  });

  it('for a hundred instances reads each item once, in one read, and runs the model once', async () => {
    const { predict, calls, runs } = await setUp([{ sequence: 1 }]);
    const { body } = await predict({ instances: Array.from({ length: 100 }, (_, index) => flight(index % 2 ? 'ORD' : 'SFO', 'JFK')) });
    expect(body['predictions']).toHaveLength(100);
    expect(calls).toHaveLength(1);
    expect(runs()).toBe(1);
  });

  it('is on the record as an event that keeps its contract', async () => {
    const { predict, events, counts } = await setUp([{ sequence: 1 }]);
    await predict({ instances: [flight('ORD', 'SFO')] });
    expect(counts).toEqual([{ model: 'late_arrival', predictions: 1, lost: 0, unread: 0 }]);
    const judged = judge({ position: { source: 's', shard: '0', sequence: '1', subSequence: 0 }, partitionKey: 'prediction-1', arrival: noon + 31 * minute, batchId: null, data: events[0]?.text ?? '' }, contracts);
    expect(judged).toMatchObject({ accepted: true, contract: { name: 'prediction.late_arrival@v1' } });
    const { data, ...envelope } = JSON.parse(events[0]?.text ?? '') as { readonly data: Readonly<Record<string, unknown>> };
    expect(envelope).toMatchObject({ id: 'prediction-1', source: 'headrace/test/prediction-api', type: 'prediction.late_arrival', time: iso(30) });
    expect(data).toMatchObject({ predictionId: 'prediction-1', modelVersion: 'a', modelRole: 'champion', moment: iso(30), origin__iata: 'ORD', destination__iata: 'SFO', newest_origin: iso(0), origin__flights_1h: 1, destination__flights_1h: 0, hour: 7 });
    expect(data).not.toHaveProperty('destination__mean_delay_1h');
    expect(data).not.toHaveProperty('newest_destination');
    expect(JSON.parse(String(data['watermarks']))).toEqual({
      'origin.airport_departures@v1': { 'headrace-test-events/shardId-0': '1.0' }, 'destination.airport_arrivals@v1': {},
      // Which row of which batch it saw.
      'origin.airport_profile@v1': { 'dataset/airports-v1-0123456789abcdef/file': '7.0' },
    });
  });

  it('is on the record with how old its features were, by which definitions it was made, and what its outcome will be known by', async () => {
    const { predict, events } = await setUp([{ sequence: 1 }]);
    await predict({ instances: [{ ...flight('ORD', 'SFO'), reference: 'flight-17' }, flight('ORD', 'JFK')] });
    const [first, second] = events.map(dataOf);
    expect(first).toMatchObject({ logWeight: 1, manifestHash: manifest.hash, exampleReference: 'flight-17' });
    expect(JSON.parse(String(first?.['viewAges']))).toMatchObject({ 'origin.airport_departures@v1': 30 * minute });
    expect(JSON.parse(String(first?.['viewAges']))).not.toHaveProperty('destination.airport_arrivals@v1');
    expect(second).not.toHaveProperty('exampleReference');
  });

  it.each([[''], [17], ['x'.repeat(257)], [null]])('is refused with a reference that is none, which no problem repeats: %j', async (reference) => {
    const { predict } = await setUp([]);
    expect(await predict({ instances: [{ ...flight('ORD', 'SFO'), reference }] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/instances/0/reference', detail: expect.not.stringContaining('xxx') }] } });
  });

  it('is on the record under a pseudonym where the key is a person\'s; without the key of pseudonyms it is not, and counts as lost', async () => {
    const definitions: Manifest = { ...manifest, entities: { ...manifest.entities, airport: { ...airport, key: { iata: { ...given(airport.key['iata']), personal: true } } } } };
    const { predict, events } = await setUp([], { definitions });
    await predict({ instances: [flight('ORD', 'SFO')] });
    expect(events.map(dataOf)).toMatchObject([{ origin__iata: pseudonymsUnder(Buffer.alloc(32, 7))('string', 'ORD'), destination__iata: pseudonymsUnder(Buffer.alloc(32, 7))('string', 'SFO') }]);
    const without = await setUp([], { definitions, effects: { pseudonymKey: async () => await Promise.reject(new Error('AccessDenied')) } });
    expect(await without.predict({ instances: [flight('ORD', 'SFO')] })).toMatchObject({ status: 200 });
    expect([without.events, without.counts, without.complaints]).toEqual([[], [{ model: 'late_arrival', predictions: 1, lost: 1, unread: 0 }], [new Error('AccessDenied')]]);
    const waiting = await setUp([], { definitions, effects: { pseudonymKey: async () => await new Promise<Uint8Array>(() => undefined) } });
    expect(await waiting.predict({ instances: [flight('ORD', 'SFO')] })).toMatchObject({ status: 200 });
    expect([waiting.events, waiting.counts]).toMatchObject([[], [{ lost: 1 }]]);
  });

  it('is answered, and counted, when its record is lost', async () => {
    const { predict, counts } = await setUp([], { effects: { log: { put: async (events) => events.length } } });
    expect(await predict({ instances: [flight('ORD', 'SFO'), flight('ORD', 'JFK')] })).toMatchObject({ status: 200 });
    expect(counts).toEqual([{ model: 'late_arrival', predictions: 2, lost: 2, unread: 0 }]);
  });
});

/** A version that says the same of every instance. */
const saying = (modelVersion: string, prediction: number) => ({ modelVersion, predict: async (inputs: Float32Array, width: number) => new Float32Array(inputs.length / width).fill(prediction) });
const failing = (modelVersion: string) => ({ modelVersion, predict: async (): Promise<Float32Array> => { throw new Error('out of memory'); } });

interface Answered { readonly predictionId: string; readonly prediction: number; readonly modelVersion: string; readonly role: string }
const answeredIn = (answer: Answer): readonly Answered[] => answer.body['predictions'] as readonly Answered[];
const dataOf = ({ text }: PredictionEvent): Readonly<Record<string, unknown>> => (JSON.parse(text) as { readonly data: Readonly<Record<string, unknown>> }).data;
const airports = (count: number): readonly ReturnType<typeof flight>[] => Array.from({ length: count }, (_, index) => flight(`A${String.fromCharCode(65 + index % 26, 65 + Math.floor(index / 26))}`, 'JFK'));

describe('a challenger', () => {
  const challenger = { version: saying('b', 0.75), weight: 0.3 };

  it('answers for the entities whose place is under its weight, each time they are asked for, and for no other', async () => {
    const { predict } = await setUp([], { versions: { challenger } });
    const instances = airports(100);
    const [once, again] = [answeredIn(await predict({ instances })), answeredIn(await predict({ instances: [...instances].reverse() }))];
    for (const [index, instance] of instances.entries()) {
      const isUnder = placeOf(model, { ...instance, entities: { origin: { iata: instance.entities.origin }, destination: { iata: 'JFK' } } }) < 0.3;
      expect(once[index]).toMatchObject(isUnder ? { modelVersion: 'b', role: 'challenger', prediction: 0.75 } : { modelVersion: 'a', role: 'champion', prediction: 0.5 });
      expect(again[99 - index]).toMatchObject({ role: once[index]?.role });
    }
    expect(once.filter(({ role }) => role === 'challenger').length).toBeGreaterThan(10);
    expect(once.filter(({ role }) => role === 'champion').length).toBeGreaterThan(10);
  });

  it('gets the inputs of its own instances, in their order', async () => {
    const session = await openOnnx(reads('hour'), model);
    const { predict } = await setUp([], { file: reads('hour'), versions: { challenger: { version: { modelVersion: 'b', predict: session.predict }, weight: 0.5 } } });
    const instances = airports(24).map((each, departureHour) => ({ ...each, request: { ...request, departureHour } }));
    const answered = answeredIn(await predict({ instances }));
    expect(new Set(answered.map(({ role }) => role))).toEqual(new Set(['champion', 'challenger']));
    expect(answered.map(({ prediction }) => prediction)).toEqual(instances.map((each) => expect.closeTo(probability(each.request.departureHour), 6) as number));
  });

  it('is on the record by its own name', async () => {
    const { predict, events } = await setUp([], { versions: { challenger: { ...challenger, weight: 0.999 } } });
    await predict({ instances: airports(20) });
    expect(events.map(dataOf).filter(({ modelRole }) => modelRole === 'challenger')).toContainEqual(expect.objectContaining({ modelVersion: 'b', prediction: 0.75 }));
  });

  it.each([
    ['breaks', failing('b'), /challenger b: .*out of memory/u],
    ['gives no number', saying('b', Number.NaN), /challenger b: .*no number/u],
    ['gives too few predictions', { modelVersion: 'b', predict: async () => new Float32Array(0) }, /challenger b: .*0 predictions for/u],
  ])('that %s leaves its instances to the champion, and is told', async (_what, version, complaint) => {
    const { predict, complaints, events } = await setUp([], { versions: { challenger: { version, weight: 0.5 } } });
    const answer = await predict({ instances: airports(30) });
    expect(answer.status).toBe(200);
    expect(answeredIn(answer).map(({ role, modelVersion, prediction }) => [role, modelVersion, prediction])).toEqual(Array.from({ length: 30 }, () => ['champion', 'a', 0.5]));
    expect(events.map(dataOf).every(({ modelRole }) => modelRole === 'champion')).toBe(true);
    expect(complaints).toEqual([expect.stringMatching(complaint)]);
  });
});

describe('a shadow', () => {
  it('is on the record with the id of what was answered, and never in the answer', async () => {
    const { predict, events, counts } = await setUp([{ sequence: 1 }], { versions: { shadows: [saying('c', 0.9), saying('d', 0.1)] } });
    const answered = answeredIn(await predict({ instances: [flight('ORD', 'JFK'), flight('SFO', 'JFK')] }));
    expect(answered.map(({ modelVersion, role }) => [modelVersion, role])).toEqual([['a', 'champion'], ['a', 'champion']]);
    const data = events.map(dataOf);
    const shadows = data.filter(({ modelRole }) => modelRole === 'shadow');
    expect(shadows.map(({ modelVersion, shadowOf }) => [modelVersion, shadowOf])).toEqual(['c', 'd'].flatMap((version) => answered.map(({ predictionId }) => [version, predictionId])));
    expect(new Set(data.map(({ predictionId }) => predictionId)).size).toBe(6);
    const [of] = data.filter(({ predictionId }) => predictionId === answered[0]?.predictionId);
    expect(shadows[0]).toEqual({ ...of, predictionId: shadows[0]?.['predictionId'], modelVersion: 'c', modelRole: 'shadow', shadowOf: answered[0]?.predictionId, prediction: expect.closeTo(0.9, 6) });
    expect(of).not.toHaveProperty('shadowOf');
    for (const event of events) expect(judge({ position: { source: 's', shard: '0', sequence: '1', subSequence: 0 }, partitionKey: event.predictionId, arrival: noon + 31 * minute, batchId: null, data: event.text }, contracts)).toMatchObject({ accepted: true });
    expect(counts).toEqual([{ model: 'late_arrival', predictions: 2, lost: 0, unread: 0 }]);
  });

  it.each([
    ['breaks', failing('c'), /shadow c: .*out of memory/u],
    ['gives no number', saying('c', Number.POSITIVE_INFINITY), /shadow c: .*no number/u],
    ['never ends', { modelVersion: 'c', predict: () => new Promise<Float32Array>(() => undefined) }, /shadow c: .*longer than 250 ms/u],
  ])('that %s changes no answer and leaves the other on the record', async (_what, version, complaint) => {
    const { predict, events, complaints } = await setUp([], { versions: { shadows: [version, saying('d', 0.1)] } });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 200, body: { predictions: [{ prediction: 0.5, modelVersion: 'a' }] } });
    expect(events.map(dataOf).map(({ modelVersion }) => modelVersion)).toEqual(['a', 'd']);
    expect(complaints).toEqual([expect.stringMatching(complaint)]);
  });

  it('whose events are lost is counted with the others', async () => {
    const { predict, counts } = await setUp([], { versions: { shadows: [saying('c', 0.9)] }, effects: { log: { put: async (events) => events.length } } });
    await predict({ instances: [flight('ORD', 'SFO')] });
    expect(counts).toEqual([{ model: 'late_arrival', predictions: 1, lost: 2, unread: 0 }]);
  });
});

describe('the moment', () => {
  it('is just after the newest event when that is later than now', async () => {
    const { predict } = await setUp([{ sequence: 1, origin: 'ORD', landedAt: 40 }, { sequence: 2, origin: 'SFO', landedAt: 20 }]);
    const { body } = await predict({ instances: [flight('ORD', 'LAX'), flight('SFO', 'LAX')] });
    expect(body['predictions']).toMatchObject([{ moment: iso(40, 1) }, { moment: iso(30) }]);
  });

  it('can be earlier, as long as the state holds nothing later', async () => {
    const { query } = await setUp([{ sequence: 1, landedAt: 0 }, { sequence: 2, landedAt: 5 }]);
    expect(await query({ entities: ['ORD'], at: iso(62) })).toMatchObject({ status: 422 });
    expect(await query({ entities: ['ORD'], at: iso(6) })).toMatchObject({ status: 200, body: { results: [{ moment: iso(6), features: { flights_1h: 2 } }] } });
  });

  it('at or before an event of the state is a 409 problem that says which moments can be answered', async () => {
    const { predict, query } = await setUp([{ sequence: 1, landedAt: 5 }]);
    const problem = { status: 409, type: 'application/problem+json', body: { type: 'urn:headrace:problem:not_answerable', detail: expect.stringMatching(/instances\/1 already holds an event of 2001-06-01T12:05:00\.000Z.*"allowNewerState": true/u) as string } };
    expect(await predict({ instances: [flight('SFO', 'LAX'), flight('ORD', 'LAX')], at: iso(5) })).toMatchObject(problem);
    expect(await query({ entities: ['ORD'], at: iso(4) })).toMatchObject({ status: 409 });
    expect(await query({ entities: ['ORD'], at: iso(5, 1) })).toMatchObject({ status: 200 });
  });

  it('at or before an event of the state is the first after it for who allows newer state', async () => {
    const { query } = await setUp([{ sequence: 1, landedAt: 5 }]);
    expect(await query({ entities: ['ORD', 'SFO'], at: iso(1), allowNewerState: true })).toMatchObject({ body: { results: [{ moment: iso(5, 1) }, { moment: iso(1) }] } });
  });
});

describe('a feature query', () => {
  it('gives the features of each entity, with what they were made from', async () => {
    const { query } = await setUp([{ sequence: 1, delayMinutes: 10 }, { sequence: 2, delayMinutes: 20 }]);
    expect(await query({ entities: [{ iata: 'ORD' }, 'SFO'] })).toMatchObject({ status: 200, body: { view: 'airport_departures', version: 1, results: [
      { entity: { iata: 'ORD' }, moment: iso(30), status: 'present', newestEventTime: iso(0), features: { flights_1h: 2, mean_delay_1h: 15, late_share_1h: 0.5, max_delay_24h: 20, last_delay_7d: 20 } },
      { entity: { iata: 'SFO' }, moment: iso(30), status: 'missing', newestEventTime: null, features: { flights_1h: 0, mean_delay_1h: null, late_share_1h: null, max_delay_24h: null, last_delay_7d: null } },
    ] } });
  });
});

describe('what is missing', () => {
  const served = (serving: ServingPolicy): Manifest => ({ ...manifest, models: { 'late_arrival@v1': { ...model, serving } } });
  const never = { readStates: () => new Promise<never>(() => undefined) };
  const broken = { readStates: async () => failed('state_unavailable', 'no answer from the table') };
  const unfilled = { readStates: async () => failed('view_not_filled', 'not yet') };
  const featureInputs = model.inputs.filter(({ expression }) => expression.kind === 'feature').map(({ name }) => name);

  it('leaves an instance without its prediction where the model says so, and names what each lacks', async () => {
    const { predict, events } = await setUp([{ sequence: 1 }], { definitions: served({ missing: 'fail' }) });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 200, body: { predictions: [{ missing: [] }] } });
    const put = events.length;
    const { status, body } = await predict({ instances: [flight('ORD', 'JFK'), flight('ORD', 'SFO'), flight('LAX', 'JFK')] });
    expect([status, body['type']]).toEqual([409, 'urn:headrace:problem:inputs_missing']);
    expect(body['errors']).toEqual([{ pointer: '/instances/1', detail: expect.stringMatching(/^lacks destination__mean_delay_1h, /u) as string }, { pointer: '/instances/2', detail: expect.stringMatching(/^lacks origin__mean_delay_1h, /u) as string }]);
    expect(body['detail']).toMatch(/^\/instances\/1 lacks .*\(and 1 more, see errors\)\. The model late_arrival@v1 predicts nothing without them/u);
    expect(events).toHaveLength(put);
  });

  it.each([['not read in time', never], ['not to be read', broken]])('is every feature where the state is %s: told as such, no number, and not on the record as seen', async (_what, effects) => {
    const { predict, events, counts } = await setUp([{ sequence: 1 }], { file: reads('hour'), definitions: served({ budgetMilliseconds: 20 }), effects });
    const { status, body } = await predict({ instances: [flight('ORD', 'JFK')] });
    expect(status).toBe(200);
    expect(body['predictions']).toMatchObject([{ prediction: expect.closeTo(probability(7), 6) as number, moment: iso(30), missing: featureInputs,
      views: { 'origin.airport_departures': { status: 'unread', newestEventTime: null }, 'destination.airport_arrivals': { status: 'unread', newestEventTime: null } } }]);
    expect(counts).toEqual([{ model: 'late_arrival', predictions: 1, lost: 0, unread: 1 }]);
    const data = dataOf(given(events[0]));
    for (const name of ['watermarks', 'newest_origin', ...featureInputs]) expect(data).not.toHaveProperty(name);
  });

  it.each([['not read in time', never, /within the 20 ms/u], ['not to be read', broken, /no answer/u]])('is a 503 problem where the state is %s and the model predicts nothing without it', async (_what, effects, detail) => {
    const { predict } = await setUp([], { definitions: served({ missing: 'fail', budgetMilliseconds: 20 }), effects });
    const { status, body } = await predict({ instances: [flight('ORD', 'JFK')] });
    expect([status, body['type']]).toEqual([503, 'urn:headrace:problem:state_unavailable']);
    expect(body['detail']).toMatch(detail);
  });

  it('is a 503 problem where nobody said how long to wait, and where a view was never filled', async () => {
    const { predict } = await setUp([], { definitions: served({ missing: 'default' }), effects: broken });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 503, body: { type: 'urn:headrace:problem:state_unavailable' } });
    const { predict: predictUnfilled } = await setUp([], { definitions: served({ budgetMilliseconds: 1000 }), effects: unfilled });
    expect(await predictUnfilled({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 503, body: { type: 'urn:headrace:problem:view_not_filled' } });
  });

  it('is nothing where the state came in time', async () => {
    const { predict } = await setUp([{ sequence: 1 }], { definitions: served({ budgetMilliseconds: 5000 }) });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 200, body: { predictions: [{ missing: [], prediction: expect.closeTo(probability(1), 6) as number, views: { 'origin.airport_departures': { status: 'present' } } }] } });
  });
});

describe('a version whose endpoint cannot answer', () => {
  const away = { modelVersion: 'away', endpoint: 'somewhere', predict: async (): Promise<Float32Array> => { throw new Unavailable('the endpoint somewhere could not answer: ServiceUnavailable'); } };

  it('is a 503 problem that says to try again, and not how it failed; nothing is put on the record, and it is told', async () => {
    const told: unknown[] = [];
    const { predict, events } = await setUp([], { versions: { champion: away }, effects: { complainOfVersion: (...fault) => { told.push(fault.slice(1, 3)); } } });
    const { status, body } = await predict({ instances: [flight('ORD', 'JFK')] });
    expect([status, body['type']]).toEqual([503, 'urn:headrace:problem:model_unavailable']);
    expect(body['detail']).toBe('Version away of the model late_arrival@v1 does not answer now; try again in a moment.');
    expect(events).toEqual([]);
    expect(told).toEqual([['champion', 'away']]);
  });

  it('is answered for by the champion where it is the challenger', async () => {
    const { predict } = await setUp([{ sequence: 1 }], { versions: { challenger: { version: away, weight: 0.999_999 } } });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 200, body: { predictions: [{ modelVersion: 'a', role: 'champion' }] } });
  });

  it('leaves half of the time that there is for both to the champion, where it is the challenger', async () => {
    const limits: (number | undefined)[] = [];
    const noting = ({ predict }: LoadedVersion): LoadedVersion => ({ modelVersion: 'noting', predict: async (inputs, width, limitMilliseconds) => { limits.push(limitMilliseconds); return await predict(inputs, width); } });
    const versions = { champion: noting(saying('a', 0.5)), challenger: { version: noting(away), weight: 0.999_999 } };
    const definitions: Manifest = { ...manifest, models: { 'late_arrival@v1': { ...model, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5, timeoutMilliseconds: 25_000 } } } } };
    for (const each of [definitions, manifest]) expect(await (await setUp([], { versions, definitions: each })).predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 200 });
    const [challenger, champion, ...withoutEndpoints] = limits;
    expect(challenger).toBe(12_500);
    expect(champion).toBeLessThanOrEqual(25_000);
    expect(withoutEndpoints).toEqual([undefined, undefined]);
  });
});

describe('the models', () => {
  const folder = 'models/late_arrival/v1';
  const promotedAt = '2001-06-01T00:00:00.000Z';
  const record = { modelVersion: 'a', promotedAt, promotedBy: 'arn:aws:iam::111122223333:user/ada', challenger: { modelVersion: 'b', promotedAt, weight: 0.1 }, shadows: [{ modelVersion: 'c', promotedAt }], before: ['z'], history: [] };
  const shown = { model: 'late_arrival', version: 1, predicts: 'probability', champion: { modelVersion: 'a', promotedAt }, challenger: { modelVersion: 'b', promotedAt, weight: 0.1 }, shadows: [{ modelVersion: 'c', promotedAt }] };

  it('are listed with the versions that serve them, whether or not any does', async () => {
    const { get, objects } = await setUp();
    expect(await get('/v1/models')).toMatchObject({ status: 200, body: { models: [{ model: 'late_arrival', version: 1, champion: null, challenger: null, shadows: [] }] } });
    objects.set(`${folder}/champion.json`, record);
    expect(await get('/v1/models')).toMatchObject({ status: 200, body: { models: [shown] } });
  });

  it('are described one by one: what they are asked with, and what is known of each version that serves', async () => {
    const { get, objects } = await setUp();
    objects.set(`${folder}/champion.json`, record);
    objects.set(`${folder}/a/metadata.json`, { modelVersion: 'a', createdAt: promotedAt, metrics: { auc: 0.74 }, checksum: 'f'.repeat(64), trainingSetHash: 'e'.repeat(64), trainedBy: 'arn:aws:iam::111122223333:user/ada' });
    const { status, body } = await get('/v1/models/late_arrival');
    expect([status, body]).toEqual([200, {
      ...shown, description: model.description, request: model.request, inputs: model.inputs.map(({ name, scalar }) => ({ name, type: scalar })),
      entities: { origin: { entity: 'airport', key: airport.key }, destination: { entity: 'airport', key: airport.key } },
      versions: [{ modelVersion: 'a', role: 'champion', createdAt: promotedAt, metrics: { auc: 0.74 }, checksum: 'f'.repeat(64), trainingSetHash: 'e'.repeat(64) }, { modelVersion: 'b', role: 'challenger' }, { modelVersion: 'c', role: 'shadow' }],
    }]);
    expect(JSON.stringify((await get('/v1/models/late_arrival@v1')).body)).not.toContain('arn:aws');
  });

  it('are a 404 problem where there is none of the name, and a 503 problem while the bucket cannot be read', async () => {
    const { get } = await setUp();
    expect(await get('/v1/models/early_arrival')).toMatchObject({ status: 404, body: { type: 'urn:headrace:problem:unknown_model' } });
    const { get: getBroken, complaints } = await setUp([], { effects: { files: { read: async () => { throw new Error('bucket headrace-secret'); } } } });
    for (const path of ['/v1/models', '/v1/models/late_arrival']) {
      const { status, body } = await getBroken(path);
      expect([status, body['type']]).toEqual([503, 'urn:headrace:problem:models_unavailable']);
      expect(JSON.stringify(body)).not.toContain('secret');
    }
    expect(complaints).toHaveLength(2);
  });
});

describe('the OpenAPI document', () => {
  const schemaIn = (document: Answer['body'], name: string) => new Ajv2020({ strict: false, formats: { 'date-time': true } }).addSchema({ ...document, $id: 'api' }).getSchema(`api#/components/schemas/${name}`);

  it('is served, and is what the answers are', async () => {
    const { get, post, predict, query, objects } = await setUp([{ sequence: 1 }], { versions: { challenger: { version: saying('b', 0.75), weight: 0.5 } } });
    const { status, body: document } = await get('/v1/openapi.json');
    expect([status, document['openapi']]).toEqual([200, '3.1.1']);
    objects.set('models/late_arrival/v1/champion.json', { modelVersion: 'a', promotedAt: iso(0) });
    const answers = {
      'PredictionAnswer.late_arrival.v1': await predict({ instances: [flight('ORD', 'JFK'), flight('SFO', 'LAX')] }), 'FeatureAnswer.airport_departures.v1': await query({ entities: ['ORD', 'SFO'] }),
      'FeatureAnswer.airport_profile.v1': await post('/v1/features/airport_profile/query', { entities: ['ORD', 'SFO'] }), 'ModelList': await get('/v1/models'), 'Model': await get('/v1/models/late_arrival'), 'Problem': await predict({ instances: [] }),
    };
    for (const [name, answer] of Object.entries(answers)) {
      const validate = given(schemaIn(document, name));
      expect([name, validate(answer.body), validate.errors]).toEqual([name, true, null]);
    }
  });

  it('names every path that the API has, and no other', async () => {
    const { get, post } = await setUp();
    const { paths } = (await get('/v1/openapi.json')).body as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    expect(Object.keys(paths)).toContain('/v1/models/late_arrival@v1/predictions');
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) expect([path, (method === 'get' ? await get(path) : await post(path, {})).status]).not.toEqual([path, 404]);
  });
});

describe('bad use', () => {
  it.each([
    ['an unknown model', '/v1/models/early_arrival/predictions', { instances: [flight('ORD', 'JFK')] }, 404, /There is no model "early_arrival"; the models are late_arrival@v1/u],
    ['an unknown view', '/v1/features/airports/query', { entities: ['ORD'] }, 404, /the feature views are airport_arrivals@v1, airport_departures@v1/u],
    ['an unknown path', '/v1/models', {}, 404, /The paths are POST.* and GET \/v1\/openapi\.json/u],
    ['a missing entity', '/v1/models/late_arrival/predictions', { instances: [{ entities: { origin: 'ORD' }, request }] }, 422, /instances\/0\/entities\/destination is missing; give the key of the airport/u],
    ['a non-number', '/v1/models/late_arrival/predictions', { instances: [{ ...flight('ORD', 'JFK'), request: { ...request, distance: 'far' } }] }, 422, /request\/distance is "far"; it must be a whole number/u],
    ['101 instances', '/v1/models/late_arrival/predictions', { instances: Array.from({ length: 101 }, () => flight('ORD', 'JFK')) }, 422, /has 101 members; it must have 1 to 100: split/u],
    ['a body over the limit', '/v1/models/late_arrival/predictions', `{"instances":[${' '.repeat(1_000_000)}]}`, 413, /Send fewer instances/u],
    ['a body that is no JSON', '/v1/models/late_arrival/predictions', '{', 400, /Send a JSON object/u],
  ])('%s is a problem document that says what to change', async (_what, path, body, status, detail) => {
    const { post, calls, events } = await setUp();
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status, type: 'application/problem+json', body: { status, title: expect.any(String) as string, type: expect.stringMatching(/^urn:headrace:problem:/u) as string } });
    expect(answer.body['detail']).toMatch(detail);
    expect([calls, events]).toEqual([[], []]);
  });

  it('reads a body that the gateway gave in base64', async () => {
    const { api } = await setUp();
    const answer = await api({ rawPath: '/v1/features/airport_departures/query', requestContext: { http: { method: 'POST' } } as never, body: Buffer.from('{"entities":["ORD"]}').toString('base64'), isBase64Encoded: true });
    expect(answer.statusCode).toBe(200);
  });
});

describe('what breaks behind the API', () => {
  it('is a 503 problem when no model was promoted, and features are answered all the same', async () => {
    const { predict, query } = await setUp([], { effects: { versionsOf: async () => failed('model_unavailable', 'no version was promoted') } });
    expect(await predict({ instances: [flight('ORD', 'JFK')] })).toMatchObject({ status: 503, body: { type: 'urn:headrace:problem:model_unavailable' } });
    expect(await query({ entities: ['ORD'] })).toMatchObject({ status: 200 });
  });

  it('is a 503 problem when state cannot be read', async () => {
    const { query, store, complaints } = await setUp();
    Object.assign(store, { read: async () => { throw new Error('table headrace-secret is throttled'); } });
    const answer = await query({ entities: ['ORD'] });
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:headrace:problem:state_unavailable' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(complaints).toHaveLength(1);
  });

  it('is a 503 problem when an item was folded for another definition of the view', async () => {
    const { query, items } = await setUp([{ sequence: 1 }]);
    const key = `${entityKeyText(airport, { iata: 'ORD' })} ${stateViewText(departures, 1)}`;
    const item = given(items.get(key));
    items.set(key, { ...item, state: Uint8Array.from([...item.state].map((byte, index) => (index === 1 ? byte ^ 255 : byte))) });
    expect(await query({ entities: ['ORD'] })).toMatchObject({ status: 503 });
  });

  it('is a 500 problem without its cause when the model gives no number', async () => {
    const { predict, complaints } = await setUp([], { versions: { champion: saying('a', Number.NaN) } });
    const answer = await predict({ instances: [flight('ORD', 'JFK')] });
    expect(answer).toMatchObject({ status: 500, body: { type: 'urn:headrace:problem:internal' } });
    expect(complaints).toEqual([expect.objectContaining({ message: expect.stringContaining('version a could not predict') as string })]);
  });
});

describe('predictions for tokens', () => {
  const authorization = { kind: 'jwt', issuer: 'https://id.example.com', audience: ['app'], modelScope: 'predict:{model}' } as const;
  const body = { instances: [flight('ORD', 'JFK')] };

  it.each<[string, Readonly<Record<string, unknown>> | undefined]>([
    ['no token', undefined], ['a token without scopes', {}], ['the scope of the route alone', { scope: 'headrace/predict' }], ['the scope of another model', { scope: 'headrace/predict predict:early_arrival' }],
    ['a scope that only begins like it', { scope: 'predict:late_arrival2' }], ['the scope in another claim', { permissions: 'predict:late_arrival' }], ['no text for a scope', { scope: 7 }],
  ])('are refused for %s, naming the scope that lacks', async (_what, claims) => {
    const { predictAs, events, calls } = await setUp([], { authorization });
    for (const name of ['late_arrival', 'late_arrival@v1', 'late%5Farrival']) {
      const answer = await predictAs(claims, body, name);
      expect(answer).toMatchObject({ status: 403, type: 'application/problem+json', body: { type: 'urn:headrace:problem:insufficient_scope', detail: expect.stringMatching(/lacks the scope predict:late_arrival,/u) as string } });
    }
    expect([events, calls]).toEqual([[], []]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['scope', { scope: 'headrace/predict predict:late_arrival' }], ['scp as text', { scp: 'predict:late_arrival' }], ['scp as a list', { scp: ['headrace/predict', 'predict:late_arrival'] }],
    ['scp as a list in the gateway\'s words', { scp: '[headrace/predict predict:late_arrival]' }],
  ])('are answered for the scope of the model, as %s', async (_what, claims) => {
    const { predictAs } = await setUp([], { authorization });
    expect(await predictAs(claims, body)).toMatchObject({ status: 200 });
  });

  it('do not tell who may not ask which models there are', async () => {
    const { predictAs } = await setUp([], { authorization });
    expect(await predictAs({ scope: 'predict:late_arrival' }, body, 'no_model')).toMatchObject({ status: 403, body: { detail: expect.not.stringContaining('late_arrival') as string } });
    expect(await predictAs({ scope: 'predict:no_model' }, body, 'no_model')).toMatchObject({ status: 404 });
  });

  it('ask for no scope of the model where none is configured: the gateway has looked at that of the route', async () => {
    const { predictAs } = await setUp([], { authorization: { kind: 'jwt', issuer: authorization.issuer, audience: authorization.audience } });
    expect(await predictAs({ scope: 'headrace/predict' }, body)).toMatchObject({ status: 200 });
  });
});
