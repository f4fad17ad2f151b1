import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { boolean, count, divide, entity, event, eq, featureView, float, int, mean, model, optional, over, string, timestamp } from '../../../core/definition';
import type { Manifest, ModelDefinition } from '../../../core/manifest/manifest';
import type { GivenColumnsFound } from '../../../core/training/given-columns';
import { givenColumns } from '../../../core/training/given-columns';
import type { GivenFormat } from '../../../core/training/given-rows';
import { givenCandidates, givenColumnsQuery, givenFormatOf, givenFormats, givenStatistics, givenNamesQuery, givenTable, readGiven, writeRefused } from '../../../core/training/given-rows';
import type { GivenColumn } from '../../../core/training/given-value';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements } from '../../../core/training/training-set-plan';
import type { TestRecord } from './support';
import { insertRecords, manifestOf, memoryDatabase, rowsOf } from './support';

const hour = 3_600_000;
const day = 24 * hour;
const begin = Date.UTC(2001, 0, 10);
const now = begin + 30 * day;

const trip = event('trip.ended', { version: 1, partitionBy: 'from', fields: { from: string(), to: int(), began: timestamp(), late: optional(int()), fare: float() } });
const stop = entity('stop', { name: string() });
const place = entity('place', { number: int() });
const trips = featureView('trips', { version: 1, entity: stop, from: trip, by: (f) => ({ name: f.from }), features: (f) => [over(['1h', '2d'], { trips: count(), mean_fare: mean(f.fare) })] });
const ends = featureView('ends', { version: 1, entity: place, from: trip, by: (f) => ({ number: f.to }), features: () => [over('3h', { ends: count() })] });
const late = model('late', { version: 1, predicts: 'probability', entities: { from: stop, to: place }, request: { fare: float({ min: 0 }), moment: optional(boolean()) },
  features: ({ from, to }, request) => ({ from: trips.of(from), to: ends.of(to), fare: request.fare, relative: divide(request.fare, trips.of(from).mean_fare_2d) }),
  examples: { from: trip, row: (f) => ({ at: f.began, entities: { from: { name: f.from }, to: { number: f.to } }, request: { fare: f.fare, moment: eq(f.fare, 1) }, label: eq(f.late, 1) }) } });
const manifest: Manifest = manifestOf({ trip, stop, place, trips, ends, late });
const definition = manifest.models['late@v1'] as ModelDefinition;
const fields = manifest.events['trip.ended@v1']?.fields ?? {};

describe('rows that somebody gives', () => {
  let connection: DuckDBConnection;
  let directory: string;
  beforeAll(async () => {
    connection = await memoryDatabase();
    directory = mkdtempSync(join(tmpdir(), 'given-rows-'));
  });
  afterAll(() => {
    connection.closeSync();
    rmSync(directory, { recursive: true, force: true });
  });

  const read = async (file: string, format: GivenFormat, { hasMoment = true, hasLabel = true } = {}): Promise<GivenColumnsFound> => {
    const query = givenNamesQuery(file, format);
    const names = query === undefined ? [] : (await rowsOf(connection, query)).map(({ name }) => String(name));
    await connection.run(readGiven(file, format, names).sql);
    return givenColumns(await rowsOf(connection, givenColumnsQuery) as unknown as readonly GivenColumn[], givenTable, { manifest, model: definition, hasMoment, hasLabel });
  };

  /** Makes the candidates of a text. */
  const take = async (name: string, text: string, moment?: number): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const [file, format] = [join(directory, name), givenFormatOf(name)];
    writeFileSync(file, text);
    const found = await read(file, format ?? 'csv', { hasMoment: moment === undefined });
    if (!found.ok) throw new Error(found.problems.join('; '));
    await connection.run(givenCandidates({ manifest, model: definition, columns: found.columns, now, source: 's', ...(moment === undefined ? {} : { moment }) }).sql);
    return rowsOf(connection, 'SELECT * FROM candidates ORDER BY "row"');
  };

  const record: fc.Arbitrary<TestRecord> = fc.record({
    id: fc.uuid(), effective: fc.integer({ min: -48, max: 48 }).map((half) => begin + (half * hour) / 2), lateness: fc.constantFrom(0, 0, hour), took: fc.integer({ min: 1, max: 40 }),
    from: fc.constantFrom('a', 'b "c", d'), to: fc.constantFrom(1, 9_007_199_254_740_991), late: fc.option(fc.integer({ min: 0, max: 2 })), fare: fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4),
  }).map(({ id, effective, lateness, took, ...row }) => ({ source: 's', id, effective, known: effective + lateness, row: { ...row, began: effective - (took * hour) / 12 } }));

  it.each(givenFormats)('have the features that the same rows have as events, in %s', (format) => fc.assert(fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (records) => {
    await insertRecords(connection, 'records', fields, records);
    const input: TrainingSetPlanInput = { manifest, model: definition, records: () => ({ table: 'records', lateness: hour }) };
    const range = { from: begin - 3 * day, to: begin + 3 * day };
    const rows = async (): Promise<unknown> => {
      for (const { sql } of chunkStatements(input, range, true)) await connection.run(sql);
      return rowsOf(connection, 'SELECT * EXCLUDE ("example.moment", "example.known"), epoch_ms("example.moment") AS moment, epoch_ms("example.known") AS known FROM examples ORDER BY "example.id"');
    };
    await connection.run(candidatesStatement(input, { ...range, knownUntil: range.to }).sql);
    const file = join(directory, `rows.${format}`);
    const text = (sql: string): string => (format === 'parquet' ? `make_timestamp(${sql} * 1000)` : `strftime(make_timestamp(${sql} * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')`);
    await connection.run(`COPY (SELECT id, ${text('moment')} AS moment, ${text('known')} AS "example.known", "entity.from.name" AS "from.name", "entity.to.number", "request:fare" AS fare, "request:moment" AS "request.moment", label AS label
      FROM candidates WHERE dropped IS NULL) TO '${file}' (${format === 'ndjson' ? 'FORMAT json' : `FORMAT ${format}`})`);
    const wanted = await rows();
    // A file of NDJSON without a line has no columns either.
    fc.pre((wanted as readonly unknown[]).length > 0);
    const found = await read(file, format);
    if (!found.ok) throw new Error(found.problems.join('; '));
    await connection.run(givenCandidates({ manifest, model: definition, columns: found.columns, now, source: 's' }).sql);
    expect(await rowsOf(connection, 'SELECT dropped, dropped_column FROM candidates WHERE dropped IS NOT NULL')).toEqual([]);
    expect(await rows()).toEqual(wanted);
  }), { numRuns: 12 }));

  it('are told apart where one is none, by reason and column, and none is lost', async () => {
    const rows = await take('rows.csv', [
      'id,moment,from.name,to.number,fare,label,known', '1,2001-01-10T00:00:00Z,a,7,1.5,true,2001-01-11T00:00:00Z', '1,2001-01-10T00:00:00Z,a,7,1.5,true,', ',2001-01-10T00:00:00Z,a,7,1.5,true,', '2,,a,7,1.5,true,', '3,2001-01-10 00:00:00,a,7,1.5,true,',
      '4,2001-03-10T00:00:00Z,a,7,1.5,true,', '5,2001-01-10T00:00:00+01:00,,7,1.5,true,', '6,2001-01-10T00:00:00Z,a,7.5,1.5,true,', '7,2001-01-10T00:00:00Z,a,7,,true,', '8,2001-01-10T00:00:00Z,a,7,-1,true,', '9,2001-01-10T00:00:00Z,a,7,1,,', '10,2001-01-10T00:00:00Z,a,7,1,yes,',
      '11,2001-01-10T00:00:00Z,a,7,1,0,2001-01-10T00:00:00Z', '12,2001-01-10T00:00:00Z,a,7,1,0,2001-03-10T00:00:00Z', '13,2001-01-10T00:00:00Z,a,7,1,0,soon', '14,2001-01-10T00:00:00Z,a,7,1_0,0,', ''].join('\n'));
    expect(rows.map(({ dropped, dropped_column: column }) => [dropped, column])).toEqual([
      [null, null], ['duplicateId', 'id'], ['idMissing', 'id'], ['momentMissing', 'moment'], ['momentInvalid', 'moment'], ['momentInFuture', 'moment'], ['entityMissing', 'from.name'], ['entityInvalid', 'to.number'],
      ['requestMissing', 'fare'], ['requestInvalid', 'fare'], ['labelMissing', 'label'], ['labelInvalid', 'label'], ['labelNotInFuture', 'known'], ['labelNotDue', 'known'], ['knownInvalid', 'known'], ['requestInvalid', 'fare']]);
    expect(await rowsOf(connection, givenStatistics)).toEqual([{ rows: 16, kept: 1, first: begin, last: begin }]);
    const file = join(directory, 'refused.ndjson');
    await connection.run(writeRefused(file).sql);
    const refused = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as unknown);
    expect(refused).toHaveLength(15);
    expect(refused[6]).toEqual({ row: 8, reason: 'entityInvalid', column: 'to.number', given: { id: '6', moment: '2001-01-10T00:00:00Z', 'from.name': 'a', 'to.number': '7.5', fare: '1.5', label: 'true', known: null } });
  });

  it('are called by their numbers where they have no ids, and have one moment where it is given for all', async () => {
    const rows = await take('rows.jsonl', '{"from.name":"a","to__number":7,"fare":1,"other":{"x":[1]}}\n{"from.name":"b","to__number":8,"fare":2,"request.moment":true}\n', begin);
    expect(rows.map((row) => [row['id'], row['moment'], row['entity.to.number'], row['request:moment'], row['dropped']])).toEqual([['1', begin, 7, null, null], ['2', begin, 8, true, null]]);
  });

  it('are refused whole where a column is missing, is of another type, or a line cannot be read', async () => {
    const file = join(directory, 'wrong.parquet');
    await connection.run(`COPY (SELECT 1 AS moment, [1] AS "from.name", 7 AS fare) TO '${file}' (FORMAT parquet)`);
    expect(await read(file, 'parquet')).toEqual({ ok: false, problems: [
      'the column from.name is of the type INTEGER[]; it must hold text', 'the key number of the place in the slot to is missing: there is no column to.number or entity.to.number',
      'the column moment is of the type INTEGER; it must hold timestamps, as text with an offset such as 2001-01-31T18:00:00Z'] });
    expect(await read(file, 'parquet', { hasMoment: false })).toMatchObject({ ok: false });
    await expect(take('broken.csv', 'id,moment,from.name\n1,2001-01-10T00:00:00Z,a\n2,x\n')).rejects.toThrow(/line: 3/iu);
    await expect(take('broken.ndjson', '{"id":1}\n{"id":\n')).rejects.toThrow(/line \d/iu);
    await expect(take('both.csv', 'moment,from.name,to.number,fare\n2001-01-10T00:00:00Z,a,7,1\n', begin)).rejects.toThrow(/one moment was given for all rows, and the column moment gives each its own/u);
  });

  it('come in files whose names end as their format', () => {
    expect(['a.csv', 'a.csv.gz', 'a.PARQUET', 'a.jsonl', 'a.ndjson.gz', 'a.xlsx', 'csv'].map(givenFormatOf)).toEqual(['csv', 'csv', 'parquet', 'ndjson', 'ndjson', undefined, undefined]);
  });
});
