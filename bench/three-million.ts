import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { judge } from '../core/contract/judge';
import type { ReceivedRecord } from '../core/event/record';
import { stateViewText } from '../core/feature/entity-key';
import type { ViewPlan } from '../core/window';
import { decodeState, featuresAt } from '../core/window';
import { floorHop, windowOf } from '../core/window/hop';
import { naiveFeatures } from '../core/window/oracle';
import type { Flight } from '../examples/flights/flight';
import { landedEvent } from '../examples/flights/flight';
import { aggregate } from '../lambdas/feature-aggregator/aggregate';
import type { Folding } from '../lambdas/feature-aggregator/prepare';
import { foldingOf } from '../lambdas/feature-aggregator/prepare';
import { flightsExample } from './flights';
import { memoryTable } from './memory-table';

/*
 * All flights of half a year through the aggregator's own code: four simulated shards, batches of 500, and the in-process
 * twin of the table (a map with the same conditional write). At random moments the features of every airport are compared
 * with what the flights themselves give.
 */

/** What a run came to. */
export interface HistoryRun {
  readonly events: number;
  /** By their contract. */
  readonly rejected: number;
  readonly moments: number;
  /** Values compared, and those that differ; the first of them as text. */
  readonly compared: number;
  readonly differences: readonly string[];
  /** Of the aggregator alone: reads and comparisons are not counted. */
  readonly eventsPerSecond: number;
  readonly writesPerSecond: number;
  readonly writesPerThousandEvents: number;
  readonly writeUnitsPerThousandEvents: number;
  /** Median and largest size of the packed items, by month. */
  readonly itemBytes: readonly { readonly month: string; readonly median: number; readonly largest: number }[];
}

const [shards, batchSize, day] = [4, 500, 86_400_000] as const;
const [start, end] = [Date.UTC(2001, 0, 1), Date.UTC(2001, 6, 1)];

/** A small linear congruential generator: the same moments in each run. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0;
  return (): number => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
};

/** The flights of one airport in order of landing, with running totals: what a window comes to is a difference. */
interface Landed { readonly landing: number[]; readonly id: string[]; readonly delay: number[]; readonly delays: number[]; readonly late: number[] }

const firstFrom = (times: readonly number[], instant: number): number => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < instant) low = middle + 1; else high = middle;
  }
  return low;
};

/** The features of an airport, by running totals over its flights; apart from the platform's code but for the ends of hops. */
const truthAt = ({ landing, id, delay, delays, late }: Landed, moment: number): Readonly<Record<string, number | null>> => {
  const all = landing.length;
  const from = (width: '1h' | '3h' | '24h' | '7d'): number => firstFrom(landing, floorHop(moment - windowOf(width).width, windowOf(width).hop));
  const values: Record<string, number | null> = {};
  for (const width of ['1h', '3h', '24h', '7d'] as const) {
    const begins = from(width);
    const flights = all - begins;
    values[`flights_${width}`] = flights;
    values[`mean_delay_${width}`] = flights === 0 ? null : ((delays[all] ?? 0) - (delays[begins] ?? 0)) / flights;
    values[`late_share_${width}`] = flights === 0 ? null : ((late[all] ?? 0) - (late[begins] ?? 0)) / flights;
  }
  const daily = delay.slice(from('24h'));
  values['max_delay_24h'] = daily.length === 0 ? null : daily.reduce((most, each) => Math.max(most, each));
  let newest = all - 1;
  for (let index = all - 2; index >= 0 && landing[index] === landing[newest]; index -= 1) if (Buffer.compare(Buffer.from(id[index] ?? ''), Buffer.from(id[newest] ?? '')) > 0) newest = index;
  values['last_delay_7d'] = all > from('7d') ? delay[newest] ?? null : null;
  return values;
};

const recordOf = (flight: Flight, shard: number, sequence: number): ReceivedRecord => ({
  position: { source: 'flights', shard: `shardId-00000000000${shard}`, sequence: `4966${String(sequence).padStart(52, '0')}`, subSequence: 0 },
  partitionKey: flight.origin, arrival: flight.landing, batchId: null, data: JSON.stringify(landedEvent(flight)),
});

const shardOf = (origin: string): number => [...Buffer.from(origin)].reduce((sum, byte) => (sum * 31 + byte) % shards, 0);

/**
 * Runs the flights.
 *
 * @param moments how many
 * @param until epoch milliseconds at which it ends; all of them unless given
 */
export const runHistory = async (moments: number, until = end): Promise<HistoryRun> => {
  const { manifest, contracts, landings } = await flightsExample();
  const folding: Folding = { ...foldingOf(manifest, contracts), generationsOf: () => [1] };
  const plans = [...new Map([...folding.plans.values()].flat().map((plan) => [plan.name, plan])).values()];
  const table = memoryTable();
  const effects = { store: table.store, setAside: () => Promise.reject(new Error('Every flight can be folded.')), isUnmendable: () => false, waitAfterConflict: () => Promise.resolve(false), complain: (_message: string, error: unknown) => { throw error; } };
  const random = randomFrom(7);
  const asked = Array.from({ length: moments }, () => Math.floor(start + random() * (until - start))).sort((left, right) => left - right);
  const waiting: ReceivedRecord[][] = Array.from({ length: shards }, () => []);
  const truth = new Map<string, Map<string, Landed>>(plans.map(({ name }) => [name, new Map()]));
  const differences: string[] = [];
  const itemBytes: { month: string; median: number; largest: number }[] = [];
  let [events, rejected, compared, milliseconds, next] = [0, 0, 0, 0, 0];

  const flush = async (shard: number): Promise<void> => {
    const batch = waiting[shard] ?? [];
    waiting[shard] = [];
    if (batch.length === 0) return;
    const began = performance.now();
    const outcome = await aggregate(batch, folding, effects, { streamRetention: day, deadline: Number.POSITIVE_INFINITY, concurrency: 32 });
    milliseconds += performance.now() - began;
    if (outcome.failedFrom !== undefined) throw new Error('A batch was not folded.');
  };
  const sideOf = ({ view }: ViewPlan): 'origin' | 'destination' => (view.name === 'airport_departures' ? 'origin' : 'destination');
  const compareAt = async (moment: number): Promise<void> => {
    for (let shard = 0; shard < shards; shard += 1) await flush(shard);
    for (const plan of plans) for (const [airport, landed] of truth.get(plan.name) ?? []) {
      const [item] = await table.store.read([{ entity: `airport|${airport}`, view: stateViewText(plan.view, 1) }]);
      const state = item && item.expiresAt * 1000 >= moment ? decodeState(plan, item.state) : undefined;
      const [own, expected] = [featuresAt(plan, state, moment), truthAt(landed, moment)];
      for (const { name } of plan.features) {
        compared += 1;
        if (own[name] !== expected[name]) differences.push(`${plan.name} ${airport} ${new Date(moment).toISOString()} ${name}: ${String(own[name])} instead of ${String(expected[name])}`);
      }
    }
  };
  const know = (flight: Flight): void => {
    for (const plan of plans) {
      const airports = truth.get(plan.name);
      const airport = flight[sideOf(plan)];
      const landed = airports?.get(airport) ?? { landing: [], id: [], delay: [], delays: [0], late: [0] };
      airports?.set(airport, landed);
      landed.landing.push(flight.landing);
      landed.id.push(flight.id);
      landed.delay.push(flight.delayMinutes);
      landed.delays.push((landed.delays.at(-1) ?? 0) + flight.delayMinutes);
      landed.late.push((landed.late.at(-1) ?? 0) + (flight.delayMinutes > 15 ? 1 : 0));
    }
  };

  for (let from = start; from < until; from += 5 * day) {
    for (const flight of await landings(from, Math.min(until, from + 5 * day))) {
      for (; (asked[next] ?? Number.POSITIVE_INFINITY) <= flight.landing; next += 1) await compareAt(asked[next] ?? 0);
      events += 1;
      const shard = shardOf(flight.origin);
      const record = recordOf(flight, shard, events);
      waiting[shard]?.push(record);
      // Eleven break their contract: they are in quarantine, and count nowhere.
      if (judge(record, contracts).accepted) know(flight);
      else rejected += 1;
      if ((waiting[shard]?.length ?? 0) >= batchSize) await flush(shard);
    }
    const sizes = table.sizes().sort((left, right) => left - right);
    const month = new Date(from).toISOString().slice(0, 7);
    if (new Date(from + 5 * day).toISOString().slice(0, 7) !== month) itemBytes.push({ month, median: sizes[sizes.length >> 1] ?? 0, largest: sizes.at(-1) ?? 0 });
  }
  for (; next < asked.length; next += 1) await compareAt(asked[next] ?? 0);
  const seconds = milliseconds / 1000;
  return {
    events, rejected, moments, compared, differences, itemBytes, eventsPerSecond: Math.round(events / seconds), writesPerSecond: Math.round(table.writes() / seconds),
    writesPerThousandEvents: Number((table.writes() / events * 1000).toFixed(1)), writeUnitsPerThousandEvents: Number((table.writeUnits() / events * 1000).toFixed(1)),
  };
};

/** That the fast truth above is the naive count: for every airport, at a moment a day in. */
export const truthIsNaive = async (until: number): Promise<readonly string[]> => {
  const { manifest, landings } = await flightsExample();
  const flights = await landings(start, until);
  const view = manifest.views['airport_departures@v1'];
  if (!view) throw new Error('The example has no departures.');
  const byAirport = Map.groupBy(flights, ({ origin }) => origin);
  return [...byAirport].flatMap(([airport, own]) => {
    const landed: Landed = { landing: own.map(({ landing }) => landing), id: own.map(({ id }) => id), delay: own.map(({ delayMinutes }) => delayMinutes), delays: [0], late: [0] };
    for (const { delayMinutes } of own) { landed.delays.push((landed.delays.at(-1) ?? 0) + delayMinutes); landed.late.push((landed.late.at(-1) ?? 0) + (delayMinutes > 15 ? 1 : 0)); }
    const naive = naiveFeatures(view, own.map(({ id, landing, delayMinutes }) => ({ source: '/flights/us/2001', id, effectiveTime: landing, knownAt: landing, row: { delayMinutes } })), until);
    const fast = truthAt(landed, until);
    return Object.keys(naive).filter((name) => naive[name] !== fast[name]).map((name) => `${airport} ${name}: ${String(fast[name])} instead of ${String(naive[name])}`);
  });
};

const main = async (): Promise<void> => {
  const run = await runHistory(1000);
  const result = { ...run, differences: run.differences.length, table: 'in-process twin of the DynamoDB table', machine: cpus()[0]?.model.trim() ?? 'unknown', node: process.versions.node, date: new Date().toISOString().slice(0, 10) };
  writeFileSync(join(__dirname, 'three-million.json'), `${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const difference of run.differences.slice(0, 5)) process.stderr.write(`${difference}\n`);
  if (run.differences.length > 0) process.exitCode = 1;
};

if (require.main === module) void main().catch((error: unknown) => { process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`); process.exitCode = 1; });
