import { stateViewText } from '../../../core/feature/entity-key';
import { decodeState, featuresAt } from '../../../core/window';
import { aggregate } from '../../../lambdas/feature-aggregator/aggregate';
import type { AggregateEffects } from '../../../lambdas/feature-aggregator/aggregate';
import type { Unfoldable } from '../../../lambdas/feature-aggregator/prepare';
import { foldingOf } from '../../../lambdas/feature-aggregator/prepare';
import type { ReceivedRecord } from '../../../core/event/record';
import { contracts, departuresPlan as departures, manifest } from '../../fixtures/flights';
import { landed, noon } from '../flights';
import { simulatedStore } from '../simulated-store';

const folding = foldingOf(manifest, contracts);
const settings = { streamRetention: 86_400_000, deadline: Number.POSITIVE_INFINITY, concurrency: 4 };

describe('the aggregator', () => {
  const setUp = (effects: Partial<AggregateEffects> = {}, faults: Parameters<typeof simulatedStore>[0] = {}) => {
    const simulated = simulatedStore(faults);
    const aside: Unfoldable[] = [];
    const complaints: string[] = [];
    const all: AggregateEffects = {
      store: simulated.store, setAside: async (records) => { aside.push(...records); }, isUnmendable: () => false, waitAfterConflict: async () => true,
      complain: (message) => { complaints.push(message); }, ...effects,
    };
    const run = (records: readonly ReceivedRecord[]) => aggregate(records, { ...folding, generationsOf: () => [1] }, all, settings);
    const flightsOf = (airport: string) => {
      const item = simulated.itemOf({ entity: `airport|${airport}`, view: stateViewText(departures.view, 1) });
      return item && featuresAt(departures, decodeState(departures, item.state), noon + 3_600_000);
    };
    return { ...simulated, aside, complaints, run, flightsOf };
  };

  it('folds a batch with one read, and one write for each item that it touches', async () => {
    const { run, calls, flightsOf } = setUp();
    const outcome = await run([landed({ sequence: 1 }), landed({ sequence: 2, delayMinutes: 25 }), landed({ sequence: 3, origin: 'SFO' })]);
    expect(outcome).toMatchObject({ folded: 6, conflicts: 0, failedFrom: undefined, newestArrival: noon });
    expect(calls.map(({ kind }) => kind)).toEqual(['read', 'write', 'write', 'write']);
    expect(flightsOf('ORD')).toMatchObject({ flights_1h: 2, mean_delay_1h: 15, late_share_1h: 0.5 });
  });

  it('passes over what the validator rejects, and event types that have no view', async () => {
    const { run, calls } = setUp();
    const outcome = await run([landed({ sequence: 1, delayMinutes: 'late' }), landed({ sequence: 2, type: 'prediction.late_arrival' }), landed({ sequence: 3, type: 'nobody.knows' })]);
    expect(outcome).toMatchObject({ folded: 0, failedFrom: undefined });
    expect(calls).toEqual([]);
  });

  it('counts a record once when it is delivered again', async () => {
    const { run, flightsOf } = setUp();
    await run([landed({ sequence: 1 }), landed({ sequence: 2 })]);
    expect(await run([landed({ sequence: 1 }), landed({ sequence: 2 }), landed({ sequence: 3 })])).toMatchObject({ folded: 2, alreadyFolded: 4 });
    expect(flightsOf('ORD')).toMatchObject({ flights_1h: 3 });
  });

  it('does not write when all was folded before', async () => {
    const { run, calls } = setUp();
    await run([landed({ sequence: 1 })]);
    calls.length = 0;
    await run([landed({ sequence: 1 })]);
    expect(calls.map(({ kind }) => kind)).toEqual(['read']);
  });

  it('folds into what another shard wrote in between', async () => {
    const { run, flightsOf } = setUp();
    // Both have read before either writes.
    const outcomes = await Promise.all([run([landed({ sequence: 7, shard: 'shardId-0' })]), run([landed({ sequence: 5, shard: 'shardId-1' })])]);
    expect(outcomes.reduce((sum, { conflicts }) => sum + conflicts, 0)).toBe(2);
    expect(flightsOf('ORD')).toMatchObject({ flights_1h: 2 });
  });

  it('counts a record once when the acknowledgement of its write was lost', async () => {
    const { run, store, flightsOf } = setUp();
    const { write } = store;
    Object.assign(store, { write: async (...call: Parameters<typeof write>) => { await write(...call); throw new Error('the acknowledgement was lost'); } });
    expect(await run([landed({ sequence: 1 })])).toMatchObject({ failedFrom: '1' });
    Object.assign(store, { write });
    expect(await run([landed({ sequence: 1 })])).toMatchObject({ failedFrom: undefined, alreadyFolded: 2 });
    expect(flightsOf('ORD')).toMatchObject({ flights_1h: 1 });
  });

  it('reports the first record of an item that could not be written, though the others are', async () => {
    const { run, store, flightsOf, complaints } = setUp();
    const { write } = store;
    let broken = true;
    const flaky: typeof store.write = async (key, ...rest) => {
      if (broken && key.entity === 'airport|SFO') throw new Error('throttled');
      return await write(key, ...rest);
    };
    Object.assign(store, { write: flaky });
    const batch = [landed({ sequence: 98 }), landed({ sequence: 99, origin: 'SFO' }), landed({ sequence: 100 }), landed({ sequence: 101, origin: 'SFO' })];
    expect(await run(batch)).toMatchObject({ failedFrom: '99' });
    expect(complaints).toEqual(['an item of airport_departures@v1 could not be written']);
    broken = false;
    expect(await run(batch.slice(1))).toMatchObject({ failedFrom: undefined });
    expect([flightsOf('ORD'), flightsOf('SFO')]).toMatchObject([{ flights_1h: 2 }, { flights_1h: 2 }]);
  });

  it('compares sequences as numbers of any length, not as text', async () => {
    const { run } = setUp({}, { refuse: 1, random: () => 0 });
    expect(await run([landed({ sequence: 9 }), landed({ sequence: 10 })])).toMatchObject({ failedFrom: '9' });
  });

  it('asks for the whole batch again when the items cannot be read', async () => {
    const { run } = setUp({}, { failRead: 1, random: () => 0 });
    expect(await run([landed({ sequence: 3, delayMinutes: 'none' }), landed({ sequence: 4 }), landed({ sequence: 5 })])).toMatchObject({ failedFrom: '4' });
  });

  describe('with a record that cannot be folded', () => {
    const impossible = landed({ sequence: 2, landedAt: -60 * 24 * 365 * 40 });

    it('sets it aside once a view, and folds the others', async () => {
      const { run, aside, flightsOf } = setUp();
      expect(await run([landed({ sequence: 1 }), impossible, landed({ sequence: 3 })])).toMatchObject({ failedFrom: undefined, unfoldable: 2 });
      expect(aside.map(({ record, view }) => [record.position.sequence, view])).toEqual([['2', 'airport_arrivals@v1'], ['2', 'airport_departures@v1']]);
      expect(flightsOf('ORD')).toMatchObject({ flights_1h: 2 });
    });

    it('asks for it again when it could not be set aside', async () => {
      const { run } = setUp({ setAside: async () => { throw new Error('no bucket'); } });
      expect(await run([landed({ sequence: 1 }), impossible])).toMatchObject({ failedFrom: '2' });
    });

    it('sets a batch of an item aside when the table will never take it', async () => {
      const refused = new Error('Item size has exceeded the maximum allowed size');
      const { run, aside, store } = setUp({ isUnmendable: (error) => error === refused });
      Object.assign(store, { write: async () => { throw refused; } });
      expect(await run([landed({ sequence: 1 })])).toMatchObject({ failedFrom: undefined, folded: 0, unfoldable: 2 });
      expect(aside.map(({ error }) => error)).toEqual([refused, refused]);
    });
  });

  it('gives up on an item that others change all the time, and asks for it again', async () => {
    let waits = 0;
    const { run, store } = setUp({ waitAfterConflict: async () => ++waits < 4 });
    const { write } = store;
    const raced: typeof store.write = async (key, content, expected) => {
      await write(key, content, expected);
      return { kind: 'conflict', current: undefined };
    };
    Object.assign(store, { write: raced });
    expect(await run([landed({ sequence: 6 })])).toMatchObject({ failedFrom: '6' });
    expect(waits).toBeGreaterThanOrEqual(4);
  });

  it('counts a late event, and a producer\'s duplicate, without folding them', async () => {
    const { run, flightsOf } = setUp();
    await run([landed({ sequence: 1, id: 'a', arrivedAt: 5 })]);
    const weeks = -60 * 24 * 15;
    expect(await run([landed({ sequence: 2, id: 'a', arrivedAt: 5 }), landed({ sequence: 3, landedAt: weeks, arrivedAt: 5 })])).toMatchObject({ folded: 0, duplicates: 2, late: 2,
      droppedByView: new Map([['airport_arrivals@v1', { late: 1, duplicates: 1 }], ['airport_departures@v1', { late: 1, duplicates: 1 }]]) });
    expect(flightsOf('ORD')).toMatchObject({ flights_1h: 1 });
  });
});
