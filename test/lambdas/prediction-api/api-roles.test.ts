/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { judge } from '../../../core/contract/judge';
import type { Manifest } from '../../../core/manifest/manifest';
import { placeOf } from '../../../core/model/split';
import type { LoadedVersion } from '../../../lib/runtime/model/model-file';
import { Unavailable } from '../../../lib/runtime/model/model-file';
import { openOnnx } from '../../../lib/runtime/model/onnx-session';
import { contracts, lateArrival as model, manifest } from '../../fixtures/flights';
import { noon } from '../flights';
import { minute, reads, probability, setUp, request, flight, saying, failing, answeredIn, dataOf, airports } from './support/asked-api';

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
