import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { traceBatch } from '../../cli/commands/lineage';
import { runDataset } from '../../cli/dataset/run-dataset';
import { traceEvent } from '../../cli/lineage/trace-event';
import { redriveBatches } from '../../cli/commands/redrive';
import { compareCurrent } from '../../cli/features/current';
import { fillFeatures } from '../../cli/features/fill';
import { importHistory } from '../../cli/history/import-history';
import { promoteModel } from '../../cli/training/model-roles';
import { modelVersions, refusedVersions } from '../../cli/training/model-report';
import { trainModel } from '../../cli/training/train-model';
import type { ModelMetadata } from '../../core/model/artefact';
import { parameterNames } from '../../core/environment/deployed';
import type { FeatureValues } from '../../core/window';
import type { Flight } from '../../examples/flights/flight';
import { landedEvent, predictionInstance, readFlights } from '../../examples/flights/flight';
import type { PreparedFlights } from '../../examples/flights/prepare';
import { prepareFlights } from '../../examples/flights/prepare';
import { putRecords } from '../../lib/runtime/event-producer';
import { signedFetch } from '../../lib/runtime/signed-request';
import type { ProducerRecord } from './support/broken-events';
import { breakings, brokenReasons } from './support/broken-events';
import type { FaultyEndpoint } from './support/faulty-endpoint';
import { startFaultyEndpoint } from './support/faulty-endpoint';
import { rowsOf, streamedLines } from './support/lake';
import type { Platform } from './support/platform';
import { trainOfShuffled } from './support/shuffled';
import { setVariable, startPlatform } from './support/platform';
import type { Asked } from './support/truth';
import { naiveValues, valuesFromRaw } from './support/truth';

const minutes = 60_000;
const day = 86_400_000;
const dayStart = Date.UTC(2001, 5, 1);
const moments = 300;
/** One event in a hundred is broken. */
const brokenEvery = 100;

let platform: Platform;
let prepared: PreparedFlights;
let flights: readonly Flight[];
let before: readonly Flight[];
let faulty: FaultyEndpoint;

const views = () => ['airport_departures@v1', 'airport_arrivals@v1'].flatMap((name) => platform.context.manifest.views[name] ?? []);
const isPut = ({ method }: { readonly method?: string | undefined }): boolean => method === 'PUT';
const record = (data: Buffer, partitionKey: string): ProducerRecord => ({ data, partitionKey });
const bytesOf = (flight: Flight): Buffer => Buffer.from(JSON.stringify(landedEvent(flight)));

beforeAll(async () => {
  prepared = await prepareFlights(join(__dirname, '..', '..', '.headrace', 'cache', 'flights'));
  platform = await startPlatform({ directory: 'integration', port: 4655 });
  flights = (await readFlights(prepared.playback, dayStart, dayStart + day)).filter(({ landing }) => landing >= dayStart && landing < dayStart + day);
  before = await readFlights(prepared.history, dayStart - 8 * day, dayStart);
}, 10 * minutes);

afterAll(async () => {
  await platform?.stop();
  await faulty?.close();
}, 2 * minutes);

describe('a history', () => {
  it('is imported whole, what breaks its contract into quarantine, and only once', async () => {
    const { context } = platform;
    expect(await importHistory(context, prepared.history, 'flight.landed')).toMatchObject({ rows: 2_492_131, rejected: 11, already: false });
    expect(await importHistory(context, prepared.history, 'flight.landed')).toMatchObject({ rows: 2_492_131, rejected: 11, already: true });
  }, 5 * minutes);

  it('fills the features of every airport before the stream is read', async () => {
    const filled = await fillFeatures(platform.context);
    expect(filled.map(({ view, alreadyReady, waitsFor }) => [view, alreadyReady, waitsFor])).toEqual([['airport_profile@v1', false, 'airports@v1'], ['airport_arrivals@v1', false, undefined], ['airport_departures@v1', false, undefined]]);
    expect((await fillFeatures(platform.context)).map(({ alreadyReady }) => alreadyReady)).toEqual([false, true, true]);
  }, 3 * minutes);

  it('has its airports landed by the pipeline, and the same file is the same batch', async () => {
    const first = await runDataset(platform.context, 'airports', { file: prepared.airports });
    expect(first).toMatchObject({ status: 'committed', rows: 3376, rejected: 0 });
    expect(await runDataset(platform.context, 'airports', { file: prepared.airports })).toEqual(first);
    expect(await rowsOf(platform.context, 'SELECT count(*) AS rows, count(DISTINCT iata) AS airports, min(_batch_id) AS batch FROM airports')).toEqual([{ rows: 3376, airports: 3376, batch: first.batch }]);
    // And they are online, each row as the batch has it.
    expect(await compareCurrent(platform.context, [])).toMatchObject([{ view: 'airport_profile@v1', items: 3376, records: 3376, differing: 0 }]);
  }, 2 * minutes);
});

describe('a day of flights, one in a hundred broken, while storage fails at random and the cloud crashes in the middle', () => {
  const sent: ProducerRecord[] = [];
  const broken: { readonly reason: string; readonly data: Buffer }[] = [];
  const asked: Asked[] = [];

  /** The API's answer for some of the airports that a step was about. */
  const ask = async (moment: number, step: readonly Flight[]): Promise<void> => {
    for (const view of views()) {
      const side = view.name === 'airport_departures' ? 'origin' : 'destination';
      const airports = [...new Set(step.map((flight) => flight[side]))].slice(0, 4);
      if (airports.length === 0) continue;
      const { status, body } = await signedFetch(platform.context, `/v1/features/${view.name}/query`, { entities: airports, at: new Date(moment).toISOString() });
      expect({ status, body: status === 200 ? undefined : body }).toEqual({ status: 200, body: undefined });
      for (const { entity, features } of (body as { results: readonly { entity: { iata: string }; features: FeatureValues }[] }).results) asked.push({ view, airport: entity.iata, moment, answered: features });
    }
  };

  beforeAll(async () => {
    const { context, cloud } = platform;
    faulty = await startFaultyEndpoint(cloud().endpoint, { refuse: { concerns: isPut, share: 0.15, status: 503, body: 'Slow Down' }, loseAnswer: { concerns: isPut, share: 0.18 }, seed: 11 });
    await setVariable(context, 'ingest-validator', 'AWS_ENDPOINT_URL_S3', faulty.url);
    // Irregular moments: squares of a regular row, from dense to wide apart, ends of hops among them.
    const steps = Array.from({ length: moments }, (_step, index) => dayStart + Math.round(((index + 1) / moments) ** 1.3 * day));
    let from = 0;
    for (const [index, moment] of steps.entries()) {
      const client = new KinesisClient({ region: context.environment.region });
      const to = flights.findLastIndex(({ landing }) => landing < moment) + 1;
      const step = flights.slice(from, to);
      const records = step.map((flight) => record(bytesOf(flight), flight.origin));
      for (let place = from; place < to; place += 1) {
        if (place % brokenEvery !== 0) continue;
        const flight = flights[place];
        const reason = brokenReasons[(place / brokenEvery) % brokenReasons.length];
        if (!flight || !reason) continue;
        const data = breakings[reason]({ ...landedEvent(flight), id: `broken-${place}` });
        broken.push({ reason, data });
        records.push(record(data, flight.origin));
      }
      await putRecords(client, context.names.stream, records);
      sent.push(...records);
      await cloud().drained({ endWindows: true, timeout: 2 * minutes });
      await ask(moment, step);
      if (index === moments / 2) {
        await cloud().save();
        await platform.crash();
      }
      from = to;
    }
    faulty.heal();
    await cloud().drained({ endWindows: true, timeout: 2 * minutes });
    await redriveBatches(context, undefined, () => undefined);
  }, 20 * minutes);

  it('really was disturbed', () => {
    expect(faulty.faults.refused).toBeGreaterThan(10);
    expect(faulty.faults['answer lost']).toBeGreaterThan(10);
    expect(flights.length).toBeGreaterThan(15_000);
    expect(broken.length).toBeGreaterThan(150);
  });

  it('stands in raw or in quarantine, each record once by its position, none in both and none missing', async () => {
    const [raw, quarantine] = [await streamedLines(platform.context, 'raw'), await streamedLines(platform.context, 'quarantine')];
    const accepted = new Set(raw.filter(({ event }) => event?.type === 'flight.landed').map(({ lineage }) => lineage.position));
    const rejected = new Set(quarantine.map(({ lineage }) => lineage.position));
    expect(accepted.size).toBe(sent.length - broken.length);
    expect(rejected.size).toBe(broken.length);
    expect([...rejected].filter((position) => accepted.has(position))).toEqual([]);
    expect(new Set(raw.flatMap(({ event }) => (event?.type === 'flight.landed' ? [event.id] : [])))).toEqual(new Set(flights.map(({ id }) => id)));
  }, 2 * minutes);

  it('keeps what was refused with its reason and its original bytes', async () => {
    const kept = new Map((await streamedLines(platform.context, 'quarantine')).map(({ lineage, reason, original }) => [lineage.position, `${reason} ${original}`]));
    expect([...kept.values()].sort()).toEqual(broken.map(({ reason, data }) => `${reason} ${data.toString('base64')}`).sort());
  }, 2 * minutes);

  it('has one value for each feature: from the API, from DuckDB over raw, and by a naive count', async () => {
    expect(new Set(asked.map(({ moment }) => moment)).size).toBeGreaterThan(moments * 0.8);
    const known = [...before, ...flights].filter(({ landing }) => landing >= dayStart - 8 * day);
    let different = 0;
    for (const view of views()) {
      const points = asked.filter((each) => each.view === view);
      const fromRaw = await valuesFromRaw(platform.context, view, points);
      for (const point of points) {
        const values = [point.answered, fromRaw.get(`${point.airport} ${point.moment}`), naiveValues(known, point)].map((each) => JSON.stringify(Object.entries(each ?? {}).sort(([left], [right]) => (left < right ? -1 : 1))));
        if (values[0] !== values[1] || values[0] !== values[2]) {
          different += 1;
          if (different <= 3) process.stderr.write(`${point.airport} ${new Date(point.moment).toISOString()}\n  API   ${values[0]}\n  raw   ${values[1]}\n  naive ${values[2]}\n`);
        }
      }
    }
    expect(different).toBe(0);
  }, 10 * minutes);
});

describe('the curated table', () => {
  it('comes to hold each event of raw once, as its first copy has it: by DuckDB over raw, and by DuckDB over Iceberg', async () => {
    const [events] = await rowsOf(platform.context, 'SELECT count(DISTINCT (event.source, event.id)) AS count FROM raw_flight_landed_v1');
    const deadline = Date.now() + 4 * minutes;
    while ((await rowsOf(platform.context, 'SELECT count(*) AS count FROM flight_landed'))[0]?.['count'] !== events?.['count'] && Date.now() < deadline) await pause(2000);
    expect(Number(events?.['count'])).toBeGreaterThan(2_492_131 + 15_000);
    expect(await rowsOf(platform.context, `
      WITH expected AS (
        SELECT event.source, event.id, lineage.position AS place, CAST(event.data.delayMinutes AS DOUBLE) AS delay, event.data.origin AS origin, CAST(lineage.event_time AS TIMESTAMPTZ) AS time
        FROM raw_flight_landed_v1 QUALIFY row_number() OVER (PARTITION BY event.source, event.id ORDER BY lineage.known_at, lineage.arrival, lineage.position) = 1),
      there AS (SELECT _source, _id, _position, CAST(delayMinutes AS DOUBLE), origin, _time FROM flight_landed)
      SELECT (SELECT count(*) FROM there) AS there, (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM there)) AS missing, (SELECT count(*) FROM (FROM there EXCEPT ALL FROM expected)) AS surplus`))
      .toEqual([{ there: events?.['count'], missing: 0, surplus: 0 }]);
  }, 8 * minutes);

  it('leads from any row back to the bytes that arrived, and on to what is made of them', async () => {
    const sampled = await rowsOf(platform.context, 'SELECT _id, _position, origin, CAST(delayMinutes AS INTEGER) AS delay, _batch_id FROM flight_landed USING SAMPLE 20 ROWS');
    expect(sampled).toHaveLength(20);
    for (const row of sampled) {
      const [lineage] = await traceEvent(platform.context, row['_id'] as string);
      expect(lineage?.from.length).toBeGreaterThan(0);
      for (const { text } of lineage?.from ?? []) {
        expect(JSON.parse(text)).toMatchObject({ event: { id: row['_id'], data: { origin: row['origin'], delayMinutes: row['delay'] } }, lineage: { position: row['_position'], batch_id: row['_batch_id'] } });
      }
      expect(lineage?.into).toMatchObject({ table: 'flight_landed', views: ['airport_arrivals@v1', 'airport_departures@v1'], models: ['late_arrival@v1'] });
      expect(lineage?.into.runs.length).toBeGreaterThan(0);
    }
    const [batch] = await rowsOf(platform.context, 'SELECT DISTINCT _batch_id FROM airports');
    expect(await traceBatch(platform.context, batch?.['_batch_id'] as string)).toMatchObject({ record: { status: 'committed' }, runs: [{ eventType: 'COMPLETE', inputs: [{ name: expect.stringMatching(/^airports\//u) as string }], outputs: [{}, { name: expect.stringMatching(/\/airports$/u) as string }] }] });
  }, 4 * minutes);

  it('is kept in order, and stays as it is when all of raw is taken in once more', async () => {
    const { environment, names } = platform.context;
    const there = async () => (await rowsOf(platform.context, 'SELECT count(*) AS rows, CAST(sum(hash(_id, _position)) AS VARCHAR) AS content FROM flight_landed'))[0];
    const before = await there();
    const client = new LambdaClient({ region: environment.region });
    const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: names.function('lake-maintainer'), Payload: '{}' }));
    expect([FunctionError, JSON.parse(Buffer.from(Payload ?? []).toString('utf8'))]).toEqual([undefined, expect.objectContaining({ copies: 0, rows: expect.any(Number) })]);
    expect(await there()).toEqual(before);
    expect(spawnSync(process.execPath, ['--import', 'tsx', 'cli/headrace.ts', 'lake', 'compact', '--from', '2001-05-31'], { cwd: join(__dirname, '..', '..'), encoding: 'utf8', env: { ...process.env } })).toMatchObject({ status: 0, stderr: expect.stringMatching(/objects of raw are in their tables/u) });
    expect(await there()).toEqual(before);
  }, 4 * minutes);
});

describe('a model', () => {
  const [judged, day1] = [{ from: '2001-05-01T00:00:00.000Z', to: '2001-07-01T00:00:00.000Z' }, '2001-04-01T00:00:00.000Z'];

  it('is trained by the pipeline, and reaches what is right on May and June, and not what only a leak would give', async () => {
    const { context } = platform;
    await importHistory(context, prepared.playback, 'flight.landed');
    const steps: string[] = [];
    const { metadata, already, promoted } = await trainModel(context, 'late_arrival', { from: Date.UTC(2001, 0, 1), to: Date.UTC(2001, 4, 1), evaluateFrom: Date.UTC(2001, 4, 1), evaluateTo: Date.UTC(2001, 6, 1) }, (_share, step) => { if (steps.at(-1) !== step) steps.push(step); });
    process.stderr.write(`${JSON.stringify(metadata.metrics)}\n`);
    expect(metadata.metrics['auc']).toBeGreaterThanOrEqual(0.735);
    expect(metadata.metrics['auc']).toBeLessThan(0.76);
    expect(metadata.metrics['calibrationError']).toBeLessThan(0.05);
    expect({ already, promoted, trainedBy: metadata.trainedBy, champion: metadata.evaluation?.champion, passed: metadata.evaluation?.verdicts.every(({ passed }) => passed) })
      .toEqual({ already: false, promoted: 'by hand', trainedBy: expect.stringMatching(/:execution:headrace-local-train-model:late_arrival-v1-[0-9a-f]{12}\.1$/u) as string, champion: null, passed: true });
    expect(steps).toEqual(expect.arrayContaining([expect.stringMatching(/^training set: (?:reading|counting|finding|rows|comparing)/u), 'train', 'evaluate']));
    await promoteModel(context, 'late_arrival', metadata.modelVersion);
  }, 30 * minutes);

  it('is refused when it has learned of shuffled labels: its report is kept, and it cannot be registered', async () => {
    const { context } = platform;
    const [champion] = await modelVersions(context, 'late_arrival');
    const ask = await trainOfShuffled(context, 'late_arrival', champion as ModelMetadata, { from: day1, to: '2001-04-08T00:00:00.000Z' }, judged);
    expect(await ask('gate')).toEqual({ outcome: 'refused', says: expect.arrayContaining([expect.stringMatching(/^refused  auc: 0\.[45]\d+, at least 0\.7/u), expect.stringMatching(/^refused  slice auc of airport_size=2000 and over: /u)]) as string[] });
    expect(await refusedVersions(context, 'late_arrival', [champion as ModelMetadata])).toMatchObject([{ modelVersion: 'shuffled', passed: false, champion: champion?.modelVersion }]);
    expect(await ask('register')).toMatchObject({ errorMessage: expect.stringMatching(/^Version shuffled of late_arrival@v1 is not kept, .*do not say that the gate has let it pass/u) as string });
    expect(await modelVersions(context, 'late_arrival')).toEqual([champion]);
  }, 10 * minutes);

  it('is not trained when there is nothing to learn from, and the command says which step failed, why, and where its log is', async () => {
    const failure = await trainModel(platform.context, 'late_arrival', { from: Date.UTC(1999, 0, 1), to: Date.UTC(1999, 1, 1), evaluateFrom: Date.UTC(1999, 1, 1), evaluateTo: Date.UTC(1999, 2, 1) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringMatching(/late_arrival@v1 was not trained: the step 'training set' failed\.\nThe raw zone of local holds nothing of flight\.landed@v1 .*\nlog: \/aws\/lambda\/headrace-local-training-set-builder/su) as string, next: expect.stringMatching(/^aws logs tail \/aws\/lambda\/headrace-local-training-set-builder/u) as string, exitCode: 1 });
  }, 2 * minutes);
});

describe('clients', () => {
  const predictions = '/v1/models/late_arrival/predictions';
  const instance = () => predictionInstance(flights[0] as Flight);
  const post = async (path: string, body: unknown) => await signedFetch(platform.context, path, body) as { readonly status: number; readonly body: { readonly status?: number; readonly title?: string; readonly detail?: string } };

  const foreign = async (signed: boolean) => {
    const { environment, names } = platform.context;
    const { Parameter } = await new SSMClient({ region: environment.region }).send(new GetParameterCommand({ Name: parameterNames(names).apiUrl }));
    const event = { ...landedEvent(flights[0] as Flight), id: `boto-${String(signed)}` };
    const input = JSON.stringify([names.stream, event, `${Parameter?.Value?.replace(/\/$/u, '')}${predictions}`, { instances: [instance()] }, signed]);
    const { stdout, stderr, status } = spawnSync(join(__dirname, '..', '..', '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'support', 'client.py')], { input, encoding: 'utf8', env: { ...process.env, AWS_DEFAULT_REGION: environment.region } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as { readonly sequence: string; readonly status: number; readonly body: { readonly predictions?: readonly { readonly prediction: number }[] } };
  };

  it('put an event with boto3 and get a prediction with a SigV4 signature, with no code of ours', async () => {
    const { status, body, sequence } = await foreign(true);
    expect(status).toBe(200);
    expect(body.predictions?.[0]?.prediction).toBeGreaterThan(0);
    expect(body.predictions?.[0]?.prediction).toBeLessThan(1);
    await platform.cloud().drained({ endWindows: true });
    expect((await streamedLines(platform.context, 'raw')).find(({ event }) => event?.id === 'boto-true')?.lineage.sequence).toBe(sequence);
  }, 2 * minutes);

  it('are refused without a signature', async () => {
    expect((await foreign(false)).status).toBe(403);
  }, minutes);

  it('have their predictions kept as events in raw', async () => {
    expect((await streamedLines(platform.context, 'raw')).some(({ event }) => event?.type === 'prediction.late_arrival')).toBe(true);
  }, minutes);

  it.each([
    ['an unknown model', '/v1/models/early_arrival/predictions', () => ({ instances: [instance()] }), 404],
    ['a missing entity', predictions, () => ({ instances: [{ ...instance(), entities: { origin: 'ORD' } }] }), 422],
    ['a text for a number', predictions, () => ({ instances: [{ ...instance(), request: { distance: 'far', departureHour: 8, departureWeekday: 1 } }] }), 422],
    ['101 instances', predictions, () => ({ instances: Array.from({ length: 101 }, instance) }), 422],
    ['a body over 1 MB', predictions, () => ({ instances: [instance()], padding: 'x'.repeat(1_100_000) }), 413],
  ])('are told what to change: %s', async (_what, path, body, status) => {
    const answer = await post(path, body());
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  }, minutes);
});
