import fc from 'fast-check';
import { decodeState, emptyState, encodeState, featuresAt, fold, prepareRecord } from '../../../core/window';
import type { FoldOptions, FoldResult, PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { naiveFeatures } from '../../../core/window/oracle';
import { options, oracleEvent, plan, readingsView, recordAt } from './support';

const start = Date.UTC(2001, 5, 1);

/** A table with one item, written on condition of its version, as DynamoDB does. */
interface Store { item: { readonly version: number; readonly bytes: Uint8Array } | undefined }

/** What befalls an attempt at a batch. */
type Fault = 'none' | 'acknowledgement lost' | 'dies before the write' | 'writes late';

/** One delivery: which shard, how many records from its checkpoint on, what befalls it. */
interface Delivery { readonly shard: number; readonly size: number; readonly fault: Fault }

type Fold = (plan: ViewPlan, state: ViewState | undefined, records: readonly PreparedRecord[], options: FoldOptions) => FoldResult;
interface Mutation { readonly fold: Fold; readonly checksVersion: boolean }
const sound: Mutation = { fold, checksVersion: true };

const read = (store: Store): { version: number | undefined; state: ViewState | undefined } =>
  ({ version: store.item?.version, state: store.item ? decodeState(plan, store.item.bytes) : undefined });

/**
 * Runs a schedule: each delivery takes records from the shard's checkpoint; only an acknowledged write moves it. A delivery
 * that writes late is a zombie: it has read before the deliveries that follow, and writes after them.
 */
const run = (shards: readonly (readonly PreparedRecord[])[], schedule: readonly Delivery[], { fold: foldWith, checksVersion }: Mutation): ViewState | undefined => {
  const store: Store = { item: undefined };
  const checkpoints = shards.map(() => 0);
  let zombies: (() => void)[] = [];
  const attempt = (records: readonly PreparedRecord[], from: { version: number | undefined; state: ViewState | undefined }): void => {
    for (let current = from; ; current = read(store)) {
      const { state, changed } = foldWith(plan, current.state, records, options);
      if (!changed) return;
      if (checksVersion && store.item?.version !== current.version) continue;
      store.item = { version: (store.item?.version ?? 0) + 1, bytes: encodeState(plan, state) };
      return;
    }
  };
  const deliver = ({ shard, size, fault }: Delivery): void => {
    const from = checkpoints[shard] ?? 0;
    const records = shards[shard]?.slice(from, from + size) ?? [];
    const seen = read(store);
    const revive = zombies;
    zombies = [];
    if (fault === 'writes late') zombies.push(() => { attempt(records, seen); });
    if (fault === 'none' || fault === 'acknowledgement lost') attempt(records, seen);
    if (fault === 'none') checkpoints[shard] = from + records.length;
    for (const zombie of revive) zombie();
  };
  schedule.forEach(deliver);
  for (const zombie of zombies) zombie();
  // The stream goes on delivering until everything is acknowledged.
  shards.forEach((records, shard) => { deliver({ shard, size: records.length, fault: 'none' }); });
  return read(store).state;
};

const readings = [...Array(24).keys()].map((index) => ({ time: start + index * 60_000, id: `e${index}`, value: index % 20, level: index / 10 }));
const prepared = readings.map((reading, index) => {
  const record = prepareRecord(plan, recordAt(reading, Math.floor(index / 2) + 1, `shard-${index % 2}`));
  if (!record) throw new Error('The reading describes no device.');
  return record;
});
const shards = [0, 1].map((shard) => prepared.filter((_record, index) => index % 2 === shard));
const t = start + 3_600_000;
const expected = naiveFeatures(readingsView, readings.map((reading) => oracleEvent({ ...reading })), t);

const schedules = fc.array(fc.record({ shard: fc.constantFrom(0, 1), size: fc.integer({ min: 1, max: 6 }),
  fault: fc.constantFrom<Fault>('none', 'acknowledgement lost', 'dies before the write', 'writes late') }), { maxLength: 25 });

const holds = (mutation: Mutation) => fc.check(fc.property(schedules, (schedule) => {
  expect(featuresAt(plan, run(shards, schedule, mutation), t)).toEqual(expected);
}), { numRuns: 2000, seed: 7 });

/** Watermarks are forgotten before each fold, and the ring too, which would hide it. */
const withoutWatermarks: Fold = (view, state, records, foldOptions) => fold(view, { ...(state ?? emptyState(view)), watermarks: [], ring: [] }, records, foldOptions);
const withoutRing: Fold = (view, state, records, foldOptions) => fold(view, state && { ...state, ring: [] }, records, foldOptions);

describe('counting each record once', () => {
  it('holds under retries, lost acknowledgements, deaths and zombies on two shards', () => {
    expect(holds(sound).failed).toBe(false);
  });

  it('holds by the watermarks alone, without the ring of identities', () => {
    expect(holds({ ...sound, fold: withoutRing }).failed).toBe(false);
  });

  it('would be seen to fail if records under the watermark were not dropped', () => {
    expect(holds({ ...sound, fold: withoutWatermarks }).failed).toBe(true);
  });

  it('would be seen to fail if writes had no condition on the version', () => {
    expect(holds({ ...sound, checksVersion: false }).failed).toBe(true);
  });
});
