import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { binOf } from '../../../core/training/profile';
import { columnProfile } from '../../../core/training/profile-sql';
import { memoryDatabase, rowsOf } from './support';

interface Row { readonly value: number | null; readonly weight: number }

const weighted = (rows: readonly Row[], of: (value: number) => number): number => rows.reduce((sum, { value, weight }) => sum + (value === null ? 0 : weight * of(value)), 0);

describe('the profile of a column', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => { connection = await memoryDatabase(); });
  afterAll(() => { connection.closeSync(); });

  const fill = (rows: readonly Row[]): Promise<unknown> => connection.run(`CREATE OR REPLACE TABLE profiled AS SELECT * FROM (VALUES (NULL::FLOAT, 0::DOUBLE)${rows.map(({ value, weight }) => `, (${value === null ? 'NULL' : `'${value}'::FLOAT`}, ${weight})`).join('')}) AS t(value, weight) WHERE weight > 0`);
  const profiled = (scalar: 'int' | 'boolean', weight?: string): ReturnType<typeof columnProfile> => columnProfile((sql) => rowsOf(connection, sql), 'profiled', { name: 'value', scalar }, weight);

  const value = fc.oneof(fc.constant(null), fc.constant(0), fc.integer({ min: -20, max: 20 }), fc.float({ noNaN: true, min: Math.fround(-1e6), max: Math.fround(1e6) })).map((each) => (each === null ? null : Math.fround(each)));
  const row: fc.Arbitrary<Row> = fc.record({ value, weight: fc.constantFrom(1, 1, 10) });

  it('tells what a plain count tells, weighted where rows stand for others', () => fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 120 }), fc.boolean(), async (rows, isWeighted) => {
    await fill(rows);
    const found = await profiled('int', isWeighted ? 'weight' : undefined);
    if (found.kind !== 'number') throw new Error(`The profile of a number is one of ${found.kind}.`);
    const counted = isWeighted ? rows : rows.map((each) => ({ ...each, weight: 1 }));
    const present = counted.flatMap((each) => (each.value === null ? [] : [each.value])).sort((left, right) => left - right);
    expect([found.count, found.absent]).toEqual([present.length, rows.length - present.length]);
    if (present.length === 0) return;
    const all = weighted(counted, () => 1);
    const mean = weighted(counted, (each) => each) / all;
    const largest = Math.max(1e-3, ...present.map(Math.abs));
    expect(Math.abs(Number(found.mean) - mean) / largest).toBeLessThan(1e-9);
    expect(Math.abs(Number(found.standardDeviation) - Math.sqrt(weighted(counted, (each) => (each - mean) ** 2) / all)) / largest).toBeLessThan(1e-6);
    expect([found.min, found.max].map((each) => Number(each) + 0)).toEqual([Number(present[0]) + 0, Number(present.at(-1)) + 0]);
    // An edge is a value, and so far along the rows as its place among the twentieths says.
    const quantiles = Array.from({ length: 19 }, (_each, index) => Number(present[Math.max(0, Math.ceil(((index + 1) / 20) * present.length) - 1)]) + 0);
    expect(found.edges.map((each) => each + 0)).toEqual([...new Set(quantiles)].filter((each) => each < Number(present.at(-1))));
    expect(found.shares).toHaveLength(found.edges.length + 1);
    for (const [bin, share] of found.shares.entries()) expect(share).toBeCloseTo(weighted(counted, (each) => (binOf(found.edges, each) === bin ? 1 : 0)) / all, 9);
  }), { numRuns: 60 }), 60_000);

  it('has no mean, no range and no bins without a value', async () => {
    await fill([{ value: null, weight: 1 }]);
    expect(await profiled('int')).toEqual({ kind: 'number', count: 0, absent: 1, mean: null, standardDeviation: null, min: null, max: null, edges: [], shares: [] });
  });

  it('takes the largest numbers and the smallest', async () => {
    for (const size of [1e-30, 3e38]) {
      await fill([{ value: size, weight: 1 }, { value: size / 2, weight: 1 }, { value: -size, weight: 1 }]);
      const found = await profiled('int');
      expect(Number('mean' in found ? found.mean : Number.NaN) / size).toBeCloseTo(0.5 / 3, 6);
    }
  });

  it('counts how many booleans are true', async () => {
    await fill([{ value: 1, weight: 1 }, { value: 0, weight: 3 }, { value: null, weight: 5 }]);
    expect(await profiled('boolean')).toEqual({ kind: 'boolean', count: 2, absent: 1, trueShare: 0.5 });
    expect(await profiled('boolean', 'weight')).toEqual({ kind: 'boolean', count: 2, absent: 1, trueShare: 0.25 });
  });

  it('is the same to the last digit whatever the order of the rows', async () => {
    const rows = Array.from({ length: 5000 }, (_each, index) => ({ value: Math.fround(Math.sin(index) * 1e5), weight: 1 }));
    await fill(rows);
    const one = await profiled('int');
    await fill(rows.toReversed());
    expect(await profiled('int')).toEqual(one);
  });

  it('tells of text how much of it there is', async () => {
    await connection.run("CREATE OR REPLACE TABLE profiled AS SELECT * FROM (VALUES ('a'), ('a'), ('b'), (NULL)) AS t(value)");
    expect(await columnProfile((sql) => rowsOf(connection, sql), 'profiled', { name: 'value', scalar: 'string' })).toEqual({ kind: 'text', count: 3, absent: 1, distinct: 2 });
  });
});
