import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { and, boolean, count, distinct, divide, entity, event, featureView, first, float, gt, hourOfDay, int, last, max, mean, min, not, optional, over, quantile, share, standardDeviation, string, sum, timestamp, variance } from '../../../core/definition';
import type { ViewDefinition } from '../../../core/manifest/manifest';
import { viewPlan, type Density } from '../../../core/training/view-plan';
import { naiveFeatures } from '../../../core/window/oracle';
import type { TestRecord } from './support';
import { insertRecords, manifestOf, memoryDatabase, rowsOf } from './support';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const visit = event('visit', { version: 1, partitionBy: 'shop', fields: {
  shop: string(), till: optional(int()), amount: optional(float()), items: int(), member: optional(boolean()), opened: optional(timestamp()) } });
const till = entity('till', { shop: string(), till: int() });
const visits = featureView('visits', { version: 1, entity: till, from: visit, by: (f) => ({ shop: f.shop, till: f.till }), features: (f) => [
  over(['5m', '1h', '12h', '2d', '12d'], { visits: count(), items: sum(f.items), amount: sum(f.amount), mean_amount: mean(f.amount), members: share(f.member) }),
  over(['10m', '1d'], { least: min(f.amount), most: max(f.items), newest_opened: max(f.opened), last_amount: last(f.amount), last_shop: last(f.shop) }),
  over(['1h', '2d'], { spread: variance(f.amount), items_deviation: standardDeviation(f.items), hour_spread: variance(hourOfDay(f.opened, 'UTC'), { where: f.member }) }),
  over('lifetime', { visits: count(), amount: sum(f.amount), most: max(f.items), spread: variance(f.amount), last_shop: last(f.shop) }),
  over('3h', {
    large: count({ where: gt(f.items, 2) }), each: mean(divide(f.amount, f.items)), last_large: last(divide(f.items, 3), { where: and(gt(f.amount, 0), not(f.member)) }),
    hours: sum(hourOfDay(f.opened, 'America/Chicago')) }),
] });
const sketches = featureView('sketches', { version: 1, entity: till, from: visit, writeUnits: 100, by: (f) => ({ shop: f.shop, till: f.till }), features: (f) => [
  over(['1h', '12h'], { first_amount: first(f.amount), first_opened: first(f.opened, { where: f.member }), shops: distinct(f.shop), tens: distinct(f.items, { where: gt(f.items, 1) }), opened: distinct(f.opened), members_of: distinct(f.member),
    median: quantile(f.amount, 0.5, { from: 0.5, to: 4 }), p90: quantile(f.items, 0.9, { from: -2, to: 50 }) }),
] });
const manifest = manifestOf({ visit, till, visits, sketches });
const [sums, sketched] = [manifest.views['visits@v1'], manifest.views['sketches@v1']];
// As one view: a plan has no item that could be too large.
const view = sums && sketched ? { ...sums, features: [...sums.features, ...sketched.features] } : undefined;
const tillEntity = manifest.entities['till'];
const visitEvent = manifest.events['visit@v1'];
// Rows that totals, extremes and newest values alone are made of need be read once where windows are joined.
const readOnce = sums;
if (!view || !readOnce || !tillEntity || !visitEvent) throw new Error('The definitions of this test did not compile as they are named.');

const begin = Date.UTC(2001, 0, 1);
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 4 });

/** Moments that often meet each other and the ends of hops: most within some hours, some within weeks. */
const moments = fc.oneof(fc.integer({ min: 0, max: 36 }).map((hops) => begin + hops * 5 * minute), fc.integer({ min: 0, max: 180 }).map((minutes) => begin + minutes * minute),
  fc.integer({ min: 0, max: 20 * 24 }).map((hours) => begin + hours * hour));
const lateness = {
  none: fc.constant(0),
  little: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 }).map((minutes) => minutes * minute)),
  any: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * minute), fc.integer({ min: 0, max: 15 * 24 }).map((hours) => hours * hour)),
};

const record = (late: fc.Arbitrary<number>): fc.Arbitrary<TestRecord> => fc.record({
  source: fc.constantFrom('a', 'b'), id: fc.uuid(), effective: moments, late,
  row: fc.record({ shop: fc.constantFrom('s', 's', 's', 's|', '\\'), till: nullable(fc.constantFrom(1, 1, 1, 2)), amount: nullable(fc.integer({ min: -5000, max: 5000 }).map((cents) => cents / 16)), items: fc.integer({ min: 0, max: 4 }),
    member: nullable(fc.boolean()), opened: nullable(moments) }),
}).map(({ late: by, ...rest }) => ({ ...rest, known: rest.effective + by }));

interface Point { readonly shop: string; readonly till: number; readonly moment: number }

/** Places where a value may change: when an event becomes known, and when it leaves a window. */
const edges = [{ after: 'known', by: 0 }, { after: 'known', by: 1 }, { after: 'known', by: minute },
  ...[5 * minute, hour, 12 * hour, day, 2 * day, 12 * day].flatMap((width) => [0, -1, 5 * minute, hour, day].map((by) => ({ after: 'effective', by: width + by }) as const))] as const;

/** Points at random and at the edges of events, in any case one of an entity without events. */
const pointsFor = (records: readonly TestRecord[]): fc.Arbitrary<readonly Point[]> => {
  const anywhere = fc.record({ shop: fc.constantFrom('s', 's|', '\\'), till: fc.constantFrom(1, 1, 2), moment: moments });
  const atEdge = records.length === 0 ? anywhere : fc.record({ each: fc.constantFrom(...records), edge: fc.constantFrom(...edges) })
    .map(({ each, edge }) => ({ shop: String(each.row['shop']), till: Number(each.row['till'] ?? 1), moment: (edge.after === 'known' ? each.known : Math.floor(each.effective / (5 * minute)) * 5 * minute) + edge.by }));
  return fc.uniqueArray(fc.oneof({ weight: 1, arbitrary: anywhere }, { weight: 5, arbitrary: atEdge }), { minLength: 1, maxLength: 40, selector: ({ shop, till: number, moment }) => `${shop} ${number} ${moment}` })
    .map((found) => [...found, { shop: 'elsewhere', till: 1, moment: begin }]);
};

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
const keyOf = ({ shop, till: number }: { readonly shop: string; readonly till: number }): string => `${escaped(shop)}|${number}`;

/** The values that the plan's SQL finds, by point. */
const planned = async (connection: DuckDBConnection, records: readonly TestRecord[], wanted: readonly Point[], density: Density = 'dense', of: ViewDefinition = view): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> => {
  await insertRecords(connection, 'records', visitEvent.fields, records);
  await connection.run(`CREATE OR REPLACE TEMP TABLE points AS SELECT * FROM (VALUES ${wanted.map((point) => `('${keyOf(point)}', CAST(${point.moment} AS BIGINT))`).join(', ')}) AS points(entity, moment)`);
  const times = wanted.map(({ moment }) => moment);
  const plan = viewPlan(of, tillEntity, { records: 'records', points: 'points', values: 'found', earliest: Math.min(...times), latest: Math.max(...times) + 1, density,
    lateness: Math.max(0, ...records.map(({ known, effective }) => known - effective)) });
  for (const { sql } of plan) await connection.run(sql);
  const rows = await rowsOf(connection, 'SELECT * FROM found');
  return new Map(rows.map(({ entity: key, moment, ...values }) => [`${String(key)} ${String(moment)}`, values]));
};

const expected = (records: readonly TestRecord[], point: Point, of: ViewDefinition = view): Readonly<Record<string, unknown>> => {
  const own = records.filter(({ row }) => row['shop'] === point.shop && row['till'] === point.till);
  const values = naiveFeatures(of, own.map(({ source, id, known, effective, row }) => ({ source, id, effectiveTime: effective, knownAt: known, row })), point.moment);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`feature:${name}`, value]));
};

describe('features at points in time, by SQL', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => { connection = await memoryDatabase(); });
  afterAll(() => { connection.closeSync(); });

  it.each([
    ['every event was known as it happened', lateness.none, 20],
    ['events become known minutes late, within and across hops', lateness.little, 20],
    ['events become known up to weeks late', lateness.any, 30],
  ] as const)('equal a naive count when %s', async (_when, late, numRuns) => {
    await fc.assert(fc.asyncProperty(fc.array(record(late), { maxLength: 80 }).chain((records) => fc.tuple(fc.constant(records), pointsFor(records))), async ([records, wanted]) => {
      const found = await planned(connection, records, wanted);
      expect(found.size).toBe(wanted.length);
      for (const point of wanted) expect(found.get(`${keyOf(point)} ${point.moment}`)).toEqual(expected(records, point));
    }), { numRuns });
  }, 90_000);

  it.each([['all kinds of', 'sparse', view], ['once read', 'sparse', readOnce], ['all kinds of', 'scarce', view], ['once read', 'scarce', readOnce]] as const)('equal a naive count when the rows of windows are joined to their moments: %s features, %s', async (_kind, density, of) => {
    await fc.assert(fc.asyncProperty(fc.array(record(lateness.any), { maxLength: 80 }).chain((records) => fc.tuple(fc.constant(records), pointsFor(records))), async ([records, wanted]) => {
      const found = await planned(connection, records, wanted, density, of);
      for (const point of wanted) expect(found.get(`${keyOf(point)} ${point.moment}`)).toEqual(expected(records, point, of));
    }), { numRuns: 8 });
  }, 90_000);

  it('count an event neither at the moment at which it was known nor before', async () => {
    const row = { shop: 's', till: 1, amount: 1, items: 1, member: true, opened: null };
    const events = [{ source: 'a', id: '1', effective: begin, known: begin + hour, row }];
    const at = (moment: number): Point => ({ shop: 's', till: 1, moment });
    const found = await planned(connection, events, [at(begin + hour), at(begin + hour + 1)]);
    expect(found.get(`s|1 ${begin + hour}`)).toMatchObject({ 'feature:visits_2d': 0, 'feature:last_amount_1d': null });
    expect(found.get(`s|1 ${begin + hour + 1}`)).toMatchObject({ 'feature:visits_2d': 1, 'feature:last_amount_1d': 1 });
  });

  it('count an event at the very beginning of the widest window, and none before it', async () => {
    const row = { shop: 's', till: 1, amount: 1, items: 1, member: true, opened: null };
    const events = [begin, begin - 1].map((effective, index) => ({ source: 'a', id: String(index), effective, known: effective, row }));
    const moment = begin + 12 * day + 23 * hour;
    const found = await planned(connection, events, [{ shop: 's', till: 1, moment }]);
    expect(found.get(`s|1 ${moment}`)).toMatchObject({ 'feature:visits_12d': 1 });
  });

  it('keep running totals apart over many entities and more rows than a thread takes at once', async () => {
    await connection.run(`CREATE OR REPLACE TABLE records AS SELECT 'a' AS source, CAST(i AS VARCHAR) AS id, CAST(${begin} + (i * 7919) % 400000 * 1000 AS BIGINT) AS known, known AS effective,
      'e' || (i % 997) AS "field:shop", CAST(1 AS DOUBLE) AS "field:till", CAST(i % 11 AS DOUBLE) AS "field:amount", CAST(i % 5 AS DOUBLE) AS "field:items", i % 3 = 0 AS "field:member", CAST(NULL AS BIGINT) AS "field:opened" FROM range(150000) AS r(i)`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE points AS SELECT DISTINCT 'e' || (i % 1009) || '|1' AS entity, CAST(${begin} + (i * 104729) % 400000 * 1000 AS BIGINT) AS moment FROM range(500) AS r(i)`);
    for (const { sql } of viewPlan(view, tillEntity, { records: 'records', points: 'points', values: 'found', earliest: begin, latest: begin + 5 * day, lateness: 0 })) await connection.run(sql);
    const [difference] = await rowsOf(connection, `SELECT count(*) AS points, count(*) FILTER ("feature:visits_1h" <> naive.visits OR "feature:items_1h" <> naive.items) AS wrong FROM found JOIN (
      SELECT points.entity, moment, count(id) AS visits, coalesce(sum("field:items"), 0) AS items FROM points LEFT JOIN records
        ON records."field:shop" || '|1' = points.entity AND known < moment AND effective >= (moment - 3600000) // 300000 * 300000 GROUP BY ALL) AS naive USING (entity, moment)`);
    expect(difference).toEqual({ points: 500, wrong: 0 });
  }, 60_000);
});
