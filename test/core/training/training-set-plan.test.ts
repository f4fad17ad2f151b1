import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import type { Sample } from '../../../core/training/sample';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements, droppedQuery, examplesStatistics, writeStatement } from '../../../core/training/training-set-plan';
import { trainingProfile } from '../../../core/training/profile-sql';
import type { TestRecord } from './support';
import { insertRecords, memoryDatabase, rowsOf } from './support';
import { begin, definition, fields, hour, manifest, minute, naiveInputs, range, record } from './trips';

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
  const build = async (records: readonly TestRecord[], cuts: readonly number[] = [], sample?: Sample): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    await insertRecords(connection, 'records', fields, records);
    const input: TrainingSetPlanInput = { manifest, model: definition, ...(sample === undefined ? {} : { sample }), records: () => ({ table: 'records', lateness: Math.max(0, ...records.map(({ known, effective }) => known - effective)) }) };
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
    for (const { id, row } of wanted) {
      expect(rows.find((each) => each['example.id'] === id)).toMatchObject({ ...naiveInputs(records, row), 'entity.from.name': row['from'], 'entity.to.name': row['to'], moment: row['began'], fare: row['fare'], 'example.label': row['late'] === 1 });
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

  it('has of a sample the rows that it would have without, with how many each stands for, and counts the others', () => fc.assert(fc.asyncProperty(fc.array(record, { minLength: 5, maxLength: 60 }), async (records) => {
    const whole = new Map((await build(records)).map((row) => [row['example.id'], row]));
    const sampled = await build(records, [], { true: 1, false: 0.25 });
    for (const { 'example.weight': weight, ...row } of sampled) expect([row, weight]).toEqual([whole.get(row['example.id']), row['example.label'] === true ? 1 : 4]);
    const notSampled = (await rowsOf(connection, droppedQuery)).find(({ dropped }) => dropped === 'notSampled');
    expect(sampled.length + Number(notSampled?.['count'] ?? 0)).toBe(whole.size);
    expect(sampled.filter((row) => row['example.label'] === true)).toHaveLength([...whole.values()].filter((row) => row['example.label'] === true).length);
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
