/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { judge } from '../../../core/contract/judge';
import type { Manifest, ServingPolicy } from '../../../core/manifest/manifest';
import { pseudonymsUnder } from '../../../core/model/pseudonym';
import { airport, contracts, given, lateArrival as model, manifest } from '../../fixtures/flights';
import { failed } from '../../../core/model/problem';
import { noon } from '../flights';
import { minute, iso, reads, probability, setUp, flight, dataOf } from './support/asked-api';

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
