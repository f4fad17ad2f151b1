import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../../cli/context';
import { runDataset } from '../../cli/dataset/run-dataset';
import { fillFeatures } from '../../cli/features/fill';
import { promoteModel } from '../../cli/training/model-roles';
import { modelNamed } from '../../cli/training/training-set';
import { readFlights } from '../../examples/flights/flight';
import { platformOf } from '../../examples/flights/platform';
import type { PreparedFlights } from '../../examples/flights/prepare';
import { prepareFlights } from '../../examples/flights/prepare';
import { tinyModel } from '../fixtures/tiny-model';
import { keepFileAs } from './support/kept-version';
import { rowsOf, streamedLines } from './support/lake';
import type { PlatformPlace } from './support/platform';
import { startPlatform } from './support/platform';
import { servedOf } from './support/servings';

const minutes = 60_000;
const hour = 3_600_000;
const day = 24 * hour;
/** As often as this, what has landed is put, and the departures of the time are asked for. */
const step = 4 * hour;
const dayStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

/** Where a record stood and when it came: of a row, all that an event's way in may say. */
const ofTheWay = ['_position', '_arrival'];

/** What one way in has made of the day. */
interface Made {
  readonly landed: number;
  readonly sources: ReadonlySet<string>;
  readonly quarantined: number;
  /** Rows of curated by id: a checksum of all columns but those of the way. */
  readonly rows: ReadonlyMap<string, string>;
  /** Values by view, airport and moment. */
  readonly features: ReadonlyMap<string, string>;
  /** By flight, as asked at the end of its departure's step, when that step's landings were folded and no later ones. */
  readonly predictions: ReadonlyMap<string, number>;
}

/** A version that every input moves, without a training: what is compared are its inputs. */
const placeModel = async (context: Context): Promise<void> => {
  const model = modelNamed(context.manifest, 'late_arrival');
  await keepFileAs(context, model, 'a', Buffer.from(tinyModel(model.inputs.map((_, index) => (1 + index % 7) / 10_000), -1.4)));
  await promoteModel(context, 'late_arrival', 'a');
};

const curatedOf = async (context: Context, count: number): Promise<ReadonlyMap<string, string>> => {
  for (const end = Date.now() + 2 * minutes; Date.now() < end && Number((await rowsOf(context, 'SELECT count(*) AS count FROM flight_landed'))[0]?.['count']) < count; await delay(1000));
  const rows = await rowsOf(context, `SELECT event._id AS id, md5(CAST(to_json(event) AS VARCHAR)) AS content FROM (SELECT * EXCLUDE (${ofTheWay.join(', ')}) FROM flight_landed) AS event`);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  return new Map(rows.map(({ id, content }) => [JSON.stringify(id), JSON.stringify(content)]));
};

/** Takes a day of flights by one way, and asks for predictions step by step. */
const madeBy = async (place: PlatformPlace, { playback, airports }: PreparedFlights): Promise<Made> => {
  const flights = await readFlights(playback, dayStart, dayStart + day);
  const { context, cloud, stop } = await startPlatform(place);
  try {
    await fillFeatures(context);
    await runDataset(context, 'airports', { file: airports });
    await placeModel(context);
    const { put, predict } = platformOf(context);
    const predictions = new Map<string, number>();
    for (let from = dayStart; from < dayStart + day; from += step) {
      const within = (moment: number): boolean => moment >= from && moment < from + step;
      await put(flights.filter(({ landing }) => within(landing)));
      await cloud().drained({ endWindows: true, timeout: 2 * minutes });
      const asked = flights.filter(({ scheduledDeparture }) => within(scheduledDeparture));
      for (const [index, probability] of (await predict(from + step, asked)).entries()) predictions.set(asked[index]?.id ?? '', probability);
    }
    await cloud().drained({ endWindows: true, timeout: 2 * minutes });
    const landed = flights.filter(({ landing }) => landing >= dayStart && landing < dayStart + day);
    const lines = await streamedLines(context, 'raw');
    return {
      landed: landed.length,
      sources: new Set(lines.map(({ lineage }) => lineage.source)),
      quarantined: (await streamedLines(context, 'quarantine')).length,
      rows: await curatedOf(context, landed.length),
      features: new Map((await servedOf(context, landed)).map(({ view, airport, moment, values }) => [`${view} ${airport} ${moment}`, JSON.stringify(values)])),
      predictions,
    };
  } finally {
    await stop();
    rmSync(cloud().home, { recursive: true, force: true });
  }
};

/** What two sides do not have alike, as somebody looks for it. */
const differing = <Value>(left: ReadonlyMap<string, Value>, right: ReadonlyMap<string, Value>): readonly string[] =>
  [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => (left.get(key) === right.get(key) ? [] : [`${key}: ${String(left.get(key))} by Kinesis, ${String(right.get(key))} by Kafka`]));

describe('a day of flights that comes by a stream of Kinesis, and by a topic of Kafka', () => {
  let [kinesis, kafka]: Made[] = [];
  const both = (): readonly [Made, Made] => {
    if (!kinesis || !kafka) throw new Error('The day was not taken by both ways.');
    return [kinesis, kafka];
  };

  beforeAll(async () => {
    // Its calls are not recorded: what roles need for Kafka's own protocol is no call of AWS's that the local cloud sees.
    delete process.env['HEADRACE_LOCAL_CALLS'];
    const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
    kinesis = await madeBy({ directory: 'engine-by-kinesis', port: 4733 }, prepared);
    kafka = await madeBy({ directory: 'engine-by-kafka', port: 4734, kafkaPort: 4735 }, prepared);
    process.stderr.write(`${kinesis.landed} flights, ${kinesis.features.size} feature values, ${kinesis.predictions.size} predictions by each\n`);
  }, 40 * minutes);

  it('really came by the one and by the other, whole', () => {
    for (const { landed, sources, quarantined, rows } of both()) expect([sources.size, quarantined, rows.size]).toEqual([1, 0, landed]);
    expect([...both()[0].sources]).not.toEqual([...both()[1].sources]);
  });

  it('makes equal rows in curated, in all columns but where a record stood and when it came', () => {
    // Rows have an id among their columns: what is equal without being read would be one checksum.
    expect(new Set(both()[0].rows.values()).size).toBe(both()[0].landed);
    expect(differing(both()[0].rows, both()[1].rows).slice(0, 3)).toEqual([]);
  });

  it('makes equal features of every airport, to the last bit', () => {
    expect(both()[0].features.size).toBeGreaterThan(1000);
    expect(new Set(both()[0].features.values()).size).toBeGreaterThan(500);
    expect(differing(both()[0].features, both()[1].features).slice(0, 3)).toEqual([]);
  });

  it('makes equal predictions for every departure of the day', () => {
    const [byKinesis, byKafka] = both();
    expect(byKinesis.predictions.size).toBeGreaterThan(15_000);
    expect(new Set(byKinesis.predictions.values()).size).toBeGreaterThan(10_000);
    expect(differing(byKinesis.predictions, byKafka.predictions).slice(0, 3)).toEqual([]);
  });
});
