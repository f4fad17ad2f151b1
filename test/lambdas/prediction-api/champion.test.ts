/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { createHash } from 'node:crypto';
import { champions } from '../../../lambdas/prediction-api/champion';
import { openOnnx } from '../../../lambdas/prediction-api/onnx-session';
import { lateArrival as model } from '../../fixtures/flights';
import { tinyModel } from '../../fixtures/tiny-model';

const folder = 'models/late_arrival/v1';
const weights = model.inputs.map(() => 0);
const fileOf = (bias: number): Uint8Array => tinyModel(weights, bias);
const probability = (bias: number): number => 1 / (1 + Math.exp(-bias));

describe('the champion of a model', () => {
  const setUp = () => {
    const objects = new Map<string, Uint8Array>();
    const complaints: string[] = [];
    const reads: string[] = [];
    let now = 1_000_000;
    let broken = false;
    const { championOf } = champions({
      files: { read: async (key) => { reads.push(key); if (broken) throw new Error('no answer from S3'); return objects.get(key); } },
      open: openOnnx, now: () => now, complain: (_model, error) => { complaints.push(String(error)); },
    }, { refreshMilliseconds: 30_000, longestUnseenMilliseconds: 300_000 });
    const put = (key: string, value: unknown): void => { objects.set(key, Buffer.from(JSON.stringify(value))); };
    const publish = (modelVersion: string, bias: number, change: Readonly<Record<string, unknown>> = {}): void => {
      const file = fileOf(bias);
      objects.set(`${folder}/${modelVersion}/model.onnx`, file);
      put(`${folder}/${modelVersion}/metadata.json`, { modelVersion, model: 'late_arrival', version: 1, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), checksum: createHash('sha256').update(file).digest('hex'), ...change });
    };
    const promote = (modelVersion: string): void => { put(`${folder}/champion.json`, { modelVersion, promotedAt: '2001-06-01T00:00:00.000Z' }); };
    const answer = async () => {
      const champion = await championOf(model);
      if (!champion.ok) return champion.problem;
      const [prediction] = await champion.value.predict(new Float32Array(model.inputs.length), model.inputs.length);
      return [champion.value.modelVersion, prediction] as const;
    };
    const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 50); });
    return { objects, complaints, reads, put, publish, promote, answer, settle, championOf, pass: (milliseconds: number) => { now += milliseconds; }, breakBucket: (yes: boolean) => { broken = yes; } };
  };

  it('answers once one was promoted, and is loaded once', async () => {
    const { publish, promote, answer, reads } = setUp();
    publish('a', 1);
    promote('a');
    expect(await Promise.all([answer(), answer()])).toEqual([['a', expect.closeTo(probability(1), 6)], ['a', expect.closeTo(probability(1), 6)]]);
    await answer();
    expect(reads).toHaveLength(3);
  });

  it('is a 503 problem that says what to do as long as none was promoted, and is looked for each time', async () => {
    const { publish, promote, answer } = setUp();
    expect(await answer()).toMatchObject({ status: 503, type: 'urn:headrace:problem:model_unavailable', detail: expect.stringContaining('headrace model promote late_arrival') as string });
    publish('a', 1);
    promote('a');
    expect(await answer()).toMatchObject(['a', expect.anything()]);
  });

  it.each([
    ['other inputs', { inputsHash: 'f'.repeat(64) }, /was trained for the inputs ffffffffffff/],
    ['inputs in another order', { inputs: model.inputs.map(({ name }) => name).reverse() }, /in another order/],
    ['another model', { model: 'early_arrival' }, /is that of version a of early_arrival@v1/],
    ['another version of the model', { version: 2 }, /late_arrival@v2/],
    ['another checksum', { checksum: '0'.repeat(64) }, /the file was changed or broken/],
    ['no checksum', { checksum: undefined }, /has no checksum/],
  ])('is refused when its metadata is for %s', async (_what, change, detail) => {
    const { publish, promote, answer } = setUp();
    publish('a', 1, change);
    promote('a');
    expect(await answer()).toMatchObject({ status: 503, detail: expect.stringMatching(detail) as string });
  });

  it.each([
    ['is missing', undefined, /model\.onnx is not there/],
    ['is no model', Buffer.from('no model'), /could not be opened/],
    ['has an output of another name', tinyModel(weights, 1, 'label'), /it has the outputs label; one must be named probability/],
    ['takes another number of inputs', tinyModel([1, 2], 1), /does not take the 33 inputs/],
  ])('is refused when its file %s', async (_what, file, detail) => {
    const { publish, promote, answer, objects } = setUp();
    publish('a', 1, file ? { checksum: createHash('sha256').update(file).digest('hex') } : {});
    if (file) objects.set(`${folder}/a/model.onnx`, file);
    else objects.delete(`${folder}/a/model.onnx`);
    promote('a');
    expect(await answer()).toMatchObject({ status: 503, detail: expect.stringMatching(detail) as string });
  });

  it('is refused when its pointer leads out of the model\'s folder', async () => {
    const { put, answer } = setUp();
    put(`${folder}/champion.json`, { modelVersion: '../../other/v1/x' });
    expect(await answer()).toMatchObject({ status: 503, detail: expect.stringContaining('names no model version') as string });
  });

  it('changes beside the answers after another was promoted', async () => {
    const { publish, promote, answer, pass, settle } = setUp();
    publish('a', 1);
    publish('b', -1);
    promote('a');
    await answer();
    promote('b');
    pass(29_999);
    expect(await answer()).toMatchObject(['a', expect.anything()]);
    await settle();
    pass(2);
    expect(await answer()).toMatchObject(['a', expect.anything()]);
    await settle();
    expect(await answer()).toEqual(['b', expect.closeTo(probability(-1), 6)]);
  });

  it('is looked at before the answer by a Lambda that slept for long', async () => {
    const { publish, promote, answer, pass } = setUp();
    publish('a', 1);
    publish('b', -1);
    promote('a');
    await answer();
    promote('b');
    pass(300_001);
    expect(await answer()).toMatchObject(['b', expect.anything()]);
  });

  it('stays what it was when the next one is refused or the bucket cannot be read', async () => {
    const { publish, promote, answer, pass, settle, complaints, breakBucket } = setUp();
    publish('a', 1);
    publish('b', 1, { checksum: '0'.repeat(64) });
    promote('a');
    await answer();
    promote('b');
    pass(31_000);
    await answer();
    await settle();
    expect(await answer()).toMatchObject(['a', expect.anything()]);
    expect(complaints).toEqual([expect.stringContaining('the file was changed or broken')]);
    breakBucket(true);
    pass(300_001);
    expect(await answer()).toMatchObject(['a', expect.anything()]);
    expect(complaints.at(-1)).toContain('no answer from S3');
  });

  it('is a 503 problem without secrets of the inside when the bucket cannot be read from the start', async () => {
    const { answer, breakBucket } = setUp();
    breakBucket(true);
    expect(await answer()).toMatchObject({ status: 503, detail: 'The model late_arrival@v1 could not be loaded; try again in a moment.' });
  });
});
