import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { count, entity, event, featureView, float, gt, int, model, over, personal, string, sum } from 'headrace';
import { generateValidators } from '../../../../cli/generate-validators';
import { contractsOf } from '../../../../core/contract/contracts';
import { pseudonymsOf } from '../../../../core/erasure/pseudonyms';
import { rawLineBearing } from '../../../../core/erasure/line';
import { readRequest } from '../../../../core/erasure/request';
import { recognitionByTombstone, tombstoneOf } from '../../../../core/erasure/tombstone';
import { bearingOfEvent } from '../../../../core/erasure/subject';
import { lakeBatch } from '../../../../core/lake/batch';
import { predictionEvent } from '../../../../core/monitoring/logged-prediction';
import { predictionEventText } from '../../../../core/model/prediction-record';
import { pseudonymsUnder } from '../../../../core/model/pseudonym';
import { dropCopies, readLines, readRecords } from '../../../../core/training/raw-records';
import { candidatesStatement } from '../../../../core/training/training-set-plan';
import { outcomesStatement } from '../../../../core/monitoring/outcome-plan';
import { planView } from '../../../../core/window';
import type { Database } from '../../../../lib/runtime/duckdb';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import { foldedFeatures } from '../../../../lib/runtime/monitoring/folded-features';
import { knownFeatures } from '../../../../lib/runtime/monitoring/known-features';
import { readPredictions } from '../../../../lib/runtime/monitoring/logged-predictions';
import { loggedKeySql, putPseudonymKey } from '../../../../lib/runtime/monitoring/wanted';
import { manifestOf } from '../../../core/training/support';
import { loadValidators } from '../../../fixtures/contracts';
import { given } from '../../../fixtures/flights';

const placed = event('order.placed', { version: 1, partitionBy: 'customer', fields: { customer: personal(string()), number: personal(int()), amount: float() } });
const customer = entity('customer', { mail: personal(string()), number: personal(int()) });
const orders = featureView('orders', { version: 1, entity: customer, from: placed, by: (row) => ({ mail: row.customer, number: row.number }), features: (row) => [over('24h', { n: count(), total: sum(row.amount) })] });
const risk = model('risk', { version: 1, predicts: 'probability', entities: { customer }, request: { amount: float(), age: personal(int()) },
  features: ({ customer: slot }, request) => ({ customer: orders.of(slot), amount: request.amount, age: request.age }),
  examples: { from: placed, row: (row) => ({ entities: { customer: { mail: row.customer, number: row.number } }, request: { amount: row.amount, age: row.number }, label: gt(row.amount, 100) }) } });
const manifest = manifestOf({ placed, customer, orders, risk });
const definition = given(manifest.models['risk@v1']);
const contracts = contractsOf(manifest, loadValidators(generateValidators(manifest)));
const [key, minute, noon] = [Buffer.alloc(32, 5), 60_000, Date.UTC(2026, 5, 1, 12)];
const pseudonymise = pseudonymsUnder(key);
const [ada, bob] = [{ mail: 'ada@example.org', number: 4711 }, { mail: 'bob@example.org', number: 4712 }];

const order = (id: string, { mail, number }: typeof ada, amount: number, at: number) =>
  ({ at, text: JSON.stringify({ specversion: '1.0', id, source: '/shop', type: 'order.placed', time: new Date(noon + at).toISOString(), data: { customer: mail, number, amount } }) });
const predicted = (predictionId: string, who: typeof ada, n: number, total: number, at: number, sequence: number) => ({ at, text: predictionEventText({
  predictionId, modelVersion: 'a', role: 'champion', moment: noon + at, prediction: 0.5, entities: { customer: who }, inputs: [n, total, 250, 36], newest: {}, ages: {},
  watermarks: JSON.stringify({ 'customer.orders@v1': sequence === 0 ? {} : { 'stream/shardId-0': `${sequence}.0` } }),
}, definition, manifest.entities, { source: '/api', time: noon + at, manifestHash: manifest.hash, pseudonymise }) });

/** Ada has ordered twice, Bob once; then each is asked about, and Ada orders what was asked about. */
const sent = [order('o1', ada, 10, 0), order('o2', bob, 20, minute), order('o3', ada, 30, 2 * minute), predicted('p1', ada, 2, 40, 3 * minute, 3), predicted('p2', bob, 1, 20, 3 * minute, 2), predicted('p3', { mail: 'eve@example.org', number: 1 }, 0, 0, 3 * minute, 0), order('o4', ada, 250, 4 * minute)];

describe('the log of predictions for persons', () => {
  let directory: string;
  const files = new Map<string, string[]>();
  const lines: string[] = [];
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'persons-'));
    const batch = lakeBatch(contracts);
    for (const [index, { at, text }] of sent.entries()) if (!batch.add({ position: { source: 'stream', shard: 'shardId-0', sequence: String(index + 1), subSequence: 0 }, arrival: noon + at, partitionKey: 'k', batchId: null, data: text }).accepted) throw new Error('an event broke its contract');
    for (const { content, key: name } of batch.objects()) {
      const file = join(directory, name.replaceAll('/', '-'));
      writeFileSync(file, gzipSync(content));
      const type = name.split('/')[1] ?? '';
      files.set(type, [...files.get(type) ?? [], file]);
      if (type.startsWith('prediction')) lines.push(...Buffer.from(content).toString('utf8').trim().split('\n'));
    }
  });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  const loaded = async <Result>(work: (database: Database) => Promise<Result>): Promise<Result> => await withDatabase(directory, async (database) => {
    const [source, log] = [given(manifest.events['order.placed@v1']), predictionEvent(manifest, definition)];
    const all = { knownFrom: 0, knownTo: Number.MAX_SAFE_INTEGER };
    await database.run(readLines(source, { raw: [{ writer: source, files: files.get('order.placed') ?? [] }], ...all }, 'lines'));
    for (const statement of readRecords(log, { raw: [{ writer: log, files: files.get('prediction.risk') ?? [] }], ...all }, 'predictions')) await database.run(statement);
    await putPseudonymKey(database, key);
    return await work(database);
  });

  it('does not say who they are, nor what their request said of them', () => {
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).not.toMatch(/ada@|bob@|example\.org|:471[12]\b|"age"/u);
    const data = lines.map((line) => (JSON.parse(line) as { readonly event: { readonly data: Readonly<Record<string, unknown>> } }).event.data);
    expect(data[0]).toMatchObject({ customer__mail: pseudonymise('string', ada.mail), customer__number: pseudonymise('int', ada.number), amount: 250 });
  });

  it('is still held against raw, and against what was known', async () => {
    const [plan, shop] = [planView(manifest, given(manifest.views['orders@v1'])), given(manifest.entities['customer'])];
    const [folded, known, logged] = await loaded(async (database) => {
      const predictions = (await readPredictions({ manifest }, database, definition, 10)).toSorted((left, right) => (left.predictionId < right.predictionId ? -1 : 1));
      const wants = predictions.map(({ moment, entities, watermarks }) => ({ moment, key: entities['customer'] ?? {}, marks: watermarks?.get('customer.orders@v1') ?? new Map<string, string>() }));
      const { features } = await foldedFeatures({ database, manifest, fold: { streamRetention: 86_400_000 }, lines: 'lines' }, plan, wants);
      await database.run(dropCopies(given(manifest.events['order.placed@v1']), 'lines'));
      return [features, await knownFeatures(database, 'lines', { view: plan.view, entity: shop, wants }), predictions.map(({ inputs: [n, total] }) => ({ n_24h: n, total_24h: total }))];
    });
    expect(logged).toEqual([{ n_24h: 2, total_24h: 40 }, { n_24h: 1, total_24h: 20 }, { n_24h: 0, total_24h: 0 }]);
    expect(folded).toEqual(logged);
    expect(known).toEqual(logged);
  });

  it('still meets its outcomes', async () => {
    const states = await loaded(async (database) => {
      await database.run(candidatesStatement({ manifest, model: definition, records: () => ({ table: 'lines', lateness: 0 }) }, { from: 0, to: noon + 1e9, knownUntil: noon + 1e9 }));
      // Orders are known when they happen: nothing of them lies in the future of a training set, but for what a prediction is asked before.
      await database.run({ step: 'what came later', sql: 'UPDATE candidates SET dropped = NULL' });
      await database.run(outcomesStatement({ model: definition, entities: manifest.entities, predictions: 'predictions', candidates: 'candidates', within: 3_600_000, slices: [], keySql: loggedKeySql }));
      return await database.rows('SELECT state, label, count(*) AS predictions FROM outcomes GROUP BY ALL ORDER BY ALL');
    });
    expect(states).toEqual([{ state: 'known', label: 1, predictions: 1 }, { state: 'unmatched', label: null, predictions: 2 }]);
  });

  it('is found by an erasure that knows the person and has the key, by its tombstone too, and by no other', () => {
    const fields = predictionEvent(manifest, definition).fields;
    const bearings = (identifiers: readonly string[]): readonly string[] => lines.map(rawLineBearing({ identifiers }, fields));
    const named = (identifiers: readonly string[]): readonly string[] => {
      const request = readRequest(JSON.stringify({ identifiers, pseudonyms: pseudonymsOf({ identifiers }, pseudonymise) }));
      return typeof request === 'string' ? [] : request.identifiers;
    };
    expect(bearings([ada.mail])).toEqual(['other', 'other', 'other']);
    expect(bearings(named([ada.mail]))).toEqual(['subject', 'other', 'other']);
    expect(bearings(named(['4712']))).toEqual(['other', 'subject', 'other']);
    const tombstone = tombstoneOf({ identifiers: named(Array.from({ length: 12 }, (_each, index) => (index === 0 ? ada.mail : String(7000 + index)))) }, { erasure: 'e-1', salt: 'ab'.repeat(16), erasedAt: 0, until: 0 });
    // A standard parameter of SSM.
    expect(Buffer.byteLength(JSON.stringify(tombstone))).toBeLessThan(4096);
    expect(lines.map((line) => bearingOfEvent(recognitionByTombstone(tombstone), (JSON.parse(line) as { readonly event: unknown }).event, fields))).toEqual(['subject', 'other', 'other']);
    expect(readRequest(JSON.stringify({ identifiers: Array.from({ length: 13 }, String) }))).toMatch(/takes 12/u);
  });
});
