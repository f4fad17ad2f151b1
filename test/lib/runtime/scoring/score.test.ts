/** @jest-environment ./test/fixtures/onnx-environment.ts */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, entity, event, featureView, int, mean, model, over, string } from '../../../../core/definition';
import { isoText } from '../../../../core/event/time';
import type { ModelDefinition } from '../../../../core/manifest/manifest';
import { naiveFeatures } from '../../../../core/window/oracle';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import { beginScoring } from '../../../../lib/runtime/scoring/begin';
import { readScored, scoreRows } from '../../../../lib/runtime/scoring/score';
import { manifestOf } from '../../../core/training/support';
import { Killed, objectServer, rawLine, rawObject, testPlace, type TestPlace } from './support';

const landed = event('flight.landed', { version: 1, partitionBy: 'origin', fields: { origin: string(), delay: int() } });
const airport = entity('airport', { iata: string() });
const landings = featureView('landings', { version: 1, entity: airport, from: landed, by: (flight) => ({ iata: flight.origin }), features: (flight) => [over('24h', { flights: count(), delay: mean(flight.delay) })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { origin: airport }, request: { distance: int() },
  features: ({ origin }, request) => ({ origin: landings.of(origin), distance: request.distance }),
  examples: { from: landed, row: (flight) => ({ entities: { origin: { iata: flight.origin } }, request: { distance: flight.delay }, label: flight.delay }) } });
const careful = model('careful', { version: 1, predicts: 'probability', entities: { origin: airport }, request: { distance: int() }, features: ({ origin }, request) => ({ origin: landings.of(origin), distance: request.distance }), serving: { missing: 'fail' },
  examples: { from: landed, row: (flight) => ({ entities: { origin: { iata: flight.origin } }, request: { distance: flight.delay }, label: flight.delay }) } });
const free = model('free', { version: 1, predicts: 'probability', entities: { origin: airport }, request: {}, features: ({ origin }) => ({ origin: landings.of(origin) }),
  examples: { from: landed, row: (flight) => ({ entities: { origin: { iata: flight.origin } }, request: {}, label: flight.delay }) } });
const manifest = manifestOf({ landed, airport, landings, late, careful, free });
const [definition, carefulDefinition, freeDefinition] = ['late@v1', 'careful@v1', 'free@v1'].map((name) => manifest.models[name]) as [ModelDefinition, ModelDefinition, ModelDefinition];
const hour = 3_600_000;
const begin = Date.UTC(2001, 0, 10);
const now = begin + 24 * hour;
const weights = [0.05, 0.03, 0.0005];

const events = Array.from({ length: 60 }, (_, index) => ({ id: String(index), moment: begin + (index * hour) / 4, data: { origin: `A${index % 5}`, delay: (index * 13) % 60 } }));
/** Ten airports, of which five are known; one row has none. */
const asked = Array.from({ length: 20 }, (_, index) => ({ id: `r${index}`, 'origin.iata': index === 7 ? null : `A${index % 10}`, distance: 10 * index, moment: begin + (index % 4) * 6 * hour }));

describe('rows that are scored', () => {
  let server: Server;
  let directory: string;
  const raw = new Map([rawObject('flight.landed', begin, events.map(({ id, moment, data }) => rawLine(id, moment, data)))]);
  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' });
    server = await objectServer(raw);
    directory = mkdtempSync(join(tmpdir(), 'scoring-'));
    writeFileSync(join(directory, 'rows.ndjson'), asked.map(({ moment, ...row }) => `${JSON.stringify({ ...row, moment: isoText(moment) })}\n`).join(''));
  });
  afterAll(() => {
    server.close();
    delete process.env['AWS_ENDPOINT_URL'];
    rmSync(directory, { recursive: true, force: true });
  });

  const placeOf = (of: ModelDefinition = definition): TestPlace => testPlace(manifest, of, directory, join(directory, 'rows.ndjson'), weights.slice(0, of.inputs.length));
  const request = (name = 'late') => ({ batch: 'b', model: name, rows: 'scoring-rows/b.ndjson', attempt: 1 });
  const limits = { deadline: Number.POSITIVE_INFINITY, now: () => 0, rowsOfPart: 10 };
  /** What an execution does, with the same request however often. */
  const execute = async (place: TestPlace, name = 'late'): Promise<void> => {
    const begun = await beginScoring(place, request(name), now);
    while (await scoreRows(place, begun, limits) === 'more');
  };
  const predictions = async ({ kept }: TestPlace): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const files = [...kept.keys()].filter((key) => /part-\d+\.parquet$/u.test(key)).sort().map((key, index) => {
      const file = join(directory, `${index}.parquet`);
      writeFileSync(file, kept.get(key) ?? '');
      return file;
    });
    return await withDatabase(directory, async (database) => await database.rows(`SELECT _row AS row, prediction, missing, origin__iata AS airport, _model_version AS version, epoch_ms(_moment) AS moment FROM read_parquet([${files.map((file) => `'${file}'`).join(', ')}]) ORDER BY CAST(_row[2:] AS INTEGER)`));
  };

  it('have the prediction of the features as they were known before their moments', async () => {
    const place = placeOf();
    await execute(place);
    const view = manifest.views['landings@v1'];
    if (!view) throw new Error('no view');
    const wanted = asked.filter((row) => row['origin.iata'] !== null).map((row) => {
      const known = events.filter(({ data }) => data.origin === row['origin.iata']).map(({ id, moment, data }) => ({ source: 's', id, effectiveTime: moment, knownAt: moment, row: data }));
      const { flights_24h: flights, delay_24h: delay } = naiveFeatures(view, known, row.moment);
      const score = [flights, delay, row.distance].reduce<number>((sum, value, index) => sum + Number(value ?? 0) * (weights[index] ?? 0), 0.5);
      return { row: row.id, airport: row['origin.iata'], version: 'w', moment: row.moment, missing: delay === null ? 'origin__delay_24h' : null, prediction: 1 / (1 + Math.exp(-score)) };
    });
    const found = await predictions(place);
    expect(found.map(({ prediction: _prediction, ...row }) => row)).toEqual(wanted.map(({ prediction: _prediction, ...row }) => row));
    for (const [index, { prediction }] of wanted.entries()) expect(Math.abs(Number(found[index]?.['prediction']) - prediction)).toBeLessThan(1e-6);
    expect(await readScored(place, 'scoring/late/v1/b/')).toMatchObject({ rows: 20, scored: 19, refused: { entityMissing: 1 }, refusedKey: 'scoring/late/v1/b/refused.ndjson', parts: { length: 2 } });
    expect(place.kept.get('scoring/late/v1/b/refused.ndjson')?.toString('utf8')).toContain('"row":8,"reason":"entityMissing","column":"origin.iata"');
  });

  it('are the same to the byte wherever it was killed, and scored once', async () => {
    const whole = placeOf();
    await execute(whole);
    for (let crash = 1; ; crash += 1) {
      const place = placeOf();
      place.crashIn = crash;
      try { await execute(place); } catch (error) { if (!(error instanceof Killed)) throw error; }
      const wasKilled = place.crashIn <= 0;
      place.crashIn = Number.POSITIVE_INFINITY;
      await execute(place);
      expect(place.kept).toEqual(whole.kept);
      if (!wasKilled) break;
    }
  }, 120_000);

  it('are gone on with by the next call when the time was up, which makes some headway even where taking them has used it up', async () => {
    const place = placeOf();
    const begun = await beginScoring(place, request(), now);
    let calls = 0;
    let outcome: string;
    do {
      outcome = await scoreRows(place, begun, { deadline: 0, now: () => 1, rowsOfPart: 10 });
      calls += 1;
    } while (outcome === 'more' && calls < 10);
    expect(calls).toBe(2);
    const whole = placeOf();
    await execute(whole);
    expect(place.kept).toEqual(whole.kept);
  });

  it('are of one set of definitions: a request that a deploy came into is refused', async () => {
    const place = placeOf();
    const begun = await beginScoring(place, request(), now);
    expect(await scoreRows(place, begun, { deadline: 0, now: () => 1, rowsOfPart: 10 })).toBe('more');
    await expect(scoreRows({ ...place, manifest: { ...manifest, hash: 'f'.repeat(64) } }, begun, limits)).rejects.toThrow(/was taken in under the definitions [0-9a-f]+, and those that are deployed now are f{64}; make another request/u);
  });

  it('have no prediction where the model predicts nothing without its inputs', async () => {
    const place = placeOf(carefulDefinition);
    await execute(place, 'careful');
    for (const { prediction, missing } of await predictions(place)) expect(prediction === null).toBe(missing !== null);
  });

  it('are every entity that the views know, where no rows are given', async () => {
    const place = placeOf(freeDefinition);
    await expect(beginScoring(placeOf(), { ...request(), rows: undefined, entities: 'known' }, now)).rejects.toThrow(/late@v1 needs the request fields distance, which entities do not have/u);
    const begun = await beginScoring(place, { batch: 'b', model: 'free', entities: 'known', moment: isoText(begin + hour), attempt: 1 }, now);
    expect(await scoreRows(place, begun, limits)).toBe('done');
    // An event each quarter of an hour: before the hour was over, the fifth airport had none.
    expect((await predictions(place)).map(({ row, airport, moment, missing }) => [row, airport, moment, missing])).toEqual([0, 1, 2, 3].map((number) => [`A${number}`, `A${number}`, begin + hour, null]));
    expect(await readScored(place, begun.folder)).toMatchObject({ rows: 4, scored: 4, refused: {}, refusedKey: null });
  });

  it('are the entities that were known at first, however many parts they make and whatever raw gets until the next call', async () => {
    const place = placeOf(freeDefinition);
    // As many as a part has, 250,000 where it is no test, and six more: the five airports have two events each by then.
    const [many, moment] = [1000, begin + 2 * hour];
    const [key, content] = rawObject('flight.landed', begin, Array.from({ length: many + 1 }, (_, index) => rawLine(String(1000 + index), begin + hour, { origin: `B${index}`, delay: 3 })));
    raw.set(key, content);
    const begun = await beginScoring(place, { batch: 'b', model: 'free', entities: 'known', moment: isoText(moment), attempt: 1 }, now);
    const once = { deadline: 0, now: () => 1, rowsOfPart: many };
    try {
      expect(await scoreRows(place, begun, once)).toBe('more');
      // It was on its way when the first call worked; by its name it stands before all others.
      const [lateKey, lateContent] = rawObject('flight.landed', begin, [rawLine('999', begin + hour, { origin: 'A', delay: 3 })]);
      raw.set(lateKey, lateContent);
      expect(await scoreRows(place, begun, once)).toBe('done');
      raw.delete(lateKey);
    } finally { raw.delete(key); }
    const scored = await readScored(place, begun.folder);
    const files = (scored?.parts ?? []).map((each, index) => {
      const file = join(directory, `many-${index}.parquet`);
      writeFileSync(file, place.kept.get(each) ?? '');
      return `'${file}'`;
    });
    const [counts] = await withDatabase(directory, async (database) => await database.rows(`SELECT count(*)::INTEGER AS rows, count(DISTINCT _row)::INTEGER AS entities, count(prediction)::INTEGER AS predicted FROM read_parquet([${files.join(', ')}])`));
    expect(counts).toEqual({ rows: many + 6, entities: many + 6, predicted: many + 6 });
  });

  it('are refused where the request is none, or another has its name', async () => {
    const place = placeOf();
    await beginScoring(place, request(), now);
    await expect(beginScoring(place, { ...request(), moment: '2001-01-10T00:00:00Z' }, now)).rejects.toThrow(/made before with the name b: it names no moment/u);
    await expect(beginScoring({ ...place, landing: { ...place.landing, tag: () => Promise.resolve('other') } }, request(), now)).rejects.toThrow(/made before with the name b: it has other rows/u);
    expect(await beginScoring({ ...place, landing: { ...place.landing, tag: () => Promise.resolve(undefined) } }, request(), now)).toMatchObject({ batch: 'b' });
    await expect(beginScoring(place, { ...request(), moment: '2002-01-10T00:00:00Z', batch: 'c' }, now)).rejects.toThrow(/later than now/u);
    for (const wrong of [null, {}, { ...request(), batch: '../x' }, { ...request(), rows: 'airports/x.csv' }, { ...request(), rows: undefined }, { ...request(), entities: 'known' }, { ...request(), modelVersion: '../w' }, { ...request(), moment: 'soon' }])
      await expect(beginScoring(place, wrong, now)).rejects.toThrow(/The request cannot be taken in/u);
    await expect(beginScoring(place, { ...request(), model: 'early' }, now)).rejects.toThrow(/There is no model "early"/u);
    const begun = await beginScoring(place, { ...request(), batch: 'd' }, now);
    await expect(scoreRows({ ...place, landing: { ...place.landing, bring: () => Promise.resolve(false) } }, begun, limits)).rejects.toThrow(/not there any more, or are others/u);
  });
});
