import fc from 'fast-check';
import type { ReceivedRecord } from '../../../core/event/record';
import { rowOf } from '../../../core/expression/row';
import { stateViewText } from '../../../core/feature/entity-key';
import { decodeState, featuresAt } from '../../../core/window';
import { naiveFeatures } from '../../../core/window/oracle';
import { aggregate } from '../../../lambdas/feature-aggregator/aggregate';
import type { AggregateEffects } from '../../../lambdas/feature-aggregator/aggregate';
import { foldingOf } from '../../../lambdas/feature-aggregator/prepare';
import { contracts, departures as view, departuresPlan as plan, given, manifest } from '../../fixtures/flights';
import { landed, noon } from '../flights';
import type { StoreFaults } from '../simulated-store';
import { seeded, simulatedStore } from '../simulated-store';

const folding = foldingOf(manifest, contracts);
const airports = ['ORD', 'JFK', 'SFO'];

interface Schedule { readonly seed: number; readonly shards: readonly number[]; readonly mostInBatch: number }

/** Delivers a shard as a mapping does: batches in order, from the checkpoint that is reported, and sometimes twice at once. */
const deliver = async (records: readonly ReceivedRecord[], mostInBatch: number, random: () => number, run: (batch: readonly ReceivedRecord[]) => Promise<{ readonly failedFrom: string | undefined }>): Promise<void> => {
  const zombies: Promise<unknown>[] = [];
  for (let next = 0; next < records.length;) {
    const batch = records.slice(next, next + 1 + Math.floor(random() * mostInBatch));
    // An invocation that was given up may still be at work while its batch is delivered again.
    if (random() < 0.3) zombies.push(run(batch));
    const { failedFrom } = await run(batch);
    if (failedFrom === undefined) next += batch.length;
    else next += batch.findIndex(({ position }) => position.sequence === failedFrom);
  }
  await Promise.all(zombies);
};

const play = async ({ seed, shards, mostInBatch }: Schedule, faults: StoreFaults = {}) => {
  const random = seeded(seed);
  const { store, itemOf } = simulatedStore({ refuse: 0.1, loseAcknowledgement: 0.15, failRead: 0.05, delay: 12, random, ...faults });
  const effects: AggregateEffects = { store, setAside: async () => { throw new Error('nothing is to be set aside'); }, isUnmendable: () => false, waitAfterConflict: async () => true, complain: () => undefined };
  const events = shards.map((length, shard) => Array.from({ length }, (_, index) => ({ sequence: index + 1, shard: `shardId-${shard}`,
    origin: given(airports[Math.floor(random() * 3)]), delayMinutes: Math.floor(random() * 60), landedAt: Math.floor(random() * 600), arrivedAt: 601 })));
  await Promise.all(events.map((shard) => deliver(shard.map(landed), mostInBatch, random, (batch) =>
    aggregate(batch, { ...folding, generationsOf: () => [1] }, effects, { streamRetention: 86_400_000, deadline: Number.POSITIVE_INFINITY, concurrency: 2 }))));
  const t = noon + 602 * 60_000;
  const differences = airports.filter((airport) => {
    const item = itemOf({ entity: `airport|${airport}`, view: stateViewText(view, 1) });
    const state = item && decodeState(plan, item.state);
    const expected = naiveFeatures(view, events.flat().filter(({ origin }) => origin === airport).map((each) => {
      const { position, data } = landed(each);
      const event = JSON.parse(String(data)) as { readonly id: string; readonly source: string; readonly time: string; readonly data: Readonly<Record<string, unknown>> };
      return { source: event.source, id: `${position.shard}-${position.sequence}`, effectiveTime: Date.parse(event.time), knownAt: noon + 601 * 60_000, row: rowOf(given(manifest.events['flight.landed@v1']).fields, event.data) };
    }), t);
    return JSON.stringify(featuresAt(plan, state, t)) !== JSON.stringify(expected);
  });
  return differences;
};

const schedules = fc.record({ seed: fc.integer(), shards: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 }), mostInBatch: fc.integer({ min: 1, max: 6 }) });

describe('whatever fails, and however often batches are delivered', () => {
  it('each record counts exactly once: the state equals a naive count', async () => {
    await fc.assert(fc.asyncProperty(schedules, async (schedule) => { expect(await play(schedule)).toEqual([]); }), { numRuns: 150 });
  });

  it('a store that writes without its condition is found out', async () => {
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, seed) => play({ seed, shards: [12, 12], mostInBatch: 4 }, { withoutCondition: true })));
    expect(outcomes.filter((differences) => differences.length > 0).length).toBeGreaterThan(0);
  });
});
