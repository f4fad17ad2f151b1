import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { count, distinct, entity, event, featureView, float, gt, int, last, max, mean, optional, over, string, sum } from 'headrace';
import { generateValidators } from '../../../../cli/generate-validators';
import { contractsOf } from '../../../../core/contract/contracts';
import { positionText } from '../../../../core/event/position';
import type { ReceivedRecord } from '../../../../core/event/record';
import { lakeBatch } from '../../../../core/lake/batch';
import { dropCopies, readLines } from '../../../../core/training/raw-records';
import type { FeatureValues, ViewState } from '../../../../core/window';
import { featuresAt, fold, planView } from '../../../../core/window';
import { foldingOf, prepareBatch } from '../../../../lambdas/feature-aggregator/prepare';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import { foldedFeatures } from '../../../../lib/runtime/monitoring/folded-features';
import { knownFeatures } from '../../../../lib/runtime/monitoring/known-features';
import type { WantedFeatures } from '../../../../lib/runtime/monitoring/wanted';
import { manifestOf } from '../../../core/training/support';
import { loadValidators } from '../../../fixtures/contracts';
import { given } from '../../../fixtures/flights';

const passed = event('gate.passed', { version: 1, partitionBy: 'name', fields: { name: string(), lane: int(), whole: optional(int()), real: optional(float()), word: optional(string()) } });
const gate = entity('gate', { name: string(), lane: int() });
const gates = featureView('gates', { version: 1, entity: gate, from: passed, writeUnits: 100, by: (row) => ({ name: row.name, lane: row.lane }), features: (row) => [
  over(['1h', '24h'], { n: count(), many: count({ where: gt(row.whole, 0) }), total: sum(row.whole), mean: mean(row.real), most: max(row.real), newest: last(row.word), words: distinct(row.word) })] });
const manifest = manifestOf({ passed, gate, gates });
const contracts = contractsOf(manifest, loadValidators(generateValidators(manifest)));
const plan = planView(manifest, given(manifest.views['gates@v1']));
const source = given(manifest.events['gate.passed@v1']);
const definition = given(manifest.entities['gate']);
const options = { streamRetention: 86_400_000 };
const [minute, noon] = [60_000, Date.UTC(2026, 5, 1, 12)];

/** An event, and how long after it was taken in it is folded: shards do not wait for each other. */
interface Passing { readonly name: string; readonly lane: number; readonly whole?: number; readonly real?: number; readonly word?: string; readonly late: number; readonly repeats: boolean; readonly shard: number; readonly asks: boolean }
const passings = fc.array(fc.record<Passing>({
  name: fc.constantFrom('g', 'g|', '\\'), lane: fc.constantFrom(1, -2), whole: fc.integer({ min: -500, max: 500 }), real: fc.double({ noNaN: true, min: -1e9, max: 1e9 }), word: fc.string({ maxLength: 3, unit: 'grapheme' }),
  late: fc.oneof(fc.constant(0), fc.nat(200)), repeats: fc.nat(7).map((chance) => chance === 0), shard: fc.nat(2), asks: fc.boolean(),
}, { requiredKeys: ['name', 'lane', 'late', 'repeats', 'shard', 'asks'] }), { minLength: 1, maxLength: 60 });

interface Sent { readonly record: ReceivedRecord; readonly asks: boolean; readonly key: { readonly name: string; readonly lane: number } }

const sentOf = (all: readonly Passing[]): readonly Sent[] => {
  const sent: Sent[] = [];
  for (const [index, { late, repeats, shard, asks, ...data }] of all.entries()) {
    const arrival = noon + index * minute;
    const before = sent.at(-1);
    // A producer repeats itself at once, and its copy stands behind in the same shard.
    const position = { source: 'stream', shard: repeats && before ? before.record.position.shard : `shardId-00000000000${shard}`, sequence: String(index + 1), subSequence: 0 };
    sent.push(repeats && before ? { ...before, record: { ...before.record, arrival, position } }
      : { asks, key: { name: data.name, lane: data.lane }, record: { position, arrival, partitionKey: data.name, batchId: null, data: JSON.stringify({ specversion: '1.0', id: `e${index}`, source: 'gates', type: 'gate.passed', time: new Date(arrival - late * minute).toISOString(), data }) } });
  }
  return sent;
};

/** A prediction's features as the online code gave them, with the marks of the item that it read. */
interface Served { readonly want: WantedFeatures; readonly served: FeatureValues }

const served = (key: WantedFeatures['key'], state: ViewState | undefined, at: number): Served => {
  const moment = Math.max(at, (state?.newest ?? 0) + 1);
  const marks = new Map((state?.watermarks ?? []).map((mark) => [`${mark.source}/${mark.shard}`, positionText(mark)]));
  return { want: { key, moment, marks }, served: featuresAt(plan, state, moment) };
};

/** Folds as the aggregator does, shard by shard in the order of `schedule`, while predictions are made. */
const live = (sent: readonly Sent[], schedule: readonly number[]): readonly Served[] => {
  const items = new Map<string, ViewState>();
  const waiting = [...Map.groupBy(sent, ({ record }) => record.position.shard).values()].map((all) => [...all]);
  const made: Served[] = [];
  for (let turn = 0; waiting.some((shard) => shard.length > 0); turn += 1) {
    const shard = waiting[(schedule[turn % schedule.length] ?? 0) % waiting.length];
    const next = shard?.shift() ?? waiting.find((each) => each.length > 0)?.shift();
    if (!next) continue;
    for (const { key, brought } of prepareBatch([next.record], { ...foldingOf(manifest, contracts), generationsOf: () => [1] }).items)
      items.set(key.entity, fold(plan, items.get(key.entity), brought.map(({ prepared }) => prepared), options).state);
    if (next.asks) made.push(served(next.key, items.get(given(plan.entityKey(next.key))), next.record.arrival));
  }
  return [...made, served({ name: 'nobody', lane: 1 }, undefined, noon)];
};

describe('the features of logged predictions, from raw', () => {
  let directory: string;
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'folded-features-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  const raw = (sent: readonly Sent[]): readonly string[] => {
    const batch = lakeBatch(contracts);
    for (const { record } of sent) if (!batch.add(record).accepted) throw new Error('a passing broke its contract');
    return batch.objects().map(({ content, key }) => {
      const file = join(directory, key.replaceAll('/', '-'));
      writeFileSync(file, gzipSync(content));
      return file;
    });
  };
  const inRaw = async (sent: readonly Sent[], made: readonly Served[]) => await withDatabase(directory, async (database) => {
    await database.run(readLines(source, { raw: [{ writer: source, files: raw(sent) }], knownFrom: 0, knownTo: Number.MAX_SAFE_INTEGER }, 'lines'));
    const wants = made.map(({ want }) => want);
    const { features } = await foldedFeatures({ database, manifest, fold: options, lines: 'lines' }, plan, wants);
    await database.run(dropCopies(source, 'lines'));
    return { folded: features, known: await knownFeatures(database, 'lines', { view: plan.view, entity: definition, wants }) };
  });

  it('are those that were served, at each one\'s own watermarks, however the shards lagged', async () => {
    await fc.assert(fc.asyncProperty(passings, fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }), async (all, schedule) => {
      const sent = sentOf(all);
      const made = live(sent, schedule);
      const { folded } = await inRaw(sent, made);
      expect(folded).toEqual(made.map((each) => each.served));
    }), { numRuns: 12 });
  }, 60_000);

  it('are what was known before the moment, too, where everything is folded as it arrives', async () => {
    await fc.assert(fc.asyncProperty(passings, async (all) => {
      // No copies, one shard: what was folded is what had arrived.
      const sent = sentOf(all.map((each) => ({ ...each, repeats: false, shard: 0 })));
      const items = new Map<string, ViewState>();
      const made = sent.map(({ record, key }) => {
        for (const { key: item, brought } of prepareBatch([record], { ...foldingOf(manifest, contracts), generationsOf: () => [1] }).items)
          items.set(item.entity, fold(plan, items.get(item.entity), brought.map(({ prepared }) => prepared), options).state);
        return served(key, items.get(given(plan.entityKey(key))), record.arrival + 1);
      });
      const { folded, known } = await inRaw(sent, made);
      expect(known).toEqual(made.map((each) => each.served));
      expect(folded).toEqual(known);
    }), { numRuns: 5 });
  }, 60_000);
});
