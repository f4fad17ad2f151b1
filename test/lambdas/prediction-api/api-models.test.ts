/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { Ajv2020 } from 'ajv/dist/2020';
import { airport, given, lateArrival as model } from '../../fixtures/flights';
import type { Answer } from './support/asked-api';
import { iso, setUp, flight, saying } from './support/asked-api';

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
