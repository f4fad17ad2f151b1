import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { boolean, count, distinct, entity, event, featureView, first, float, int, last, max, mean, optional, over, quantile, string, sum, timestamp } from 'headrace';
import { generateValidators } from '../../../../cli/generate-validators';
import { contractsOf } from '../../../../core/contract/contracts';
import type { ReceivedRecord } from '../../../../core/event/record';
import { lakeBatch } from '../../../../core/lake/batch';
import { readLines } from '../../../../core/training/raw-records';
import { fold, planView } from '../../../../core/window';
import type { ViewState } from '../../../../core/window';
import { differenceOf, differenceSize } from '../../../../core/window/difference';
import { holdsLine } from '../../../../core/window/rebuild';
import { foldingOf, prepareBatch } from '../../../../lambdas/feature-aggregator/prepare';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import type { LineOf, RebuildPlace } from '../../../../lib/runtime/rebuild/entity-states';
import { entityStates } from '../../../../lib/runtime/rebuild/entity-states';
import { manifestOf } from '../../../core/training/support';
import { given } from '../../../fixtures/flights';
import { loadValidators } from '../../../fixtures/contracts';

const passed = event('gate.passed', { version: 1, partitionBy: 'name', fields: { name: string(), lane: int(), day: timestamp(), open: boolean(), whole: optional(int()), real: optional(float()), word: optional(string()) } });
const gate = entity('gate', { name: string(), lane: int(), day: timestamp(), open: boolean() });
const gates = featureView('gates', { version: 1, entity: gate, from: passed, writeUnits: 100, by: (row) => ({ name: row.name, lane: row.lane, day: row.day, open: row.open }), features: (row) => [
  over(['1h', 'lifetime'], { n: count(), total: sum(row.whole), mean: mean(row.real), most: max(row.real), newest: last(row.word) }),
  over('1h', { oldest: first(row.word), words: distinct(row.word), median: quantile(row.whole, 0.5, { from: -100, to: 100 }) })] });
const manifest = manifestOf({ passed, gate, gates });
const contracts = contractsOf(manifest, loadValidators(generateValidators(manifest)));
const plan = planView(manifest, given(manifest.views['gates@v1']));
const source = given(manifest.events['gate.passed@v1']);
const options = { streamRetention: 86_400_000 };
const [minute, noon] = [60_000, Date.UTC(2026, 5, 1, 12)];

interface Passing { readonly name: string; readonly lane: number; readonly day: string; readonly open: boolean; readonly whole?: number; readonly real?: number; readonly word?: string; readonly late: number; readonly repeats: boolean; readonly shard: number }
const passings = fc.array(fc.record<Passing>({
  name: fc.constantFrom('g', 'G', 'g|', '\\', 'Zürich', "o'clock", '日本'), lane: fc.constantFrom(1, -2, 0), day: fc.constantFrom('2026-06-01T00:00:00Z', '2026-06-01T02:00:00+02:00', '2026-06-02T00:00:00.5Z'), open: fc.boolean(),
  whole: fc.integer({ min: -500, max: 500 }), real: fc.double({ noNaN: true, min: -1e9, max: 1e9 }), word: fc.string({ maxLength: 4, unit: 'grapheme' }), late: fc.oneof(fc.constant(0), fc.nat(200)), repeats: fc.nat(7).map((chance) => chance === 0), shard: fc.nat(1),
}, { requiredKeys: ['name', 'lane', 'day', 'open', 'late', 'repeats', 'shard'] }), { minLength: 1, maxLength: 60 });

const recordsOf = (all: readonly Passing[]): readonly ReceivedRecord[] => {
  const records: ReceivedRecord[] = [];
  for (const [index, { late, repeats, shard, ...data }] of all.entries()) {
    const arrival = noon + index * minute;
    const position = { source: 'stream', shard: `shardId-00000000000${shard}`, sequence: String(index + 1), subSequence: 0 };
    const before = records.at(-1);
    records.push(repeats && before ? { ...before, arrival, position }
      : { position, arrival, partitionKey: data.name, batchId: null, data: JSON.stringify({ specversion: '1.0', id: `e${index}`, source: 'gates', type: 'gate.passed', time: new Date(arrival - late * minute).toISOString(), data }) });
  }
  return records;
};

/** The items that the aggregator's own code makes of records. */
const folded = (records: readonly ReceivedRecord[]): ReadonlyMap<string, ViewState> => {
  const items = new Map<string, ViewState>();
  for (const record of records) for (const { key, brought } of prepareBatch([record], { ...foldingOf(manifest, contracts), generationsOf: () => [1] }).items)
    items.set(key.entity, fold(plan, items.get(key.entity), brought.map(({ prepared }) => prepared), options).state);
  return items;
};

describe('the states of entities from raw', () => {
  let directory: string;
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'entity-states-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  const rebuilt = async (records: readonly ReceivedRecord[], holds: (entity: string) => ((line: LineOf) => boolean) | undefined) => {
    const batch = lakeBatch(contracts);
    for (const record of records) if (!batch.add(record).accepted) throw new Error('a passing broke its contract');
    const files = batch.objects().map(({ content, key }) => {
      const file = join(directory, key.replaceAll('/', '-'));
      writeFileSync(file, gzipSync(content));
      return file;
    });
    const place: RebuildPlace = { manifest, region: 'none', rawBucket: 'none', stateTable: 'none', directory, fold: options, onProgress: () => undefined };
    return await withDatabase(directory, async (database) => {
      await database.run(readLines(source, { raw: [{ writer: source, files }], knownFrom: 0, knownTo: Number.MAX_SAFE_INTEGER }, 'lines'));
      const found = new Map<string, ViewState>();
      for await (const { entity: key, state } of entityStates(place, database, plan, async (each) => holds(each))) {
        expect(found.has(key)).toBe(false);
        found.set(key, state);
      }
      return found;
    });
  };

  it('are those that folding the stream leaves, whatever the keys are', async () => {
    await fc.assert(fc.asyncProperty(passings, async (all) => {
      const records = recordsOf(all);
      const [own, live] = [await rebuilt(records, () => () => true), folded(records)];
      expect([...own.keys()].sort((left, right) => (left < right ? -1 : 1))).toEqual([...live.keys()].sort((left, right) => (left < right ? -1 : 1)));
      for (const [key, state] of live) expect([key, differenceSize(differenceOf(plan, state, own.get(key)))]).toEqual([key, 0]);
    }), { numRuns: 25 });
  }, 60_000);

  it('at the watermarks of states that are behind are these states', async () => {
    await fc.assert(fc.asyncProperty(passings, fc.nat(60), async (all, cut) => {
      const records = recordsOf(all);
      const live = folded(records.slice(0, Math.max(1, Math.min(cut, records.length))));
      const own = await rebuilt(records, (key) => { const state = live.get(key); return state && ((line) => holdsLine(state, line, options)); });
      expect(own.size).toBe(live.size);
      for (const [key, state] of live) expect([key, differenceSize(differenceOf(plan, state, own.get(key)))]).toEqual([key, 0]);
    }), { numRuns: 25 });
  }, 60_000);
});
