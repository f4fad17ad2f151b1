import fc from 'fast-check';
import type { ReceivedRecord } from '../../../core/event/record';
import type { PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { decodeState, encodeState } from '../../../core/window';
import { aggregate } from '../../../lambdas/feature-aggregator/aggregate';
import type { Folding } from '../../../lambdas/feature-aggregator/prepare';
import { foldingOf, prepareBatch } from '../../../lambdas/feature-aggregator/prepare';
import type { StateContent, StateItem, StateStore } from '../../../lib/runtime/state-store';
import type { Outcome } from '../../../local/event-source/outcome';
import type { StreamRecord } from '../../../local/event-source/record';
import { simulateAsync } from '../../../local/event-source/simulation';
import { contracts, departuresPlan, manifest } from '../../fixtures/flights';
import { settingsWith } from '../../local/event-source/arbitraries';
import { landed, noon } from '../flights';
import { seeded, simulatedStore } from '../simulated-store';
import { canonical, horizon, ledger } from './ledger';

/*
 * The aggregator's own code over the event source driver's scheduler, simulated shards and a table with faults. A
 * millisecond of the simulated clock is a minute of the events', so that days pass in a schedule. The stream is split once
 * and merged again; what a schedule does not say is decided by its seed.
 */
const [minute, splitAt, mergedAt, lastArrival] = [60_000, 2_000, 4_000, 6_000] as const;
/** Of the stream, in minutes: no delivery of a schedule comes later than that after its record. */
const retentionMinutes = 20_000;
const retention = retentionMinutes * minute;
/** After so long without a record an item has expired: reach, retention and a little. */
const gap = departuresPlan.reach / minute + retentionMinutes + 2;
/** An invocation that nobody waits for any more is at work for so long at most. */
const longestInvocation = 900;

export interface Sent {
  readonly arrivedAt: number;
  readonly origin: number;
  readonly destination: number;
  /** Minutes by which it arrived after it happened; below 0 for a producer's clock that is ahead. */
  readonly late: number;
  /** It repeats the identity and the content of the event so many before it, of the same origin. */
  readonly repeats: number | undefined;
  readonly poison: boolean;
}

/** What befalls an invocation. */
type Fate = 'well' | 'dies before its work' | 'dies after its work' | 'throttled' | 'dies between writes' | 'goes on as a zombie';

export interface Schedule {
  readonly seed: number;
  readonly sent: readonly Sent[];
  readonly fates: readonly Fate[];
  readonly storeFaults: { readonly refuse: number; readonly loseAcknowledgement: number; readonly failRead: number };
  readonly batchSize: number;
  readonly bisects: boolean;
  readonly kills: readonly number[];
  /** The last third arrives when the items have expired. */
  readonly afterExpiry: boolean;
  readonly replays: boolean;
  readonly redrives: number;
}

const sent = (origins: number): fc.Arbitrary<Sent> => fc.record({
  arrivedAt: fc.nat(lastArrival), origin: fc.nat(origins - 1), destination: fc.nat(2),
  late: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }) }, { weight: 2, arbitrary: fc.integer({ min: 400, max: 20_000 }) }, { weight: 1, arbitrary: fc.constantFrom(-3, -30) }),
  repeats: fc.option(fc.integer({ min: 1, max: 45 }), { freq: 6 }), poison: fc.nat(30).map((chance) => chance === 0),
});

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer(),
  sent: fc.oneof({ weight: 5, arbitrary: fc.array(sent(4), { maxLength: 40 }) }, { weight: 1, arbitrary: fc.array(sent(1), { minLength: 45, maxLength: 90 }) }),
  fates: fc.array(fc.constantFrom<Fate>('well', 'dies before its work', 'dies after its work', 'throttled', 'dies between writes', 'goes on as a zombie'), { maxLength: 20 }),
  storeFaults: fc.record({ refuse: fc.constantFrom(0, 0.1, 0.3), loseAcknowledgement: fc.constantFrom(0, 0.1, 0.3), failRead: fc.constantFrom(0, 0.1) }),
  batchSize: fc.integer({ min: 1, max: 20 }), bisects: fc.boolean(), kills: fc.array(fc.nat(8_000), { maxLength: 3 }),
  afterExpiry: fc.nat(4).map((chance) => chance === 0), replays: fc.boolean(), redrives: fc.nat(3),
});

/** A fault of the platform's own, put there to be found out. */
export interface Mutant {
  /** What a reader of the table gets. */
  readonly seen?: (plan: ViewPlan, state: ViewState) => ViewState;
  readonly withoutCondition?: boolean;
  /** The state is written first and its watermark in a second write. */
  readonly watermarkApart?: boolean;
  readonly parentsIgnored?: boolean;
  readonly wallClock?: boolean;
  readonly plan?: (plan: ViewPlan) => ViewPlan;
}

const plans = new Map(Object.values(foldingOf(manifest, contracts).plans.get('flight.landed@v1') ?? []).map((plan) => [plan.name, plan]));
const planOf = (view: string): ViewPlan => {
  const plan = plans.get(view.split('#')[0] ?? '');
  if (!plan) throw new Error(`There is no plan for ${view}.`);
  return plan;
};
/** The stream's partition key is this view's entity: one shard after another writes its items. */
const keyed = departuresPlan.name;

const shardOf = (origin: string, arrivedAt: number): string =>
  (arrivedAt < splitAt ? 'shardId-000000000000' : arrivedAt >= mergedAt ? 'shardId-000000000003' : origin < 'C' ? 'shardId-000000000001' : 'shardId-000000000002');

/** The records that a schedule sends, in the order in which they arrive. */
const recordsOf = ({ sent: all, afterExpiry }: Schedule): readonly { readonly record: ReceivedRecord; readonly arrivedAt: number }[] => {
  const ordered = [...all].sort((left, right) => left.arrivedAt - right.arrivedAt);
  const written: { readonly id: string; readonly origin: string; readonly destination: string; readonly landedAt: number; readonly delayMinutes: number }[] = [];
  return ordered.map((each, index) => {
    const moved = afterExpiry && index >= (ordered.length * 2) / 3 ? gap : 0;
    const arrivedAt = each.arrivedAt + moved;
    const origin = `${'ABCD'[each.origin] ?? ''}AA`;
    const own = written.filter((other) => other.origin === origin);
    const repeated = each.repeats === undefined ? undefined : own[own.length - each.repeats];
    const content = repeated ?? { id: `e${index}`, origin, destination: `${'XYZ'[each.destination] ?? ''}AA`, landedAt: each.poison ? -17_000_000 : arrivedAt - each.late, delayMinutes: (index * 7) % 60 };
    written.push(content);
    return { arrivedAt, record: landed({ ...content, sequence: index + 1, shard: shardOf(origin, arrivedAt), arrivedAt }) };
  });
};

const throughMutant = (store: StateStore, { seen, watermarkApart }: Mutant, random: () => number): StateStore => {
  if (!seen && !watermarkApart) return store;
  const change = (view: string, bytes: Uint8Array, how: (plan: ViewPlan, state: ViewState) => ViewState): Uint8Array => encodeState(planOf(view), how(planOf(view), decodeState(planOf(view), bytes)));
  const shown = (view: string, item: StateItem | undefined): StateItem | undefined => (item && seen ? { ...item, state: change(view, item.state, seen) } : item);
  return {
    read: async (keys, options) => (await store.read(keys, options)).map((item, index) => shown(keys[index]?.view ?? '', item)),
    write: async (key, content, expected, options) => {
      let condition = expected;
      if (watermarkApart) {
        const [before] = await store.read([key]);
        const old = before ? decodeState(planOf(key.view), before.state) : undefined;
        const first: StateContent = { ...content, state: change(key.view, content.state, (_plan, state) => ({ ...state, watermarks: old?.watermarks ?? [], ring: old?.ring ?? [] })) };
        const outcome = await store.write(key, first, expected, options);
        if (outcome.kind === 'conflict') return outcome;
        if (random() < 0.2) throw new Error('killed between the two writes');
        condition = outcome.version;
      }
      const outcome = await store.write(key, content, condition, options);
      return outcome.kind === 'conflict' ? { kind: 'conflict', current: shown(key.view, outcome.current) } : outcome;
    },
  };
};

const foldingWith = ({ plan }: Mutant): Folding => {
  const folding: Folding = { ...foldingOf(manifest, contracts), generationsOf: () => [1] };
  return plan ? { ...folding, plans: new Map([...folding.plans].map(([name, each]) => [name, each.map(plan)])) } : folding;
};

/** Items whose canonical state is not what the ledger says, after a schedule; `undefined` when it kept to no bound that the guarantee rests on. */
export const differencesAfter = async (schedule: Schedule, mutant: Mutant = {}): Promise<readonly string[] | undefined> => {
  const random = seeded(schedule.seed);
  const stream = recordsOf(schedule);
  const received = new Map(stream.map(({ record }) => [record.position.sequence, record]));
  const folding = foldingWith(mutant);
  const table = simulatedStore({ ...schedule.storeFaults, random, withoutCondition: mutant.withoutCondition ?? false });
  const store = throughMutant(table.store, mutant, random);
  let held: { readonly since: number; readonly go: () => void; readonly done: Promise<unknown> }[] = [];
  let overdue = false;

  const release = async (which: (since: number) => boolean): Promise<void> => {
    const going = held.filter(({ since }) => which(since));
    held = held.filter(({ since }) => !which(since));
    for (const { go } of going) go();
    await Promise.all(going.map(({ done }) => done));
  };

  const run = async (records: readonly ReceivedRecord[], through: StateStore): Promise<Outcome> => {
    const { failedFrom } = await aggregate(records, folding, { store: through, setAside: async () => undefined, isUnmendable: () => false, waitAfterConflict: async () => true, complain: () => undefined },
      { streamRetention: retention, deadline: Number.POSITIVE_INFINITY, concurrency: 2 });
    return failedFrom === undefined ? { kind: 'done' } : { kind: 'partly', failed: failedFrom };
  };

  let calls = 0;
  const invoke = async (fates: readonly Fate[], records: readonly StreamRecord[], now: number): Promise<Outcome> => {
    const batch = records.flatMap(({ sequence, arrival }) => {
      const record = received.get(sequence);
      if (now - arrival > retentionMinutes / 2) overdue = true;
      return record ? [mutant.wallClock ? { ...record, arrival: noon + Math.ceil(now) * minute } : record] : [];
    });
    const fate = fates[calls++] ?? 'well';
    await release((since) => now - since > longestInvocation || random() < 0.3);
    if (fate === 'throttled') return { kind: 'not-run', reason: 'TooManyRequestsException' };
    if (fate === 'dies before its work') return { kind: 'failed', functionError: 'Unhandled' };
    if (fate === 'dies between writes') {
      let left = Math.floor(random() * 3);
      await run(batch, { read: store.read, write: async (...given) => { if (left-- <= 0) throw new Error('killed'); return store.write(...given); } });
      return { kind: 'failed', functionError: 'Unhandled' };
    }
    if (fate === 'goes on as a zombie') {
      let go: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => { go = resolve; });
      const items = await store.read(prepareBatch(batch, folding).items.map(({ key }) => key)).catch(() => undefined);
      const done = run(batch, { read: async () => { if (!items) throw new Error('not read'); return items; }, write: async (...given) => { await gate; return store.write(...given); } });
      held.push({ since: now, go, done });
      return { kind: 'failed', functionError: 'Sandbox.Timedout' };
    }
    const outcome = await run(batch, store);
    return fate === 'dies after its work' ? { kind: 'failed', functionError: 'Unhandled' } : outcome;
  };

  const parents = (...names: readonly string[]): readonly string[] => (mutant.parentsIgnored ? [] : names.map((name) => `shardId-00000000000${name}`));
  const shard = (number: string, openedAt: number, closedAt: number | undefined, from: readonly string[]) => {
    const name = `shardId-00000000000${number}`;
    return { shard: name, parents: from, openedAt, closedAt, records: stream.filter(({ record }) => record.position.shard === name)
      .map(({ record, arrivedAt }): StreamRecord => ({ sequence: record.position.sequence, partitionKey: record.partitionKey, data: '', arrival: arrivedAt })) };
  };
  const shards = [shard('0', 0, splitAt, []), shard('1', splitAt, mergedAt, parents('0')), shard('2', splitAt, mergedAt, parents('0')), shard('3', mergedAt, undefined, parents('1', '2'))];
  const settings = settingsWith({ batchSize: schedule.batchSize, bisects: schedule.bisects });
  const deliver = async (fates: readonly Fate[], kills: readonly number[]): Promise<number> => {
    calls = 0;
    const { drained, endedAt } = await simulateAsync({ settings, shards, duration: () => 1 + Math.floor(random() * 60), kills, until: 1_000_000, invoke: (_shard, records, now) => invoke(fates, records, now) });
    if (!drained) throw new Error('The schedule did not end.');
    await release(() => true);
    return endedAt;
  };

  const endedAt = await deliver(schedule.fates, schedule.kills);
  // What is read again is still in the stream then.
  if (!schedule.afterExpiry && endedAt < retentionMinutes && schedule.replays) await deliver([], []);
  if (!schedule.afterExpiry) for (let left = schedule.redrives; left > 0 && stream.length > 0; left -= 1) {
    const from = Math.floor(random() * stream.length);
    const first = stream[from]?.record.position.shard;
    await run(stream.slice(from, from + 10).map(({ record }) => record).filter(({ position }) => position.shard === first), table.store);
  }
  if (overdue) return undefined;

  const expected = new Map<string, { readonly plan: ViewPlan; readonly records: PreparedRecord[] }>();
  for (const { key, brought } of prepareBatch(stream.map(({ record }) => record), { ...foldingOf(manifest, contracts), generationsOf: () => [1] }).items)
    expected.set(`${key.entity} ${key.view}`, { plan: planOf(key.view), records: brought.map(({ prepared }) => prepared) });
  return [...expected].flatMap(([name, { plan, records }]) => {
    // Several shards write such an item in an order of their own: the ledger knows it only where order cannot matter.
    const ordered = plan.name === keyed || (!schedule.afterExpiry && new Set(records.map(({ identity }) => identity)).size <= horizon);
    const item = table.items.get(name);
    return ordered && canonical(plan, item && decodeState(plan, item.state)) !== ledger(plan, records, retention) ? [name] : [];
  });
};
