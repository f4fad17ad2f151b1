import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { count, divide, entity, event, eq, featureView, float, int, last, max, mean, model, optional, over, string, timestamp } from '../../../core/definition';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements, droppedQuery, examplesStatistics, writeStatement } from '../../../core/training/training-set-plan';
import { trainingProfile } from '../../../core/training/profile-sql';
import { naiveFeatures } from '../../../core/window/oracle';
import type { TestRecord } from './support';
import { insertRecords, manifestOf, memoryDatabase, rowsOf } from './support';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const trip = event('trip.ended', { version: 1, partitionBy: 'from', fields: { from: string(), to: string(), began: timestamp(), late: optional(int()), fare: float() } });
const stop = entity('stop', { name: string() });
const trips = featureView('trips', { version: 1, entity: stop, from: trip, by: (f) => ({ name: f.from }), features: (f) => [
  over(['1h', '2d'], { trips: count(), mean_fare: mean(f.fare), worst: max(f.late) }), over('1d', { newest: last(f.fare) })] });
/** Read for one slot only, as `trips` is read for two. */
const ends = featureView('ends', { version: 1, entity: stop, from: trip, by: (f) => ({ name: f.to }), features: () => [over('3h', { ends: count() })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { from: stop, to: stop }, request: { fare: float() },
  features: ({ from, to }, request) => ({ from: trips.of(from), to: trips.of(to), end: ends.of(to), fare: request.fare, relative: divide(request.fare, trips.of(from).mean_fare_2d) }),
  examples: { from: trip, row: (f) => ({ at: f.began, entities: { from: { name: f.from }, to: { name: f.to } }, request: { fare: f.fare }, label: eq(f.late, 1) }) } });
const manifest = manifestOf({ trip, stop, trips, ends, late });
const [definition, view, endsView, fields] = [manifest.models['late@v1'], manifest.views['trips@v1'], manifest.views['ends@v1'], manifest.events['trip.ended@v1']?.fields];
if (!definition || !view || !endsView || !fields) throw new Error('The definitions of this test did not compile as they are named.');

const begin = Date.UTC(2001, 0, 10);
const range = { from: begin, to: begin + 2 * day, knownUntil: begin + 2 * day };

const record: fc.Arbitrary<TestRecord> = fc.record({
  id: fc.uuid(), // Often at the same moment: several events of an entity, and several examples.
  effective: fc.oneof(fc.integer({ min: -24 * 12, max: 3 * 24 * 12 }).map((hops) => begin + hops * 5 * minute), fc.integer({ min: -4, max: 8 }).map((hours) => begin + hours * hour)), lateness: fc.constantFrom(0, 0, 0, minute, 7 * minute, 3 * hour), took: fc.oneof(fc.integer({ min: -1, max: 40 }), fc.constant(12)),
  from: fc.constantFrom('a', 'b'), to: fc.constantFrom('a', 'c'), late: fc.option(fc.integer({ min: 0, max: 2 })), fare: fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
}).map(({ id, effective, lateness, took, ...row }) => ({ source: 's', id, effective, known: effective + lateness, row: { ...row, began: effective - took * 5 * minute } }));

describe('a training set', () => {
  let connection: DuckDBConnection;
  let directory: string;
  beforeAll(async () => {
    connection = await memoryDatabase();
    directory = mkdtempSync(join(tmpdir(), 'training-set-'));
  });
  afterAll(() => {
    connection.closeSync();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Makes the table `examples`, in chunks that end at `cuts`. */
  const build = async (records: readonly TestRecord[], cuts: readonly number[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    await insertRecords(connection, 'records', fields, records);
    const input: TrainingSetPlanInput = { manifest, model: definition, records: () => ({ table: 'records', lateness: Math.max(0, ...records.map(({ known, effective }) => known - effective)) }) };
    await connection.run(candidatesStatement(input, range).sql);
    const ends = [range.from, ...cuts, range.to];
    for (const [index, to] of ends.slice(1).entries()) for (const { sql } of chunkStatements(input, { from: ends[index] ?? range.from, to }, index === 0)) await connection.run(sql);
    return rowsOf(connection, 'SELECT *, epoch_ms("example.moment") AS moment FROM examples ORDER BY "example.id"');
  };

  const bytes = async (records: readonly TestRecord[], cuts: readonly number[] = []): Promise<string> => {
    await build(records, cuts);
    const file = join(directory, 'rows.parquet');
    await connection.run(writeStatement(file).sql);
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  };

  it('has a row for each event whose label lay in the future at its moment, with the features as they were then', () => fc.assert(fc.asyncProperty(fc.array(record, { maxLength: 50 }), async (records) => {
    const rows = await build(records);
    const wanted = records.filter(({ known, row }) => Number(row['began']) >= range.from && Number(row['began']) < range.to && known < range.knownUntil && known > Number(row['began']) && row['late'] !== null);
    expect(rows.map((row) => row['example.id'])).toEqual(wanted.map(({ id }) => id).sort());
    const events = records.map(({ source, id, known, effective, row }) => ({ source, id, effectiveTime: effective, knownAt: known, row }));
    for (const { id, row } of wanted) {
      const found = rows.find((each) => each['example.id'] === id);
      const naive = Object.fromEntries((['from', 'to'] as const).flatMap((slot) => Object.entries(naiveFeatures(view, events.filter((each) => each.row['from'] === row[slot]), Number(row['began'])))
        .map(([name, value]) => [`${slot}__${name}`, value === null ? null : Math.fround(Number(value))])));
      const ended = naiveFeatures(endsView, events.filter((each) => each.row['to'] === row['to']), Number(row['began']))['ends_3h'];
      expect(found).toMatchObject({ ...naive, end__ends_3h: ended, 'entity.from.name': row['from'], 'entity.to.name': row['to'], moment: row['began'], fare: row['fare'], 'example.label': row['late'] === 1 });
    }
  }), { numRuns: 25 }), 60_000);

  it('does not change in any row when events are added that were known at the row’s moment or after it', () => fc.assert(fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), fc.array(record, { maxLength: 30 }), fc.nat(), async (records, others, choice) => {
    const before = await build(records);
    if (before.length === 0) return;
    const row = before[choice % before.length];
    const moment = Number(row?.['moment']);
    // Whatever they say and whenever they happened, they were not known yet.
    const unknown = others.map((each, index) => ({ ...each, known: Math.max(each.effective, moment) + (index % 3 === 0 ? 0 : index * minute) }));
    const after = await build([...records, ...unknown]);
    expect(after.find((each) => each['example.id'] === row?.['example.id'])).toEqual(row);
  }), { numRuns: 40 }), 60_000);

  it('has the same bytes for the same events, whatever their order and wherever it is cut into chunks', () => fc.assert(fc.asyncProperty(fc.array(record, { minLength: 5, maxLength: 60 }), fc.integer({ min: 1, max: 47 }), async (records, hours) => {
    const whole = await bytes(records);
    expect(await bytes(records.toReversed())).toBe(whole);
    expect(await bytes(records, [begin + hours * hour])).toBe(whole);
  }), { numRuns: 8 }), 60_000);

  it('counts what is no example, by reason', async () => {
    const row = { from: 'a', to: 'c', late: 1, fare: 2, began: begin + hour };
    await build([
      { source: 's', id: 'good', effective: begin + 2 * hour, known: begin + 2 * hour, row },
      { source: 's', id: 'known at its moment', effective: begin + hour, known: begin + hour, row },
      { source: 's', id: 'without label', effective: begin + 2 * hour, known: begin + 2 * hour, row: { ...row, late: null } },
      { source: 's', id: 'before the range', effective: begin, known: begin, row: { ...row, began: begin - 1 } },
      { source: 's', id: 'known after the range', effective: range.to, known: range.to, row },
    ]);
    expect(await rowsOf(connection, `${droppedQuery} ORDER BY ALL`)).toEqual([{ dropped: 'labelMissing', count: 1 }, { dropped: 'labelNotInFuture', count: 1 }]);
    expect(await rowsOf(connection, examplesStatistics('boolean'))).toEqual([{ rows: 1, share: 1 }]);
    const profile = await trainingProfile((sql) => rowsOf(connection, sql), 'examples', definition, { trainingSetHash: '', rows: 1 }, 'example.label');
    expect(Object.keys(profile.inputs)).toEqual(definition.inputs.map(({ name }) => name));
    expect(profile).toMatchObject({ format: 1, model: 'late@v1', inputs: { fare: { kind: 'number', count: 1, mean: 2, edges: [], shares: [1] } }, label: { kind: 'boolean', count: 1, trueShare: 1 } });
  });
});
