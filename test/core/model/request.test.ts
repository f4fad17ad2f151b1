import type { Manifest } from '../../../core/manifest/manifest';
import type { Problem, Result } from '../../../core/model/problem';
import { findModel, findViews, longestBody, readFeatureQuery, readJson, readPredictionRequest } from '../../../core/model/request';
import { count, entity, event, featureView, float, gt, int, model, optional, over, string, timestamp } from 'headrace';
import { manifestOf } from '../../fixtures/contracts';
import { airport, given, lateArrival, manifest as flights } from '../../fixtures/flights';

const now = Date.parse('2001-06-01T12:00:00Z');

/** A shop: an entity of two key fields, and every kind of request field. */
const shop = ((): Manifest => {
  const bought = { country: string(), number: int(), price: float(), channel: string(), since: timestamp(), note: optional(string()) };
  const sold = event('item.sold', { version: 1, partitionBy: 'country', fields: bought });
  const customer = entity('customer', { country: string({ pattern: '^[A-Z]{2}$' }), number: int({ min: 1 }) });
  const sales = featureView('sales', { version: 1, entity: customer, from: sold, by: (f) => ({ country: f.country, number: f.number }), features: () => [over('1h', { sold: count() })] });
  const fraudulent = model('fraud', {
    version: 2, predicts: 'probability', entities: { buyer: customer },
    request: { price: float({ min: 0 }), channel: string({ oneOf: ['web', 'shop'] }), since: timestamp(), note: optional(string()) },
    features: ({ buyer }, request) => ({ buyer: sales.of(buyer), price: request.price }),
    examples: { from: sold, row: (f) => ({ entities: { buyer: { country: f.country, number: f.number } }, request: { price: f.price, channel: f.channel, since: f.since, note: f.note }, label: gt(f.price, 100) }) },
  });
  return manifestOf({ sold, customer, sales, fraudulent });
})();
const fraud = given(shop.models['fraud@v2']);

const problemIn = (result: Result<unknown>): Problem => {
  if (result.ok) throw new Error(`no problem: ${JSON.stringify(result.value)}`);
  return result.problem;
};
const instance = { entities: { buyer: { country: 'DE', number: 7 } }, request: { price: 9.5, channel: 'web', since: '2001-06-01T00:00:00+02:00' } };
const ask = (change: object) => readPredictionRequest({ instances: [instance], ...change }, fraud, shop.entities, now);
const askWith = (part: { readonly entities?: unknown; readonly request?: unknown }) => ask({ instances: [{ ...instance, ...part }] });

describe('a prediction request', () => {
  it('is read with timestamps as epoch milliseconds and optional fields that are not there as null', () => {
    expect(ask({ at: '2001-06-01T10:00:00Z', allowNewerState: true })).toEqual({ ok: true, value: {
      at: Date.parse('2001-06-01T10:00:00Z'), allowNewerState: true,
      instances: [{ entities: { buyer: { country: 'DE', number: 7 } }, request: { price: 9.5, channel: 'web', since: Date.parse('2001-05-31T22:00:00Z'), note: null } }],
    } });
  });

  it('takes the value alone for an entity whose key has one field', () => {
    const request = { distance: 606, departureHour: 7, departureWeekday: 1 };
    const read = readPredictionRequest({ instances: [{ entities: { origin: 'ORD', destination: { iata: 'JFK' } }, request }] }, lateArrival, flights.entities, now);
    expect(read).toMatchObject({ ok: true, value: { instances: [{ entities: { origin: { iata: 'ORD' }, destination: { iata: 'JFK' } } }] } });
  });

  it.each([
    ['no instances', ask({ instances: [] }), '/instances', /has 0 members; it must have 1 to 100/],
    ['101 instances', ask({ instances: Array.from({ length: 101 }, () => instance) }), '/instances', /has 101 members.*split the request/],
    ['instances that are no list', ask({ instances: instance }), '/instances', /must be a list/],
    ['an unknown member', ask({ instancse: 1 }), '/instancse', /is not known; allowed are instances, at, allowNewerState/],
    ['an instance that is no object', ask({ instances: ['DE'] }), '/instances/0', /must be an object with entities and request/],
    ['a missing entity', askWith({ entities: {} }), '/instances/0/entities/buyer', /is missing; give the key of the customer: an object with country, number/],
    ['an unknown entity', askWith({ entities: { ...instance.entities, seller: 1 } }), '/instances/0/entities/seller', /allowed are buyer/],
    ['a missing key field', askWith({ entities: { buyer: { country: 'DE' } } }), '/instances/0/entities/buyer/number', /is missing; give a whole number/],
    ['a scalar for a key of two fields', askWith({ entities: { buyer: 'DE' } }), '/instances/0/entities/buyer', /an object with country, number/],
    ['a key that breaks its pattern', askWith({ entities: { buyer: { country: 'de', number: 7 } } }), '/instances/0/entities/buyer/country', /must match \^\[A-Z\]\{2\}\$/],
    ['a key below its least', askWith({ entities: { buyer: { country: 'DE', number: 0 } } }), '/instances/0/entities/buyer/number', /the least allowed is 1/],
    ['text for a number', askWith({ request: { ...instance.request, price: '9.5' } }), '/instances/0/request/price', /is "9\.5"; it must be a number/],
    ['infinity for a number', askWith({ request: { ...instance.request, price: JSON.parse('1e999') } }), '/instances/0/request/price', /is Infinity; it must be a number/],
    ['a value that is not in the list', askWith({ request: { ...instance.request, channel: 'fax' } }), '/instances/0/request/channel', /allowed are web, shop/],
    ['a time without a zone', askWith({ request: { ...instance.request, since: '2001-06-01T00:00:00' } }), '/instances/0/request/since', /with its zone/],
    ['an unknown field', askWith({ request: { ...instance.request, __proto__x: 1 } }), '/instances/0/request/__proto__x', /is not known; allowed are price, channel, since, note/],
    ['no request', ask({ instances: [{ entities: instance.entities }] }), '/instances/0/request/price', /is missing; give a number/],
    ['an `at` that is no time', ask({ at: 'yesterday' }), '/at', /must be a date and time with its zone/],
    ['an `at` in the future', ask({ at: '2001-06-02T00:00:00Z' }), '/at', /is later than now/],
    ['an allowNewerState that is no boolean', ask({ allowNewerState: 'yes' }), '/allowNewerState', /must be true or false/],
    ['a body that is no object', readPredictionRequest([], fraud, shop.entities, now), '', /must be an object with instances/],
  ])('with %s is refused with its place and what to change', (_what, result, pointer, detail) => {
    const problem = problemIn(result);
    expect(problem).toMatchObject({ status: 422, type: 'urn:headrace:problem:invalid_request' });
    expect(problem.errors?.map((each) => each.pointer)).toContain(pointer);
    expect(problem.errors?.find((each) => each.pointer === pointer)?.detail).toMatch(detail);
    expect(problem.detail).toContain(problem.errors?.[0]?.detail);
  });

  it('does not take what an object inherits for its members', () => {
    const body = JSON.parse('{"instances":[{"__proto__":{"entities":{"buyer":{"country":"DE","number":7}}},"request":{}}]}') as unknown;
    expect(problemIn(readPredictionRequest(body, fraud, shop.entities, now)).errors?.map(({ pointer }) => pointer)).toContain('/instances/0/entities/buyer');
  });

  it('takes no method of objects for a field of the same name', () => {
    const guild = { ...airport, name: 'guild', key: { constructor: given(airport.key['iata']) } };
    expect(problemIn(readFeatureQuery({ entities: [{}] }, guild, now)).errors).toEqual([{ pointer: '/entities/0/constructor', detail: 'is missing; give text that matches ^[A-Z0-9]{3}$' }]);
  });

  it('names every fault, up to twenty', () => {
    const problem = problemIn(ask({ instances: Array.from({ length: 100 }, () => ({ entities: {}, request: instance.request })) }));
    expect(problem.errors).toHaveLength(20);
    expect(problem.detail).toMatch(/and 99 more/);
  });
});

describe('a body', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each([
    ['is empty', bytes(''), 400, /is empty; send a JSON object/],
    ['is cut off', bytes('{"instances":['), 400, /could not be read as JSON.*Send a JSON object/],
    ['is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400, /UTF-8/],
    ['is over the limit', new Uint8Array(longestBody + 1), 413, /has 1000001 bytes; the most is 1000000\. Send fewer/],
  ])('that %s is refused', (_what, body, status, detail) => {
    const problem = problemIn(readJson(body));
    expect(problem.status).toBe(status);
    expect(problem.detail).toMatch(detail);
  });
  it('of exactly the longest is read', () => {
    expect(readJson(bytes(`"${'x'.repeat(longestBody - 2)}"`)).ok).toBe(true);
  });
});

describe('a feature query', () => {
  it('is read', () => {
    expect(readFeatureQuery({ entities: [{ iata: 'ORD' }, 'JFK'] }, airport, now))
      .toEqual({ ok: true, value: { at: undefined, allowNewerState: false, entities: [{ iata: 'ORD' }, { iata: 'JFK' }] } });
  });
  it('with a key that is not valid is refused', () => {
    expect(problemIn(readFeatureQuery({ entities: ['ord'] }, airport, now)).errors).toEqual([{ pointer: '/entities/0', detail: 'is "ord"; it must match ^[A-Z0-9]{3}$' }]);
  });
});

describe('a name in a path', () => {
  it('means the newest version, or the one that it says', () => {
    const two = { 'm@v2': { ...fraud, name: 'm', version: 2 }, 'm@v10': { ...fraud, name: 'm', version: 10 } };
    expect(findModel(two, 'm')).toMatchObject({ value: { version: 10 } });
    expect(findModel(two, 'm@v2')).toMatchObject({ value: { version: 2 } });
  });
  it.each(['fraud2', 'constructor', '__proto__', ''])('that no definition has is not found: %j', (name) => {
    expect(problemIn(findModel(shop.models, name))).toMatchObject({ status: 404, detail: expect.stringContaining('the models are fraud@v2') as string });
    expect(problemIn(findViews(shop.views, name))).toMatchObject({ status: 404, detail: expect.stringContaining('the feature views are sales@v1') as string });
  });
});
