/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { createHash } from 'node:crypto';
import { refreshTimes, servingVersions } from '../../../lambdas/prediction-api/serving-versions';
import { openOnnx } from '../../../lib/runtime/model/onnx-session';
import { lateArrival as model } from '../../fixtures/flights';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { tinyModel } from '../../fixtures/tiny-model';

const folder = 'models/late_arrival/v1';
const weights = model.inputs.map(() => 0);
const fileOf = (bias: number): Uint8Array => tinyModel(weights, bias);
const probability = (bias: number): number => 1 / (1 + Math.exp(-bias));

/** A bucket with model versions, and what serves from it. */
const setUp = (served: ModelDefinition = model) => {
  const objects = new Map<string, Uint8Array>();
  const complaints: string[] = [];
  const reads: string[] = [];
  let now = 1_000_000;
  let broken = false;
  const { versionsOf } = servingVersions({
    files: { read: async (key) => { reads.push(key); if (broken) throw new Error('no answer from S3'); return objects.get(key); } },
    open: openOnnx, openEndpoint: (endpoint) => ({ predict: async () => new Float32Array([endpoint.length]) }), now: () => now, complain: (_model, error) => { complaints.push(String(error)); },
  }, refreshTimes(30));
  const put = (key: string, value: unknown): void => { objects.set(key, Buffer.from(JSON.stringify(value))); };
  const publish = (modelVersion: string, bias: number, change: Readonly<Record<string, unknown>> = {}): void => {
    const file = fileOf(bias);
    objects.set(`${folder}/${modelVersion}/model.onnx`, file);
    put(`${folder}/${modelVersion}/metadata.json`, { modelVersion, model: 'late_arrival', version: 1, inputsHash: model.inputsHash, inputs: model.inputs.map(({ name }) => name), checksum: createHash('sha256').update(file).digest('hex'), ...change });
  };
  const promote = (modelVersion: string, others: Readonly<Record<string, unknown>> = {}): void => { put(`${folder}/champion.json`, { modelVersion, promotedAt: '2001-06-01T00:00:00.000Z', ...others }); };
  const answer = async () => {
    const versions = await versionsOf(served);
    if (!versions.ok) return versions.problem;
    const { champion } = versions.value;
    const [prediction] = await champion.predict(new Float32Array(model.inputs.length), model.inputs.length);
    return [champion.modelVersion, prediction] as const;
  };
  /** The versions in their roles: champion, challenger with its weight, shadows. */
  const inRoles = async () => {
    const versions = await versionsOf(served);
    if (!versions.ok) return versions.problem;
    const { champion, challenger, shadows } = versions.value;
    return [champion.modelVersion, challenger ? [challenger.version.modelVersion, challenger.weight] : null, shadows.map(({ modelVersion }) => modelVersion)];
  };
  const settle = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 50); });
  return { objects, complaints, reads, put, publish, promote, answer, settle, inRoles, pass: (milliseconds: number) => { now += milliseconds; }, breakBucket: (yes: boolean) => { broken = yes; } };
};

describe('a version that an endpoint answers for', () => {
  const elsewhere = { ...model, serving: { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5 } } } as const;

  it('is asked there, once its metadata was found to fit, and its file is not read', async () => {
    const { publish, promote, answer, reads } = setUp(elsewhere);
    publish('a', 1);
    promote('a', { endpoint: 'twelve-chars' });
    expect(await answer()).toEqual(['a', 12]);
    expect(reads).toEqual([`${folder}/champion.json`, `${folder}/a/metadata.json`]);
  });

  it('is refused when its metadata is for other inputs', async () => {
    const { publish, promote, answer } = setUp(elsewhere);
    publish('a', 1, { inputsHash: 'f'.repeat(64) });
    promote('a', { endpoint: 'twelve-chars' });
    expect(await answer()).toMatchObject({ status: 503, detail: expect.stringMatching(/was trained for the inputs/u) as string });
  });

  it('is run here as long as it was promoted without an endpoint, and asked there from the promotion on', async () => {
    const { publish, promote, answer, settle, pass } = setUp(elsewhere);
    publish('a', 1);
    promote('a');
    expect(await answer()).toEqual(['a', expect.closeTo(probability(1), 6)]);
    promote('a', { endpoint: 'twelve-chars' });
    pass(31_000);
    await answer();
    await settle();
    expect(await answer()).toEqual(['a', 12]);
  });

  it('is run here once its model has no endpoint any more', async () => {
    const { publish, promote, answer } = setUp();
    publish('a', 1);
    promote('a', { endpoint: 'twelve-chars' });
    expect(await answer()).toEqual(['a', expect.closeTo(probability(1), 6)]);
  });
});

describe('the champion of a model', () => {
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

describe('the versions beside the champion', () => {
  const challenger = (modelVersion: string, weight = 0.1) => ({ modelVersion, weight, promotedAt: '2001-06-01T00:00:00.000Z' });
  const shadows = (...versions: readonly string[]) => versions.map((modelVersion) => ({ modelVersion, promotedAt: '2001-06-01T00:00:00.000Z' }));

  it('are there with their roles: the challenger at once, the shadows as soon as they are loaded', async () => {
    const { publish, promote, inRoles, settle } = setUp();
    for (const version of ['a', 'b', 'c', 'd']) publish(version, 1);
    promote('a', { challenger: challenger('b', 0.25), shadows: shadows('c', 'd') });
    expect(await inRoles()).toEqual(['a', ['b', 0.25], []]);
    await settle();
    expect(await inRoles()).toEqual(['a', ['b', 0.25], ['c', 'd']]);
  });

  it('change roles without being read again', async () => {
    const { publish, promote, inRoles, settle, pass, reads } = setUp();
    for (const version of ['a', 'b', 'c']) publish(version, 1);
    promote('a', { challenger: challenger('b'), shadows: shadows('c') });
    await inRoles();
    await settle();
    promote('b', { challenger: challenger('c', 0.5), shadows: shadows('a') });
    pass(31_000);
    expect(await inRoles()).toEqual(['a', ['b', 0.1], ['c']]);
    await settle();
    expect(await inRoles()).toEqual(['b', ['c', 0.5], ['a']]);
    expect(reads.filter((key) => key.endsWith('model.onnx'))).toHaveLength(3);
  });

  it('end when they are retired', async () => {
    const { publish, promote, inRoles, settle, pass } = setUp();
    for (const version of ['a', 'b', 'c']) publish(version, 1);
    promote('a', { challenger: challenger('b'), shadows: shadows('c') });
    await inRoles();
    promote('a');
    pass(31_000);
    await inRoles();
    await settle();
    expect(await inRoles()).toEqual(['a', null, []]);
  });

  it('are refused each by itself when their files were changed, and the champion answers', async () => {
    const { publish, promote, inRoles, settle, complaints, answer } = setUp();
    publish('a', 1);
    for (const version of ['b', 'c']) publish(version, 1, { checksum: '0'.repeat(64) });
    publish('d', 1);
    promote('a', { challenger: challenger('b'), shadows: shadows('c', 'd', 'e') });
    expect(await inRoles()).toEqual(['a', null, []]);
    await settle();
    expect(await inRoles()).toEqual(['a', null, ['d']]);
    expect(complaints.map((each) => /v1\/(\w\/\S+) (is not there|has the checksum)/u.exec(each)?.slice(1).join(' '))).toEqual(expect.arrayContaining(['b/model.onnx has the checksum', 'c/model.onnx has the checksum', 'e/metadata.json is not there']));
    expect(complaints).toHaveLength(3);
    expect(await answer()).toMatchObject(['a', expect.anything()]);
  });

  it('are tried again at the next look, and told again while they are refused', async () => {
    const { publish, promote, inRoles, settle, complaints, pass } = setUp();
    publish('a', 1);
    promote('a', { challenger: challenger('b') });
    await inRoles();
    pass(31_000);
    await inRoles();
    await settle();
    expect(complaints).toHaveLength(2);
    publish('b', 1);
    pass(31_000);
    await inRoles();
    await settle();
    expect(await inRoles()).toEqual(['a', ['b', 0.1], []]);
    expect(complaints).toHaveLength(2);
  });

  it('change though the new champion is refused', async () => {
    const { publish, promote, inRoles, settle, complaints, pass } = setUp();
    for (const version of ['a', 'c']) publish(version, 1);
    publish('b', 1, { checksum: '0'.repeat(64) });
    promote('a');
    await inRoles();
    promote('b', { challenger: challenger('c') });
    pass(31_000);
    await inRoles();
    await settle();
    expect(await inRoles()).toEqual(['a', ['c', 0.1], []]);
    expect(complaints).toEqual([expect.stringContaining('the file was changed or broken')]);
  });

  it('are not what answers when the champion is refused from the start: the champion before it is, as everywhere else', async () => {
    const { publish, promote, inRoles, complaints } = setUp();
    for (const version of ['a', 'c']) publish(version, 1);
    publish('b', 1, { checksum: '0'.repeat(64) });
    promote('b', { before: ['x', 'a'], challenger: challenger('c') });
    expect(await inRoles()).toEqual(['a', ['c', 0.1], []]);
    expect(complaints).toEqual([expect.stringContaining('the file was changed or broken')]);
  });

  it('that the record does not say rightly are left out, and told', async () => {
    const { publish, promote, inRoles, complaints } = setUp();
    publish('a', 1);
    promote('a', { challenger: { modelVersion: 'b', weight: 7 } });
    expect(await inRoles()).toEqual(['a', null, []]);
    expect(complaints).toEqual([expect.stringMatching(/champion\.json: its challenger is no version/u)]);
  });
});
