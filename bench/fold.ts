import { receivedFromKinesis } from '../lib/runtime/kinesis-record';
import type { ReceivedRecord } from '../core/event/record';
import { landedEvent } from '../examples/flights/flight';
import { playbackStart } from '../examples/flights/prepare';
import { aggregate } from '../lambdas/feature-aggregator/aggregate';
import type { Folding } from '../lambdas/feature-aggregator/prepare';
import { foldItem } from '../lambdas/feature-aggregator/fold-item';
import { foldingOf, groupBatch } from '../lambdas/feature-aggregator/prepare';
import { judge } from '../core/contract/judge';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { flightsExample } from './flights';
import { memoryTable } from './memory-table';
import { kinesisRecord } from './validate';

const [events, batchSize, keys] = [50_000, 500, 100] as const;
const day = 86_400_000;
/** What a core should fold a second: decoded, judged, in batches of 500 on 100 keys. */
const wantedRate = 200_000;

interface World { readonly batches: readonly (readonly ReturnType<typeof kinesisRecord>[])[]; readonly folding: Folding }

const openWorld = async (): Promise<World> => {
  const { manifest, contracts, landings } = await flightsExample();
  const from = Date.parse(playbackStart);
  const flights = await landings(from, from + 6 * day);
  const counts = new Map<string, number>();
  for (const { origin } of flights) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const busiest = new Set([...counts].sort(([, left], [, right]) => right - left).slice(0, keys).map(([origin]) => origin));
  const records = flights.filter(({ origin }) => busiest.has(origin)).slice(0, events).map((flight, index) => kinesisRecord(Buffer.from(JSON.stringify(landedEvent(flight))).toString('base64'), flight.origin, index));
  if (records.length < events) throw new Error(`The case needs ${events} flights of ${keys} airports; there are ${records.length}.`);
  const folding = foldingOf(manifest, contracts);
  // One view, of the origin: as many keys as there are airports.
  const plans = new Map([...folding.plans].map(([name, each]) => [name, each.filter(({ view }) => view.name === 'airport_departures')]));
  return { folding: { ...folding, plans, generationsOf: () => [1] }, batches: Array.from({ length: events / batchSize }, (_each, index) => records.slice(index * batchSize, (index + 1) * batchSize)) };
};

/** Folds everything into an empty table, from the base64 that Lambda gives. */
const foldAll = async ({ batches, folding }: World, records: (batch: World['batches'][number]) => readonly (readonly ReceivedRecord[])[]): Promise<ReturnType<typeof memoryTable> & { readonly rate: number }> => {
  const table = memoryTable();
  const effects = { store: table.store, setAside: () => Promise.reject(new Error('Every flight can be folded.')), isUnmendable: () => false, waitAfterConflict: () => Promise.resolve(false), complain: (_message: string, error: unknown) => { throw error; } };
  const began = performance.now();
  let folded = 0;
  for (const batch of batches) for (const part of records(batch)) folded += (await aggregate(part, folding, effects, { streamRetention: day, deadline: Number.POSITIVE_INFINITY, concurrency: 32 })).folded;
  const rate = folded / (performance.now() - began) * 1000;
  if (folded !== events) throw new Error(`${folded} of ${events} events were folded.`);
  return { ...table, rate };
};

const settings = { streamRetention: day, deadline: Number.POSITIVE_INFINITY };

/** Folds what was decoded and judged before the clock started: the fold alone, from rows to packed items. */
const foldJudged = async ({ batches, folding }: World): Promise<number> => {
  const table = memoryTable();
  const judged = batches.map((batch) => batch.map(receivedFromKinesis).flatMap((record) => {
    const accepted = judge(record, folding.contracts);
    return accepted.accepted ? [{ record, accepted }] : [];
  }));
  const effects = { store: table.store, setAside: () => Promise.reject(new Error('Every flight can be folded.')), isUnmendable: () => false, waitAfterConflict: () => Promise.resolve(false) };
  const began = performance.now();
  let folded = 0;
  for (const batch of judged) {
    const { items } = groupBatch(batch, folding);
    const found = await table.store.read(items.map(({ key }) => key));
    for (const [index, item] of items.entries()) folded += (await foldItem(item, found[index], effects, settings)).counts.folded;
  }
  const rate = folded / (performance.now() - began) * 1000;
  if (folded !== events) throw new Error(`${folded} of ${events} events were folded.`);
  return rate;
};

const whole = (batch: World['batches'][number]) => [batch.map(receivedFromKinesis)];
const single = (batch: World['batches'][number]) => batch.map((record) => [receivedFromKinesis(record)]);
const input = `${events} real landings at the ${keys} busiest airports, one view of 14 features, in batches of ${batchSize}, into an empty table in memory.`;

export const foldCases: readonly BenchCase[] = [
  caseIn({
    id: 'fold.rate', what: 'decoded and validated events folded by one core, against what is wanted of it', unit: 'events/s', better: 'more', goal: 1,
    fair: `${input} Ours is the aggregator from judged rows to the packed item; the peer is no measurement but the rate that is wanted.`,
    open: async () => { const world = await openWorld(); await foldJudged(world); return world; },
    close: () => Promise.resolve(),
    ours: foldJudged,
    peer: () => Promise.resolve(wantedRate),
  }),
  caseIn({
    id: 'fold.whole-rate', what: 'events decoded, judged and folded by one core, against half of what is wanted of the fold alone', unit: 'events/s', better: 'more', goal: 1,
    fair: `${input} Ours is the aggregator from the base64 that Lambda gives to the packed item; the peer is no measurement but the rate that is wanted.`,
    open: async () => { const world = await openWorld(); await foldAll(world, whole); return world; },
    close: () => Promise.resolve(),
    ours: async (world) => (await foldAll(world, whole)).rate,
    peer: () => Promise.resolve(wantedRate / 2),
  }),
  caseIn({
    id: 'fold.write-units', what: 'write units of DynamoDB for a thousand events, against a write for each event', unit: 'write units', better: 'less', goal: 4,
    fair: `${input} Both sides write the same packed items, counted as DynamoDB counts them (a unit for each KB that was begun); the peer writes after each event.`,
    open: openWorld, close: () => Promise.resolve(),
    ours: async (world) => (await foldAll(world, whole)).writeUnits() / events * 1000,
    peer: async (world) => (await foldAll(world, single)).writeUnits() / events * 1000,
  }),
  caseIn({
    id: 'fold.item-bytes', what: 'bytes of the largest state item after six days, against the 2 KB that are wanted', unit: 'bytes', better: 'less', goal: 1,
    fair: `${input} The peer is no measurement but the size that is wanted.`,
    open: openWorld, close: () => Promise.resolve(),
    ours: async (world) => (await foldAll(world, whole)).sizes().reduce((most, each) => Math.max(most, each), 0),
    peer: () => Promise.resolve(2048),
  }),
];
