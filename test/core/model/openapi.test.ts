import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import fc from 'fast-check';
import { compile } from '../../../core/manifest/compile';
import { openApiOf } from '../../../core/model/openapi/document';
import { readFeatureQuery, readPredictionRequest } from '../../../core/model/request';
import { airport, given, lateArrival as model, manifest } from '../../fixtures/flights';

const document = openApiOf(manifest, { kind: 'iam' });
const tokens = { kind: 'jwt', issuer: 'https://id.example.com/', audience: ['app'], scopes: { features: 'features.read' } } as const;
const now = Date.parse('2001-06-01T12:00:00.000Z');

const validatorOf = (name: string) => {
  const validate = given(new Ajv2020({ strict: false, formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) } }).addSchema({ ...document, $id: 'api' }).getSchema(`api#/components/schemas/${name}`));
  return (value: unknown): boolean => validate(value) === true;
};

/** What the schema of OpenAPI 3.1 says of a document; the validator is an ES module, which Jest does not load. */
const validated = (openApi: object): { readonly status: number | null; readonly output: string } => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-openapi-'));
  const file = join(directory, 'openapi.json');
  try {
    writeFileSync(file, JSON.stringify(openApi));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(dirname(require.resolve('@seriousme/openapi-schema-validator')), 'bin', 'validate-api-cli.js'), file], { encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

describe('the OpenAPI document', () => {
  it('is one, by the schema of OpenAPI 3.1', () => {
    expect(validated(document)).toEqual({ status: 0, output: expect.stringMatching(/valid/u) });
  });

  it.each([
    ['a response of no status', { paths: { '/v1/models': { get: { responses: { 99: {} } } } } }],
    ['no title', { info: { version: '1' } }],
    ['a member that is none', { path: {} }],
  ])('would not be one with %s', (_what, change) => {
    expect(validated({ ...document, ...change })).toMatchObject({ status: 1 });
  });

  it('of a manifest without models or views is one too', () => {
    const compilation = compile({});
    if (!compilation.ok) throw new Error('the empty definitions do not compile');
    expect(validated(openApiOf(compilation.manifest, { kind: 'iam' }))).toMatchObject({ status: 0 });
  });

  it('refers to nothing that is not there, and calls each operation by a name of its own', () => {
    const text = JSON.stringify(document);
    const { components, paths } = document as { readonly components: { readonly schemas: object }; readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>> };
    for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/([^"]+)/gu)) expect(Object.keys(components.schemas)).toContain(name);
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  /** What each operation asks for, by its method and path. */
  const asked = (openApi: object): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries((openApi as { readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: unknown }>>>> }).paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, { security }]) => [`${method} ${path}`, security])));

  it('asks for a signature on every path', () => {
    expect(document).toMatchObject({ components: { securitySchemes: { iam: { 'type': 'apiKey', 'x-amazon-apigateway-authtype': 'awsSigv4' } } } });
    for (const [path, security] of Object.entries(asked(document))) expect([path, security]).toEqual([path, [{ iam: [] }]]);
  });

  it('asks for a token with the scopes of the route and of the model where tokens are configured', () => {
    const openApi = openApiOf(manifest, { ...tokens, modelScope: 'predict:{model}' });
    expect(validated(openApi)).toMatchObject({ status: 0 });
    expect(openApi).toMatchObject({ components: { securitySchemes: { token: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example.com/.well-known/openid-configuration' } } } });
    expect(openApi).not.toHaveProperty('components.securitySchemes.iam');
    const security = asked(openApi);
    expect(security).toMatchObject({
      'post /v1/models/late_arrival/predictions': [{ token: ['headrace/predict', 'predict:late_arrival'] }], 'post /v1/models/late_arrival@v1/predictions': [{ token: ['headrace/predict', 'predict:late_arrival'] }],
      'post /v1/features/airport_departures/query': [{ token: ['features.read'] }], 'get /v1/models': [{ token: ['headrace/models'] }], 'get /v1/models/late_arrival': [{ token: ['headrace/models'] }], 'get /v1/openapi.json': [{ token: ['headrace/models'] }],
    });
    for (const [path, each] of Object.entries(security)) expect([path, each]).toEqual([path, [{ token: expect.arrayContaining([expect.any(String)]) as unknown }]]);
    expect(openApi).toHaveProperty(['paths', '/v1/models/late_arrival/predictions', 'post', 'responses', '403', 'description'], 'insufficient_scope');
  });

  it('knows no scope of a model where none is configured', () => {
    expect(asked(openApiOf(manifest, tokens))).toMatchObject({ 'post /v1/models/late_arrival/predictions': [{ token: ['headrace/predict'] }] });
  });
});

describe('the schema of a request', () => {
  /** A value that is mostly right, else one of the wrong ones. */
  const mostly = (right: readonly unknown[], wrong: readonly unknown[]) => fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });
  const instances = fc.record({
    entities: mostly([{ origin: 'ORD', destination: 'JFK' }, { origin: { iata: 'SFO' }, destination: 'JFK' }], [{ origin: 'ORD' }, { origin: 'ord', destination: 'JFK' }, { origin: 7, destination: 'JFK' }, { origin: null, destination: 'JFK' },
      { origin: {}, destination: 'JFK' }, { origin: 'ORD', destination: { iata: 'JFK', gate: 1 } }, { origin: 'ORD', destination: 'JFK', via: 'SFO' }, [], 'ORD', undefined]),
    request: fc.record({ distance: mostly([606, 0], [-1, 1e9, '606', 6.5, null, undefined]), departureHour: mostly([0, 23], [24, -1, null]), departureWeekday: mostly([1, 5], [8, true]) }),
  });
  const requests = fc.record({ instances: fc.array(instances, { minLength: 1, maxLength: 2 }), at: mostly(['2001-06-01T11:00:00Z', undefined], [7, 'noon']), allowNewerState: mostly([true, undefined], ['yes']), more: mostly([undefined], [1]) })
    .map((request): unknown => JSON.parse(JSON.stringify(request)));

  it('takes what the API takes, and nothing else', () => {
    const validate = validatorOf('PredictionRequest.late_arrival.v1');
    const right = { entities: { origin: 'ORD', destination: { iata: 'JFK' } }, request: { distance: 606, departureHour: 7, departureWeekday: 5 } };
    for (const request of [{ instances: [right] }, { instances: Array.from({ length: 100 }, () => right), at: '2001-06-01T11:00:00Z', allowNewerState: true }]) expect([readPredictionRequest(request, model, manifest.entities, now).ok, validate(request)]).toEqual([true, true]);
    let taken = 0;
    fc.assert(fc.property(requests, (request) => {
      const { ok } = readPredictionRequest(request, model, manifest.entities, now);
      taken += ok ? 1 : 0;
      expect([JSON.stringify(request), validate(request)]).toEqual([JSON.stringify(request), ok]);
    }), { numRuns: 2000 });
    expect(taken).toBeGreaterThan(200);
    expect(taken).toBeLessThan(1800);
    expect(validate({ instances: Array.from({ length: 101 }, () => right) })).toBe(false);
  });

  it('takes what a feature query takes', () => {
    const validate = validatorOf('FeatureQuery.airport_departures.v1');
    for (const query of [{ entities: ['ORD', { iata: 'SFO' }] }, { entities: [] }, { entities: [7] }, { entities: ['ORD'], at: '2001-06-01T11:00:00Z' }, {}, { entities: ['ORD'], more: 1 }]) expect([query, validate(query)]).toEqual([query, readFeatureQuery(query, airport, now).ok]);
  });
});
