import { assert, asyncProperty, integer } from 'fast-check';
import { tombstoneOf, type Tombstone } from '../../../core/erasure/tombstone';
import type { ReceivedRecord } from '../../../core/event/record';
import { decodeState, featuresAt, fold, planView, prepareRecord, type PreparedRecord } from '../../../core/window';
import { encodePartial, type Partial } from '../../../core/window/flink';
import { mergeParts } from '../../../core/window/part';
import { applyPartials } from '../../../lambdas/feature-partials/apply';
import { flinkPlans, preparePartials, type UnreadablePartial } from '../../../lambdas/feature-partials/prepare';
import { unreadablePartials } from '../../../lambdas/feature-partials/quarantine';
import { ServiceFault } from '../../../lib/runtime/aws-json';
import { manifestOf } from '../../fixtures/contracts';
import * as definitions from '../../fixtures/flink/definitions';
import { seeded, simulatedStore, type StoreFaults } from '../simulated-store';

const manifest = manifestOf(definitions);
const plans = flinkPlans(manifest);
const plan = planView(manifest, manifest.views['delays_by_flink@v1'] ?? (() => { throw new Error('no view'); })());
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const noon = Date.parse('2001-06-01T12:00:00Z');
const options = { streamRetention: day };
const settings = { ...options, deadline: Number.POSITIVE_INFINITY, concurrency: 4 };

interface Landing { readonly id: number; readonly origin: string; readonly at: number; readonly delay: number }

const prepared = ({ id, origin, at, delay }: Landing): PreparedRecord => {
  const made = prepareRecord(plan, { position: { source: 's', shard: '0', sequence: String(id), subSequence: 0 }, source: 'airline', id: String(id), effectiveTime: at, arrival: at + minute, row: { origin, destination: 'JFK', delayMinutes: delay } });
  if (!made) throw new Error('no entity');
  return made;
};

/** What Flink says of a hop of some flights. */
const partialsOf = (flights: readonly Landing[]): readonly Partial[] => plan.tiers.flatMap(({ hop, parts, rows }, tier) =>
  [...Map.groupBy(flights, ({ origin, at }) => `${origin} ${Math.floor(at / hop) * hop}`)].map(([key, own]): Partial => {
    const records = own.map(prepared);
    const tile = parts.map(({ operation }, index) => records.map(({ tiers }) => tiers[tier]?.[index]).reduce((left, right) => mergeParts(operation, left, right)));
    const newest = [...records].sort((left, right) => right.effectiveTime - left.effectiveTime || Number(right.position.sequence) - Number(left.position.sequence));
    if (rows === undefined) throw new Error('the tier counts no rows');
    return { entity: `airport|${key.split(' ')[0] ?? ''}`, tier, start: Number(key.split(' ')[1]), rows: own.length, newest: Math.max(...own.map(({ at }) => at)), arrival: Math.max(...own.map(({ at }) => at + minute)), tile, registers: plan.registers.map((_register, index) => (tier === 0 ? newest[0]?.registers[index] : undefined)) };
  }));

/** As if an airport were a person. */
const personalAirports = Object.fromEntries(Object.entries(manifest.entities).map(([name, entity]) => [name, { ...entity, key: Object.fromEntries(Object.entries(entity.key).map(([field, node]) => [field, { ...node, personal: true }])) }]));

let sequence = 0;
const record = (data: string): ReceivedRecord => ({ position: { source: 'partials@0a1b2c3d', shard: '0', sequence: String(sequence++), subSequence: 0 }, partitionKey: '', arrival: noon, batchId: null, data });
const recordOf = (partial: Partial): ReceivedRecord => record(encodePartial(plan, partial));

const setUp = (faults: StoreFaults = {}) => {
  const simulated = simulatedStore(faults);
  const aside: UnreadablePartial[] = [];
  const run = async (records: readonly ReceivedRecord[], tombstones: readonly Tombstone[] = []) => await applyPartials(preparePartials(records, plans, { entities: personalAirports }, tombstones), {
    store: simulated.store, setAside: async (unreadable) => { aside.push(...unreadable); await Promise.resolve(); }, isUnmendable: (error) => error instanceof ServiceFault, waitAfterConflict: () => Promise.resolve(true), complain: () => undefined,
  }, settings);
  const stateOf = (airport: string) => { const item = simulated.itemOf({ entity: `airport|${airport}`, view: 'delays_by_flink@v1#1' }); return item && decodeState(plan, item.state); };
  return { ...simulated, aside, run, stateOf };
};

/** Flights of two airports within some hours. */
const flightsOf = (random: () => number, count: number): readonly Landing[] => Array.from({ length: count }, (_, id) => ({ id, origin: random() < 0.5 ? 'ORD' : 'SFO', at: noon + Math.floor(random() * 5 * hour), delay: Math.floor(random() * 90) - 20 }));

describe('partial aggregates of Flink', () => {
  it('give the features of a fold whatever comes twice, out of order, from a restart, and however writes fail', async () => {
    await assert(asyncProperty(integer(), async (seed) => {
      const random = seeded(seed);
      const flights = flightsOf(random, 40);
      const { run, stateOf } = setUp({ refuse: 0.1, loseAcknowledgement: 0.1, failRead: 0.05, delay: 3, random });
      // What Flink sends as events come in, cut by restarts after which it goes on with fewer.
      const sent: Partial[] = [];
      for (let count = 1; count <= flights.length; count += 1) {
        sent.push(...partialsOf(flights.slice(0, count)).filter(() => random() < 0.3));
        if (random() < 0.05) sent.push(...partialsOf(flights.slice(0, Math.floor(random() * count))));
      }
      sent.push(...partialsOf(flights));
      // A last restart, that has not caught up yet.
      sent.push(...partialsOf(flights.slice(0, Math.floor(random() * flights.length))));
      const records = sent.map(recordOf);
      for (let from = 0; from < records.length;) {
        const batch = records.slice(from, from + 1 + Math.floor(random() * 30));
        const { failedFrom } = await run(batch);
        from = failedFrom === undefined ? from + batch.length : records.findIndex(({ position }) => position.sequence === failedFrom);
      }
      for (const origin of ['ORD', 'SFO']) {
        const own = flights.filter((flight) => flight.origin === origin);
        const folded = own.length === 0 ? undefined : fold(plan, undefined, own.map(prepared), options).state;
        for (const t of [noon + 5 * hour, noon + 7 * hour, noon + 3 * day]) expect(featuresAt(plan, stateOf(origin), t)).toEqual(featuresAt(plan, folded, t));
      }
    }), { numRuns: 60 });
  });

  it('cost no write where the items hold them already', async () => {
    const { run, calls } = setUp();
    const records = partialsOf(flightsOf(seeded(1), 10)).map(recordOf);
    await run(records);
    calls.length = 0;
    expect(await run(records)).toMatchObject({ replaced: 0, known: records.length, failedFrom: undefined });
    expect(calls.map(({ kind }) => kind)).toEqual(['read']);
  });

  it('are kept whole in quarantine when they are none, and hold up nothing', async () => {
    const { run, aside, stateOf } = setUp();
    const [partial] = partialsOf([{ id: 1, origin: 'ORD', at: noon, delay: 5 }]);
    if (!partial) throw new Error('no partial');
    const former = JSON.stringify({ ...JSON.parse(encodePartial(plan, partial)) as object, plan: 7 });
    const garbage = ['{', 'null', '{"view":"nobody@v1"}', former, JSON.stringify({ ...JSON.parse(encodePartial(plan, partial)) as object, rows: 2 })];
    const outcome = await run([record(''), ...garbage.map(record), recordOf(partial)]);
    expect(outcome).toMatchObject({ replaced: 1, unreadable: garbage.length, failedFrom: undefined });
    expect(stateOf('ORD')).toBeDefined();
    const lines = unreadablePartials(aside, manifest.hash).flatMap(({ zone, content }) => content.toString('utf8').trim().split('\n').map((line) => ({ zone, ...JSON.parse(line) as { reason: string; original: string } })));
    expect(lines.map(({ zone, reason, original }) => [zone, reason, Buffer.from(original, 'base64').toString('utf8')])).toEqual(garbage.map((text) => ['quarantine', 'fold_failed', text]));
  });

  it('are put aside when their item is refused for good or is of another content, and others are not', async () => {
    const refusing = setUp();
    const write = refusing.store.write;
    const own = partialsOf([{ id: 1, origin: 'ORD', at: noon, delay: 5 }, { id: 2, origin: 'SFO', at: noon, delay: 5 }]);
    const store = { ...refusing.store, write: (async (key, ...rest) => { if (key.entity === 'airport|ORD') throw new ServiceFault('PutItem', 400, { __type: 'ValidationException' }); return await write(key, ...rest); }) satisfies typeof write };
    const outcome = await applyPartials(preparePartials(own.map(recordOf), plans, manifest, []), { store, setAside: async (records) => { refusing.aside.push(...records); await Promise.resolve(); }, isUnmendable: (error) => error instanceof ServiceFault, waitAfterConflict: () => Promise.resolve(true), complain: () => undefined }, settings);
    expect(outcome.failedFrom).toBeUndefined();
    expect(refusing.aside).toHaveLength(own.length / 2);
    expect(refusing.stateOf('SFO')).toBeDefined();
    refusing.items.set('airport|SFO delays_by_flink@v1#1', { state: Buffer.from([1, 0, 0, 0, 0]), version: 1, expiresAt: 0, arrival: noon });
    expect(await refusing.run(own.slice(-1).map(recordOf))).toMatchObject({ unreadable: 1, failedFrom: undefined });
  });

  it('of hops with events of somebody who was erased are passed over, and of later ones are not', async () => {
    const { run, stateOf } = setUp();
    const tombstone = tombstoneOf({ identifiers: ['ORD'] }, { erasure: 'e-1', salt: 'f00d', erasedAt: noon + 2 * hour, until: noon + 9 * day });
    const flights = [{ id: 1, origin: 'ORD', at: noon, delay: 5 }, { id: 2, origin: 'SFO', at: noon, delay: 5 }];
    expect(await run(partialsOf(flights).map(recordOf), [tombstone])).toMatchObject({ failedFrom: undefined });
    expect([stateOf('ORD'), stateOf('SFO')?.newest]).toEqual([undefined, noon]);
    await run(partialsOf([{ id: 3, origin: 'ORD', at: noon + 2 * day, delay: 5 }]).map(recordOf), [tombstone]);
    expect(stateOf('ORD')?.newest).toBe(noon + 2 * day);
  });
});
