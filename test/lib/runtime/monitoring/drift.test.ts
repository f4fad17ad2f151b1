import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boolean, count, entity, event, featureView, float, model, optional, over, string, timestamp } from 'headrace';
import { metadataKey } from '../../../../core/model/artefact';
import { predictionEvent } from '../../../../core/monitoring/logged-prediction';
import type { TrainingProfile } from '../../../../core/training/profile';
import { trainingProfile } from '../../../../core/training/profile-sql';
import { withDatabase } from '../../../../lib/runtime/duckdb';
import { checkDrift, chiSquareTail } from '../../../../lib/runtime/monitoring/drift';
import { trainingSetKey } from '../../../../lib/runtime/training/build';
import { insertRecords, manifestOf } from '../../../core/training/support';
import { given } from '../../../fixtures/flights';
import vectors from '../../../golden/monitoring/vectors.json';

const paid = event('paid', { version: 1, partitionBy: 'shop', fields: { shop: string(), amount: optional(float()), abroad: boolean(), since: timestamp() } });
const shop = entity('shop', { name: string() });
const shops = featureView('shops', { version: 1, entity: shop, from: paid, by: (row) => ({ name: row.shop }), features: () => [over('24h', { n: count() })] });
const fraud = model('fraud', { version: 1, predicts: 'probability', entities: { shop }, request: { amount: optional(float()), abroad: boolean(), since: timestamp() },
  features: ({ shop: slot }, request) => ({ shop: shops.of(slot), amount: request.amount, abroad: request.abroad, since: request.since }),
  examples: { from: paid, row: (row) => ({ entities: { shop: { name: row.shop } }, request: { amount: row.amount, abroad: row.abroad, since: row.since }, label: row.abroad }) } });
const manifest = manifestOf({ paid, shop, shops, fraud });
const definition = given(manifest.models['fraud@v1']);
const [day, today] = [86_400_000, Date.UTC(2026, 5, 1)];

/** A number from 0 to 1 that looks random and is the same each time. */
const noise = (index: number): number => (Math.sin(index * 12.9898) * 43_758.5453) % 1 * 0.5 + 0.5;

interface Made { readonly index: number; readonly shift?: number; readonly before?: boolean; readonly version?: string; readonly role?: string }

describe('the drift of predictions', () => {
  let directory: string;
  beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'drift-')); });
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  const valuesOf = (index: number, shift: number) => ({ shop__n_24h: Math.floor(10 * noise(index)), amount: index % 10 === 0 ? null : 100 * noise(index + 7) + shift, abroad: noise(index + 3) < 0.3, since: today - Math.round(noise(index + 5) * 100 * day) });

  const drift = async (made: readonly Made[], learned = 4000, lost: (inputs: TrainingProfile['inputs']) => TrainingProfile['inputs'] = (inputs) => inputs) => await withDatabase(directory, async (database) => {
    const fields = predictionEvent(manifest, definition).fields;
    await insertRecords(database.connection, 'logged', fields, made.map(({ index, shift = 0, before = false, version = 'a', role = 'champion' }) => ({ source: 'api', id: `p${index}`, known: before ? today - day : today + 1, effective: today,
      row: { predictionId: `p${index}`, modelVersion: version, modelRole: role, moment: today, prediction: noise(index + 1), shop__name: 's', logWeight: 10, ...valuesOf(index, shift) } })));
    await database.run({ step: 'arrival', sql: 'CREATE TABLE predictions AS SELECT *, known AS arrival FROM logged' });
    await database.run({ step: 'learned', sql: `CREATE TABLE learned (shop__n_24h FLOAT, amount FLOAT, abroad FLOAT, since FLOAT, label BOOLEAN)` });
    const rows = Array.from({ length: learned }, (_row, index) => valuesOf(index + 50_000, 0));
    await database.run({ step: 'learned', sql: `INSERT INTO learned VALUES ${rows.map((row) => `(${row.shop__n_24h}, ${row.amount ?? 'NULL'}, ${row.abroad ? 1 : 0}, ${row.since / 1000}, TRUE)`).join(', ')}` });
    const profile = await trainingProfile(database.rows, 'learned', definition, { trainingSetHash: 'h', rows: learned }, 'label');
    const objects = new Map([[metadataKey(definition, 'a'), { trainingSetHash: 'h' }], [trainingSetKey(definition, 'h').replace('examples.parquet', 'profile.json'), { ...profile, inputs: lost(profile.inputs) }]] as [string, unknown][]);
    const store = { get: async (key: string) => await Promise.resolve(objects.has(key) ? Buffer.from(JSON.stringify(objects.get(key))) : undefined) };
    return await checkDrift({ models: store, features: store }, database, { model: definition, entities: manifest.entities, range: { from: today, to: today + day } });
  });
  const many = (from: number, about: Omit<Made, 'index'> = {}): readonly Made[] => Array.from({ length: 1500 }, (_each, index) => ({ index: from + index, ...about }));

  it('is none where what is served looks like what was learned from, input by input and for the prediction', async () => {
    const report = await drift([...many(0), ...many(2000, { before: true })]);
    expect(report).toMatchObject({ model: 'fraud@v1', version: 'a', predictions: 1500, lacking: [] });
    expect(report?.columns.map(({ column, isDrifted }) => [column, isDrifted])).toEqual([['shop__n_24h', false], ['amount', false], ['abroad', false], ['since', false], ['prediction', false]]);
    for (const { psi, comparedShares, referenceShares } of report?.columns ?? []) {
      expect(psi).toBeLessThan(0.05);
      for (const shares of [comparedShares, referenceShares]) expect(shares.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
    }
    // One in ten has no amount, in both.
    expect(report?.columns[1]?.comparedShares.at(-1)).toBeCloseTo(0.1, 2);
  });

  it('is found in the input that has moved, and in no other', async () => {
    const report = await drift([...many(0, { shift: 60 }), ...many(2000, { before: true })]);
    expect(report?.columns.filter(({ isDrifted }) => isDrifted).map(({ column }) => column)).toEqual(['amount']);
  });

  it('is found in an input that never had a value and has some now', async () => {
    const never = { kind: 'number', count: 0, absent: 4000, mean: null, standardDeviation: null, min: null, max: null, edges: [], shares: [] } as const;
    const report = await drift([...many(0), ...many(2000, { before: true })], 4000, (inputs) => ({ ...inputs, amount: never }));
    expect(report?.columns.find(({ column }) => column === 'amount')).toMatchObject({ names: ['any', 'absent'], referenceShares: [0, 1], isDrifted: true });
  });

  it('says of which inputs the profile knows nothing, as nothing compared is not nothing found', async () => {
    const report = await drift([...many(0), ...many(2000, { before: true })], 4000, ({ amount: _amount, ...inputs }) => inputs);
    expect(report?.columns.map(({ column }) => column)).toEqual(['shop__n_24h', 'abroad', 'since', 'prediction']);
    expect(report?.lacking).toEqual(['the profile of the training set of a says nothing of the input amount']);
  });

  it('is tested by the chi-square distribution of SciPy', () => {
    for (const { statistic, degrees, pValue } of vectors.chiSquare) expect(chiSquareTail(statistic, degrees)).toBeCloseTo(pValue, 12);
  });

  it('leaves shadows out, and says what it has nothing to compare with', async () => {
    const report = await drift([...many(0), ...many(2000, { shift: 60, role: 'shadow', version: 'b' }).concat(many(4000, { shift: 60, role: 'shadow', version: 'b' }))]);
    expect(report).toMatchObject({ version: 'a', predictions: 1500, lacking: ['there are no predictions of a in the days before to compare with'] });
    const unknown = await drift(many(0, { version: 'c' }));
    expect(unknown).toMatchObject({ version: 'c', columns: [], lacking: ['the version c has no metadata that names what it learned from', 'there are no predictions of c in the days before to compare with'] });
    expect(await drift([])).toBeUndefined();
  });
});
