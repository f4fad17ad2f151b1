import { createHash } from 'node:crypto';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fillFeatures } from '../../cli/features/fill';
import { scoreModel } from '../../cli/scoring/score-model';
import { modelZoneOf } from '../../cli/training/model-zone';
import { promoteModel, retireModel, rollBackModel, servingRecordOf } from '../../cli/training/model-roles';
import { modelReport } from '../../cli/monitoring/reports';
import { buildOwnTrainingSet, modelNamed } from '../../cli/training/training-set';
import { metadataKey, modelFileKey } from '../../core/model/artefact';
import { promoted, servingRecordKey } from '../../core/model/roles';
import { placeOf } from '../../core/model/split';
import type { ConsistencyReport } from '../../core/monitoring/consistency';
import { consistencyText } from '../../core/monitoring/consistency';
import { reportKey } from '../../core/monitoring/report';
import { callJson } from '../../lib/runtime/aws-json';
import { awsService } from '../../lib/runtime/aws-request';
import { signedFetch, tokenFetch } from '../../lib/runtime/signed-request';
import { localCloudStatus, startLocalCloud } from '../../local/cloud';
import { tinyModel } from '../fixtures/tiny-model';
import type { TokenProvider } from '../fixtures/token-provider';
import { startTokenProvider } from '../fixtures/token-provider';
import { deployServing, hostileApi, hostileBodies, hostileNames, marker } from './support/hostile';
import { rowsOf, streamedLines } from './support/lake';
import { answersAt, parquetRows, rowsFile, streamLandings } from './support/scoring';
import type { TrainingWorld } from '../../lib/runtime/training/steps';
import { promoteByRule } from '../../lib/runtime/training/steps';
import type { Predicted, Serving, Traffic } from './support/serving';
import { placeVersion, predict, startServing, startTraffic } from './support/serving';
import { askBroken, askFor, land, watch } from './support/watched';
import type { Asked } from './support/serving-endpoint';
import { askUntil, endpoints, keepFile, modelServers, plantArchive, predictionsOf, statusOf } from './support/serving-endpoint';

const minutes = 60_000;
const airportsFrom = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `A${index}`);
const probabilities = { a: 0.1, b: 0.6, c: 0.9, d: 0.3 } as const;

describe('a model in production', () => {
  let serving: Serving;
  let traffic: Traffic;

  const client = () => new S3Client({ region: serving.context.environment.region });
  const bucket = () => serving.context.names.bucket('models');
  const read = async (key: string): Promise<Buffer> => Buffer.from(await (await client().send(new GetObjectCommand({ Bucket: bucket(), Key: key }))).Body?.transformToByteArray() ?? []);
  const write = async (key: string, body: string | Buffer): Promise<unknown> => await client().send(new PutObjectCommand({ Bucket: bucket(), Key: key, Body: body }));
  /** Lines of a function's log, its metrics among them: the local cloud makes none of those. */
  const logOf = async (name: string): Promise<readonly string[]> => {
    const lines: string[] = [];
    for (let next: unknown, first = true; first || next !== undefined; first = false) {
      const page = await callJson(awsService('logs'), { target: 'Logs_20140328.FilterLogEvents', jsonVersion: '1.1' }, { logGroupName: `/aws/lambda/${serving.context.names.function(name)}`, ...(next === undefined ? {} : { nextToken: next }) },
        { attempts: 3, baseMilliseconds: 50, longestMilliseconds: 500, timeoutMilliseconds: 10_000 });
      lines.push(...(page['events'] as readonly { readonly message: string }[]).map(({ message }) => message));
      next = page['nextToken'];
    }
    return lines;
  };
  const isUnder = (airport: string, weight: number): boolean => placeOf(serving.model, { entities: { origin: { iata: airport } }, request: {} }) < weight;
  const all = (modelVersion: string) => (newest: readonly Predicted[]): boolean => newest.every((each) => each.modelVersion === modelVersion);

  beforeAll(async () => {
    serving = await startServing();
    await fillFeatures(serving.context);
    for (const [version, probability] of Object.entries(probabilities)) await placeVersion(serving, version, probability);
    // As a release left it that knew champions alone.
    await write(servingRecordKey(serving.model), JSON.stringify({ modelVersion: 'a', promotedAt: '2001-06-01T00:00:00.000Z' }));
    traffic = startTraffic(serving, airportsFrom(50));
    await traffic.until(all('a'));
  }, 5 * minutes);
  afterAll(async () => {
    await traffic?.stop();
    await serving?.cloud.stop();
  }, minutes);

  it('has a challenger that answers for its share of the entities, and for these always, while a shadow watches', async () => {
    await promoteModel(serving.context, 'late', 'b', { role: 'challenger', weight: 0.1 });
    await promoteModel(serving.context, 'late', 'c', { role: 'shadow' });
    await traffic.until((newest) => newest.some(({ modelVersion }) => modelVersion === 'b'));
    const airports = airportsFrom(2000);
    const answered: Predicted[] = [];
    for (let start = 0; start < airports.length; start += 100) answered.push(...await predict(serving, airports.slice(start, start + 100)));
    for (const each of answered) expect(each).toMatchObject(isUnder(each.airport, 0.1) ? { modelVersion: 'b', role: 'challenger' } : { modelVersion: 'a', role: 'champion' });
    for (const { modelVersion, prediction } of answered) expect(prediction).toBeCloseTo(probabilities[modelVersion as 'a' | 'b'], 5);
    const share = answered.filter(({ role }) => role === 'challenger').length;
    process.stderr.write(`challenger: ${share} of ${answered.length} entities\n`);
    // Four standard deviations of a binomial.
    expect(Math.abs(share - 200)).toBeLessThan(4 * Math.sqrt(2000 * 0.1 * 0.9));
    expect((await predict(serving, airports.slice(0, 100))).map(({ modelVersion }) => modelVersion)).toEqual(answered.slice(0, 100).map(({ modelVersion }) => modelVersion));
  }, 2 * minutes);

  it('keeps the challenger\'s entities with it when its weight grows', async () => {
    await promoteModel(serving.context, 'late', 'b', { role: 'challenger', weight: 0.4 });
    await traffic.until((newest) => newest.every(({ airport, modelVersion }) => (modelVersion === 'b') === isUnder(airport, 0.4)));
    expect(traffic.failed).toEqual([]);
  }, 2 * minutes);

  it('is promoted and rolled back while requests go on', async () => {
    await promoteModel(serving.context, 'late', 'b');
    await traffic.until(all('b'));
    await rollBackModel(serving.context, 'late');
    await traffic.until(all('a'));
    expect(traffic.failed).toEqual([]);
  }, 2 * minutes);

  it('says who promoted what and when', async () => {
    const record = await servingRecordOf(serving.context, 'late');
    expect(record).toMatchObject({ modelVersion: 'a', promotedBy: expect.stringMatching(/^arn:aws:/u) as string, shadows: [{ modelVersion: 'c' }], before: [] });
    expect(record?.history.map(({ change, modelVersion, role, replaced }) => [change, modelVersion, role, replaced])).toEqual([
      ['promote', 'a', 'champion', undefined], ['promote', 'b', 'challenger', undefined], ['promote', 'c', 'shadow', undefined], ['promote', 'b', 'challenger', undefined], ['promote', 'b', 'champion', 'a'], ['rollback', 'a', 'champion', 'b'],
    ]);
    expect(await signedFetch(serving.context, '/v1/models/late')).toMatchObject({ status: 200, body: { champion: { modelVersion: 'a' }, challenger: null, shadows: [{ modelVersion: 'c' }], versions: [{ modelVersion: 'a', role: 'champion' }, { modelVersion: 'c', role: 'shadow' }] } });
    expect(await signedFetch(serving.context, '/v1/models')).toMatchObject({ status: 200, body: { models: [{ model: 'late' }, { model: 'late_elsewhere' }] } });
    expect(await signedFetch(serving.context, '/v1/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.1' } });
  }, minutes);

  it('refuses a file that was changed: at the promotion and, whatever the record says, when it would be loaded', async () => {
    const key = modelFileKey(serving.model, 'd');
    const changed = await read(key);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await write(key, changed);
    await expect(promoteModel(serving.context, 'late', 'd')).rejects.toThrow(/It was changed or lost, and would not be loaded/u);
    await expect(promoteModel(serving.context, 'late', 'd', { role: 'challenger', weight: 0.5 })).rejects.toThrow(/It was changed/u);
    const record = await servingRecordOf(serving.context, 'late');
    const forced = promoted(record, 'd', { role: 'challenger', weight: 0.999 }, { at: new Date().toISOString() });
    if (!forced.ok) throw new Error(forced.problem);
    await write(servingRecordKey(serving.model), JSON.stringify({ ...forced.record, modelVersion: 'd' }));
    const from = traffic.answered.length;
    await new Promise((resolve) => { setTimeout(resolve, 3 * serving.context.environment.modelRefreshSeconds * 1000); });
    expect(traffic.answered.length).toBeGreaterThan(from + 100);
    expect(new Set(traffic.answered.slice(from).map(({ modelVersion }) => modelVersion))).toEqual(new Set(['a']));
    const log = await logOf('prediction-api');
    expect(log.filter((line) => line.includes('"ModelFaults":1')).length).toBeGreaterThan(0);
    expect(log.some((line) => line.includes(`${key} has the checksum`))).toBe(true);
    expect(traffic.failed).toEqual([]);
  }, 2 * minutes);

  it('has versions that are never written again', async () => {
    const [before, metadata] = [await read(modelFileKey(serving.model, 'a')), await read(metadataKey(serving.model, 'a'))];
    await placeVersion(serving, 'a', 0.99);
    expect([await read(modelFileKey(serving.model, 'a')), await read(metadataKey(serving.model, 'a'))]).toEqual([before, metadata]);
    expect((JSON.parse(metadata.toString('utf8')) as { readonly checksum: string }).checksum).toBe(createHash('sha256').update(before).digest('hex'));
  }, minutes);

  it('is changed by one of two at once, and the other is told', async () => {
    await write(servingRecordKey(serving.model), JSON.stringify({ modelVersion: 'a', promotedAt: '2001-06-01T00:00:00.000Z' }));
    const outcomes = await Promise.allSettled((['b', 'c'] as const).map((version) => promoteModel(serving.context, 'late', version, { role: 'shadow' })));
    const record = await servingRecordOf(serving.context, 'late');
    // Whoever came to read after the other had written has changed the record too.
    const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(done).toBeGreaterThan(0);
    expect(record?.shadows).toHaveLength(done);
    for (const reason of outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))) expect(reason).toMatch(/changed by somebody else at the same time/u);
    for (const { modelVersion } of record?.shadows ?? []) await retireModel(serving.context, 'late', modelVersion);
    expect((await servingRecordOf(serving.context, 'late'))?.shadows).toEqual([]);
  }, minutes);

  it('has every answer on the record, and what the shadow said beside it', async () => {
    await traffic.stop();
    await serving.cloud.drained({ endWindows: true });
    expect(traffic.failed).toEqual([]);
    expect(await streamedLines(serving.context, 'quarantine')).toEqual([]);
    const counts = await rowsOf(serving.context, `
      WITH made AS (SELECT event.data.predictionId AS id, event.data.modelRole AS role, event.data.modelVersion AS version, event.data.shadowOf AS of FROM raw_prediction_late_v1)
      SELECT role, version, CAST(count(*) AS INTEGER) AS predictions, CAST(count(*) FILTER (of IN (SELECT id FROM made WHERE role <> 'shadow')) AS INTEGER) AS beside FROM made GROUP BY ALL ORDER BY ALL`);
    process.stderr.write(`${JSON.stringify(counts)}\n`);
    expect(counts.map(({ role, version }) => [role, version])).toEqual([['challenger', 'b'], ['champion', 'a'], ['champion', 'b'], ['shadow', 'c']]);
    const [answered, shadowed] = [counts.filter(({ role }) => role !== 'shadow'), counts.find(({ role }) => role === 'shadow')];
    expect(answered.reduce((sum, { predictions }) => sum + Number(predictions), 0)).toBeGreaterThanOrEqual(traffic.answered.length);
    expect(Number(shadowed?.['predictions'])).toBeGreaterThan(2000);
    expect(shadowed?.['beside']).toBe(shadowed?.['predictions']);
  }, 2 * minutes);

  it('is watched: its features are those of raw at their watermarks, and its answers meet their outcomes', async () => {
    const before = Date.now();
    const airports = airportsFrom(30).map((airport) => `W${airport}`);
    await land(serving, airports.flatMap((origin, index) => Array.from({ length: 1 + index % 4 }, (_flight, flight) => ({ id: `past-${index}-${flight}`, origin, delay: 10 * index }))));
    const flights = airports.map((origin, index) => ({ id: `flight-${index}`, origin, delay: index % 3 === 0 ? 60 : 0 }));
    await askFor(serving, flights);
    // Half of them land: what they bring to the windows was not there yet, and what is asked then sees it.
    await land(serving, flights.slice(0, 15));
    await askFor(serving, flights.slice(15));
    await serving.cloud.drained({ endWindows: true });
    const report = await modelReport(serving.context, 'late', { from: before, to: Date.now() });
    const { predictions, checked, values } = report.consistency;
    expect(report.consistency).toMatchObject({ unread: 0, uncovered: 0, differing: 0, lagging: 0 });
    // A shadow of before may watch for another moment.
    expect([checked, values]).toEqual([predictions, 2 * predictions]);
    expect(predictions).toBeGreaterThanOrEqual(45);
    expect(report.outcomes.groups.find(({ day, slice, role }) => day === null && slice === null && role === 'champion')).toMatchObject({ count: 15, happened: 5 / 15 });
  }, 2 * minutes);

  it('is found to have predicted from a broken window, value by value, and the metric of the alarm says so', async () => {
    const [before, airports] = [Date.now(), airportsFrom(10).map((airport) => `W${airport}`)];
    await askBroken(serving, airports);
    const [report] = await watch(serving, before, Date.now() + 1000);
    process.stderr.write(`${consistencyText(report as ConsistencyReport).split('\n').slice(0, 5).join('\n')}\n`);
    // Of each the count, and the mean that is absent then.
    expect(report).toMatchObject({ model: 'late@v1', checked: 10, uncovered: 0, values: 20, differing: 20, lagging: 20 });
    expect(report?.examples.find(({ input }) => input === 'origin__flights_24h')).toMatchObject({ modelVersion: 'broken', logged: 0 });
    const log = await logOf('model-monitor');
    expect(log.filter((line) => /"FeatureValuesDiffer":20[,}]/u.test(line))).toHaveLength(2);
    const kept = await client().send(new GetObjectCommand({ Bucket: serving.context.names.bucket('features'), Key: reportKey(serving.model, before, 'html') }));
    expect(await kept.Body?.transformToString()).toContain('<strong>20 differ</strong>');
  }, 2 * minutes);

  it('scores many rows as the API answers them and as a training set has them, once, however often it is asked', async () => {
    const weights = [0.05, 0.03, 0.0005];
    await placeVersion(serving, 'w', 0.2, weights);
    await promoteModel(serving.context, 'late', 'w');
    await streamLandings(serving, airportsFrom(20), 300);
    const moment = Date.now();
    const rows = airportsFrom(40).map((airport, index) => ({ airport, distance: 100 + 10 * index }));
    const ask = async (): Promise<Awaited<ReturnType<typeof scoreModel>>> => await scoreModel(serving.context, 'late', { file: rowsFile(serving, rows), at: moment, request: 'first' });
    expect(await ask()).toMatchObject({ batch: 'first', model: 'late@v1', modelVersion: 'w', rows: 42, scored: 40, unpredicted: 0, refused: { entityMissing: 1, duplicateId: 1 }, result: 'committed' });
    const table = async () => await rowsOf(serving.context, 'SELECT _row, _model_version AS version, _manifest_hash AS manifest, epoch_ms(_moment) AS moment, origin__iata AS airport, prediction, missing FROM predictions_late ORDER BY CAST(_row[2:] AS INTEGER)');
    const scored = await table();
    let answers = await answersAt(serving, rows, moment);
    for (const end = Date.now() + 30_000; answers.some(({ modelVersion }) => modelVersion !== 'w') && Date.now() < end;) answers = await answersAt(serving, rows, moment);
    expect(scored.map(({ airport, moment: at, version, manifest }) => [airport, at, version, manifest])).toEqual(rows.map(({ airport }) => [airport, moment, 'w', serving.context.manifest.hash]));
    expect(scored.map(({ missing }) => missing ?? '')).toEqual(answers.map(({ missing }) => missing.join(',')));
    for (const [index, { prediction }] of answers.entries()) expect(Math.abs(Number(scored[index]?.['prediction']) - prediction)).toBeLessThan(1e-6);
    expect(new Set(scored.map(({ prediction }) => prediction)).size).toBeGreaterThan(20);

    const set = await buildOwnTrainingSet(serving.context, 'late', { file: rowsFile(serving, rows, moment), now: Date.now() });
    expect(set.metadata).toMatchObject({ rows: 40, labelShare: null, dropped: { entityMissing: 1, duplicateId: 1 } });
    const learned = await parquetRows(serving, set.file, 'CAST("example.id"[2:] AS INTEGER)');
    for (const [index, row] of learned.entries()) {
      const score = serving.model.inputs.reduce((sum, { name }, input) => sum + Number(row[name] ?? 0) * (weights[input] ?? 0), Math.log(0.2 / 0.8));
      expect(Math.abs(Number(scored[index]?.['prediction']) - 1 / (1 + Math.exp(-score)))).toBeLessThan(1e-6);
    }

    // Killed before it had said that all is scored, and asked for again, with another champion since.
    await promoteModel(serving.context, 'late', 'a');
    await client().send(new DeleteObjectCommand({ Bucket: serving.context.names.bucket('features'), Key: 'scoring/late/v1/first/scored.json' }));
    expect(await ask()).toMatchObject({ attempt: 2, modelVersion: 'w', scored: 40, result: 'present' });
    expect(await table()).toEqual(scored);
    await expect(scoreModel(serving.context, 'late', { file: rowsFile(serving, rows), at: moment - 1, request: 'first' })).rejects.toThrow(/made before with the name first: its moment is /u);
  }, 2 * minutes);

  it('is promoted by the definition\'s rule over the champion that it was compared with, and over no other', async () => {
    const { context, model } = serving;
    const world: TrainingWorld = { manifest: context.manifest, zone: modelZoneOf(context), platformTrainer: '', execution: 'late.1', by: 'arn:aws:states:us-east-1:000000000000:execution:train-model:late.1' };
    const byRule = { ...model, training: { promotion: 'when the gate passes' } } as const;
    const champion = (await servingRecordOf(context, 'late'))?.modelVersion ?? '';
    for (const version of ['e', 'f']) await placeVersion(serving, version, 0.5, undefined, { report: '', champion, verdicts: [] });
    expect(await promoteByRule(world, model, 'e')).toEqual({ outcome: 'by hand' });
    for (const _time of ['first', 'again']) expect(await promoteByRule(world, byRule, 'e')).toEqual({ outcome: 'promoted' });
    expect(await promoteByRule(world, byRule, 'f')).toEqual({ outcome: 'not promoted', says: `Version f of late@v1: it was compared with ${champion}, and the champion is now e.` });
    expect(await servingRecordOf(context, 'late')).toMatchObject({ modelVersion: 'e', promotedBy: world.by });
  }, minutes);

  describe('behind an endpoint', () => {
    const both = ['late', 'late_elsewhere'] as const;
    const elsewhere = () => modelNamed(serving.context.manifest, 'late_elsewhere');
    const files = { same: Buffer.from(tinyModel([0.001, -0.002, 0.003], -2)), next: Buffer.from(tinyModel([0, 0, -0.003], 2)), third: Buffer.from(tinyModel([0, 0, 0.001], 0)) };
    const promote = async (modelVersion: string) => (await promoteModel(serving.context, 'late_elsewhere', modelVersion)).endpoint ?? '';
    const says = (modelVersion: string) => ({ status, predictions }: Asked): boolean => status === 200 && predictions[0]?.modelVersion === modelVersion;
    let [first, second] = ['', ''];

    it('predicts a thousand instances as it does in the process of the API', async () => {
      for (const [modelVersion, file] of Object.entries(files)) await keepFile(serving, both, modelVersion, file);
      first = await promote('same');
      await promoteModel(serving.context, 'late', 'same');
      const distances = Array.from({ length: 1000 }, (_, index) => index * 3);
      const [inProcess = [], byEndpoint = []] = await Promise.all(both.map(async (model) => await predictionsOf(serving, model, 'same', distances)));
      expect(new Set(inProcess).size).toBeGreaterThan(500);
      const differences = inProcess.map((prediction, index) => Math.abs(prediction - (byEndpoint[index] ?? Number.NaN)));
      process.stderr.write(`1000 predictions in process and by an endpoint: ${differences.filter((each) => each !== 0).length} differ, by ${Math.max(...differences)} at most\n`);
      expect(Math.max(...differences)).toBeLessThanOrEqual(1e-6);
    }, 2 * minutes);

    it('is promoted and rolled back without a deploy, and keeps the endpoint that a rollback goes to', async () => {
      second = await promote('next');
      expect(second).not.toBe(first);
      await askUntil(serving, 'late_elsewhere', says('next'));
      expect(new Set(await endpoints(serving))).toEqual(new Set([first, second]));
      // Deployed with another size, it is promoted to once more: the endpoint is updated.
      const larger = { ...elsewhere(), serving: { endpoint: { kind: 'serverless', memoryMegabytes: 3072, maxConcurrency: 5 } } } as const;
      const { manifest } = serving.context;
      expect(await promoteModel({ ...serving.context, manifest: { ...manifest, models: { ...manifest.models, 'late_elsewhere@v1': larger } } }, 'late_elsewhere', 'next')).toMatchObject({ modelVersion: 'next', endpoint: second, before: ['same'] });
      expect((await rollBackModel(serving.context, 'late_elsewhere')).endpoint).toBe(first);
      await askUntil(serving, 'late_elsewhere', says('same'));
      expect(await retireModel(serving.context, 'late_elsewhere', 'next')).toMatchObject({ modelVersion: 'same', endpoint: first });
      expect(await endpoints(serving)).toEqual([first]);
    }, minutes);

    it('refuses an archive with another file in it: no endpoint comes up, and the champion keeps answering', async () => {
      await plantArchive(serving, elsewhere(), 'third', files.next);
      await expect(promote('third')).rejects.toThrow(/has no endpoint that answers for it: the endpoint .* did not come up: .*model\.onnx has the checksum/su);
      expect(await endpoints(serving)).toEqual([first]);
      expect((await servingRecordOf(serving.context, 'late_elsewhere'))?.modelVersion).toBe('same');
      await askUntil(serving, 'late_elsewhere', says('same'));
    }, minutes);

    it('says so while its process is gone, and answers again when it is back', async () => {
      const { emulator } = await localCloudStatus({ home: serving.cloud.home });
      const [server, ...others] = modelServers(emulator?.pid ?? 0);
      expect(others).toEqual([]);
      process.kill(server ?? 0, 'SIGKILL');
      const refused = await askUntil(serving, 'late_elsewhere', ({ status }) => status !== 200);
      expect(refused).toMatchObject({ status: 503, type: 'urn:headrace:problem:model_unavailable', detail: expect.stringContaining('try again in a moment') as string });
      await askUntil(serving, 'late_elsewhere', says('same'));
    }, 3 * minutes);

    it('is there again after the cloud was killed', async () => {
      await serving.cloud.save();
      await serving.cloud.kill();
      serving = { ...serving, cloud: await startLocalCloud({ home: serving.cloud.home, port: Number(new URL(serving.cloud.endpoint).port) }) };
      await askUntil(serving, 'late_elsewhere', says('same'));
      expect(await statusOf(serving, first)).toBe('InService');
    }, 4 * minutes);
  });

  describe('towards who may not ask', () => {
    let api: Awaited<ReturnType<typeof hostileApi>>;
    let provider: TokenProvider;
    const secret = 'test';
    const scope = 'headrace/predict predict:late';
    beforeAll(async () => {
      api = await hostileApi(serving);
      provider = await startTokenProvider('headrace-test');
    });
    afterAll(async () => {
      delete process.env['HEADRACE_TEST_AUTHORIZATION'];
      await provider?.stop();
    });

    it('answers no request whose signature is absent, wrong, or of another request', async () => {
      const forbidden = { status: 403, type: undefined };
      expect(await api.ask({}, { secret })).toEqual({ status: 200, type: undefined });
      expect(await api.ask({})).toEqual(forbidden);
      expect(await api.ask({}, { secret: 'tset' })).toEqual(forbidden);
      expect(await api.ask({}, { secret, sent: { body: '{}' } })).toEqual(forbidden);
      expect(await api.ask({}, { secret, sent: { path: '/v1/models/late@v1/predictions' } })).toEqual(forbidden);
      expect(await api.ask({ headers: { authorization: `Bearer ${await provider.token({ scope })}` } })).toEqual(forbidden);
    }, minutes);

    it('refuses bodies that are too large, too deep or none', async () => {
      for (const [what, body, refusal] of hostileBodies) expect([what, await api.ask({ body }, { secret })]).toEqual([what, refusal]);
    }, minutes);

    it('knows no model by a name that is a path, or that is written in another way', async () => {
      for (const name of hostileNames) expect([name, (await api.ask({ path: `/v1/models/${name}/predictions` }, { secret })).status]).toEqual([name, 404]);
      expect(await api.ask({ path: '/v1/models/late%40v1/predictions' }, { secret })).toEqual({ status: 200, type: undefined });
    }, minutes);

    it('answers for tokens of the provider alone, each for what its scopes allow, where the environment says so', async () => {
      await deployServing(serving, { kind: 'jwt', issuer: provider.issuer, audience: ['headrace-test'], modelScope: 'predict:{model}' });
      const asks = (token: string, sent: Parameters<typeof api.ask>[0] = {}) => api.ask({ ...sent, headers: { authorization: `Bearer ${token}` } });
      const right = await provider.token({ scope });
      const [header = '', payload = '', signature = ''] = right.split('.');
      const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const now = Math.floor(Date.now() / 1000);
      expect(await asks(right)).toEqual({ status: 200, type: undefined });
      expect(await tokenFetch(serving.context, right, '/v1/models/late/predictions', { instances: [{ entities: { origin: 'A1' }, request: { distance: 600 } }] })).toMatchObject({ status: 200 });
      const unauthorized: readonly (readonly [string, string])[] = [
        ['expired', await provider.token({ scope, iat: now - 600, exp: now - 300 })], ['not valid yet', await provider.token({ scope, nbf: now + 300 })], ['for another audience', await provider.token({ scope, aud: 'another' })],
        ['for no audience', await provider.token({ scope, aud: undefined })], ['of another issuer', await provider.token({ scope, iss: 'https://id.example.com' })], ['signed with another key', await provider.forgedToken({ scope })],
        ['changed', `${header}.${encoded({ ...JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object, scope: 'headrace/models' })}.${signature}`],
        ['not signed', `${encoded({ alg: 'none', kid: 'first' })}.${payload}.`], ['none', 'nothing'],
      ];
      for (const [what, token] of unauthorized) expect([what, await asks(token)]).toEqual([what, { status: 401, type: undefined }]);
      expect(await api.ask({})).toEqual({ status: 401, type: undefined });
      expect(await api.ask({}, { secret })).toEqual({ status: 401, type: undefined });
      const forbidden = { status: 403, type: undefined };
      expect(await asks(await provider.token({}))).toEqual(forbidden);
      expect(await asks(await provider.token({ scope: 'headrace/models predict:late' }))).toEqual(forbidden);
      expect(await asks(await provider.token({ scope: 'headrace/predict predict:early' }))).toEqual({ status: 403, type: 'insufficient_scope' });
      expect(await asks(right, { method: 'GET', path: '/v1/models' })).toEqual(forbidden);
      expect(await asks(await provider.token({ scope: 'headrace/models' }), { method: 'GET', path: '/v1/openapi.json' })).toEqual({ status: 200, type: undefined });
    }, 2 * minutes);

    it('writes nothing of it into its log', async () => {
      const log = (await logOf('prediction-api')).join('\n');
      expect(log).toContain('"Predictions":1');
      for (const secretWord of [marker, 'Bearer', 'eyJ', 'AWS4-HMAC-SHA256', 'etc/passwd']) expect([secretWord, log.includes(secretWord)]).toEqual([secretWord, false]);
    }, minutes);
  });
});
