/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { entityKeyText, stateViewText } from '../../../core/feature/entity-key';
import { airport, departures, given } from '../../fixtures/flights';
import { failed } from '../../../core/model/problem';
import { setUp, request, flight, saying } from './support/asked-api';

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
