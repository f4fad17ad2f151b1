import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { deployEnvironment } from '../../cli/deploy';
import type { Context } from '../../cli/context';
import { fillFeatures } from '../../cli/features/fill';
import { publishGenerations } from '../../cli/features/publish';
import { plansNamed } from '../../cli/features/rebuild-place';
import { refuseLeftBehind } from '../../cli/ingestion/left-behind';
import type { Environment } from '../../core/environment';
import type { Flight } from '../../examples/flights/flight';
import { readFlights } from '../../examples/flights/flight';
import { setIngestion, setProcessing } from '../../examples/flights/ingestion';
import { prepareFlights } from '../../examples/flights/prepare';
import { platformOf } from '../../examples/flights/platform';
import { rowsOf, streamedLines } from './support/lake';
import type { Platform } from './support/platform';
import { startPlatform } from './support/platform';
import { differingFromNaive } from './support/servings';

const minutes = 60_000;
const day = 86_400_000;
const dayStart = Date.UTC(2001, 5, 1);
const root = join(__dirname, '..', '..');

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** A producer that goes on putting flights, in their order, wherever it is told to: quickly up to an allowance, and beyond it slowly, so that a deploy that takes long leaves some for what follows. */
const startProducing = (flights: readonly Flight[], first: Context) => {
  let [context, moved, at, allowed] = [first, false, 0, flights.length / 3];
  const stopped = new AbortController();
  const work = (async () => {
    for (let next = 0; next < flights.length; next = at) {
      const most = stopped.signal.aborted ? 1000 : next < allowed ? 20 : 1;
      await platformOf(context).put(flights.slice(next, next + most));
      at = Math.min(flights.length, next + most);
      if (!stopped.signal.aborted) await pause(200);
    }
  })();
  return {
    /** Whoever moves does not know whether what was put last had been taken, and puts it again. */
    moveTo: async (to: Context): Promise<void> => {
      context = to;
      await platformOf(to).put(flights.slice(Math.max(0, at - 20), at));
      [moved, allowed] = [true, (flights.length * 2) / 3];
    },
    put: () => at,
    hasMoved: () => moved,
    /** Puts what is left without pauses. */
    finish: async (): Promise<void> => {
      stopped.abort();
      await work;
    },
  };
};

let platform: Platform;
let flights: readonly Flight[];
const refusals: Record<string, string> = {};
const putBefore: number[] = [];

type Ways = Pick<Environment, 'ingestion' | 'ingestionBefore' | 'processing'>;

const withWays = (ways: Ways): Context => {
  const { ingestionBefore: _before, ...environment } = platform.context.environment;
  return { ...platform.context, environment: { ...environment, ...ways } };
};
const deployWith = async (ways: Ways): Promise<Context> => {
  setIngestion(ways);
  setProcessing(ways.processing);
  const context = withWays(ways);
  await deployEnvironment(context);
  return context;
};
const refusalOf = async (work: () => Promise<unknown>): Promise<string> => {
  try { await work(); } catch (error) { return error instanceof Error ? error.message : String(error); }
  return 'it was not refused';
};
const keptForGood = (context: Context): Context => ({ ...context, environment: { ...context.environment, ephemeral: false } });

beforeAll(async () => {
  delete process.env['HEADRACE_LOCAL_CALLS'];
  const prepared = await prepareFlights(join(root, '.headrace', 'cache', 'flights'));
  platform = await startPlatform({ directory: 'integration-moving', port: 4731, kafkaPort: 4732, ingestion: 'kinesis' });
  flights = (await readFlights(prepared.playback, dayStart, dayStart + day)).filter(({ landing }) => landing >= dayStart && landing < dayStart + day).slice(0, 12_000);
  const { context } = platform;
  await fillFeatures(context);
  // Two producers with airports of their own, that move one after the other and put all the while.
  const [early, late] = [(flight: Flight) => flight.origin < 'LAX', (flight: Flight) => flight.origin >= 'LAX'].map((own) => startProducing(flights.filter(own), context));
  if (!early || !late) throw new Error('two producers were started');

  refusals['at once'] = await refusalOf(() => refuseLeftBehind(keptForGood(withWays({ ingestion: 'msk', processing: 'spark' }))));
  const both = await deployWith({ ingestion: 'msk', ingestionBefore: 'kinesis', processing: 'spark' });
  await fillFeatures(both);
  putBefore.push(early.put(), late.put());
  await early.moveTo(both);
  await pause(3000);
  refusals['a new generation'] = await refusalOf(() => publishGenerations(both, plansNamed(both, []), () => undefined));
  refusals['too early'] = await refusalOf(() => refuseLeftBehind(keptForGood(withWays({ ingestion: 'msk', processing: 'spark' }))));
  await late.moveTo(both);
  await pause(1000);
  await platform.cloud().drained({ endWindows: true, timeout: 8 * minutes });
  const after = await deployWith({ ingestion: 'msk', processing: 'spark' });
  await Promise.all([early.finish(), late.finish()]);
  await fillFeatures(after);
  await platform.cloud().drained({ endWindows: true, timeout: 8 * minutes });
}, 30 * minutes);

afterAll(async () => {
  await platform?.stop();
  rmSync(platform.cloud().home, { recursive: true, force: true });
}, 2 * minutes);

describe('a live environment that moves from a stream of Kinesis to a topic of Kafka', () => {
  it('really was moved while events came in', async () => {
    expect(Math.min(...putBefore)).toBeGreaterThan(100);
    const sources = new Map<string, number>();
    for (const { lineage } of await streamedLines(platform.context, 'raw')) sources.set(lineage.source, (sources.get(lineage.source) ?? 0) + 1);
    process.stderr.write(`${flights.length} flights, ${putBefore.join(' and ')} of the two producers before they moved: ${JSON.stringify([...sources])}\n`);
    expect(sources.size).toBe(2);
    expect(Math.min(...sources.values())).toBeGreaterThan(500);
  });

  it('has every event in raw, a position never twice, and each once in its curated table', async () => {
    const lines = await streamedLines(platform.context, 'raw');
    expect(new Set(lines.flatMap(({ event }) => event?.id ?? []))).toEqual(new Set(flights.map(({ id }) => id)));
    expect(new Set(lines.map(({ lineage }) => lineage.position)).size).toBe(lines.length);
    // What both producers put twice, as they did not know.
    expect(lines.length).toBe(flights.length + 40);
    expect(await streamedLines(platform.context, 'quarantine')).toEqual([]);
    const rows = async () => Number((await rowsOf(platform.context, 'SELECT count(*) AS count FROM flight_landed'))[0]?.['count']);
    for (const end = Date.now() + 2 * minutes; await rows() !== flights.length && Date.now() < end;) await pause(1000);
    expect(await rows()).toBe(flights.length);
  }, 4 * minutes);

  it('gives every airport the features of a naive count, to the last bit', async () => {
    expect((await differingFromNaive(platform.context, flights)).slice(0, 3)).toEqual([]);
  }, 4 * minutes);

  it('refuses what would lose events at the seam', () => {
    expect(refusals['at once']).toMatch(/would be lost/u);
    expect(refusals['too early']).toMatch(/its stream took records within the last 15 minutes/u);
    expect(refusals['a new generation']).toMatch(/is moving from kinesis to msk/u);
  });
});
