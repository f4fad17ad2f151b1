import * as fc from 'fast-check';
import { chunksOf, rowsByDay } from '../../../core/training/chunks';
import { memoryDatabase, rowsOf } from './support';

const day = 86_400_000;
const days = fc.uniqueArray(fc.record({ day: fc.integer({ min: 0, max: 60 }), rows: fc.integer({ min: 0, max: 100 }) }), { selector: ({ day: each }) => each }).map((each) => each.toSorted((left, right) => left.day - right.day));
const range = fc.tuple(fc.integer({ min: 0, max: 40 * day }), fc.integer({ min: 1, max: 30 * day })).map(([from, length]) => ({ from, to: from + length }));

describe('chunks of a training set', () => {
  it('cover the range without gap and overlap, and have no more rows than asked for unless they are of one day', () => fc.assert(fc.property(range, days, fc.integer({ min: 1, max: 300 }), (whole, counted, rowsAtOnce) => {
    const chunks = chunksOf(whole, counted, rowsAtOnce);
    expect([chunks[0]?.from, chunks.at(-1)?.to]).toEqual([whole.from, whole.to]);
    for (const [index, { from, to }] of chunks.entries()) {
      expect(to).toBeGreaterThan(from);
      expect(chunks[index + 1]?.from ?? to).toBe(to);
      const within = counted.filter((each) => each.day * day < to && (each.day + 1) * day > from && each.rows > 0);
      expect(within.length <= 1 || within.reduce((sum, { rows }) => sum + rows, 0) <= rowsAtOnce).toBe(true);
    }
  })));

  it('are few, and of about the same size', () => {
    const counted = Array.from({ length: 10 }, (_each, each) => ({ day: each, rows: 10 }));
    expect(chunksOf({ from: 0, to: 10 * day }, counted, 50)).toEqual([{ from: 0, to: 5 * day }, { from: 5 * day, to: 10 * day }]);
    expect(chunksOf({ from: 0, to: 10 * day }, counted, 90)).toEqual([{ from: 0, to: 5 * day }, { from: 5 * day, to: 10 * day }]);
    expect(chunksOf({ from: 0, to: 10 * day }, counted, 1000)).toEqual([{ from: 0, to: 10 * day }]);
  });

  it('go by the examples that are left and by when events became known', async () => {
    const connection = await memoryDatabase();
    await connection.run(`CREATE TABLE candidates AS SELECT * FROM (VALUES (${day} + 1, NULL), (${day} + 2, 'labelMissing'), (-1, NULL)) AS t(moment, dropped)`);
    await connection.run(`CREATE TABLE records AS SELECT * FROM (VALUES (${2 * day}), (${2 * day - 1})) AS t(known)`);
    expect(await rowsOf(connection, rowsByDay(['records']))).toEqual([{ day: -1, rows: 1 }, { day: 1, rows: 2 }, { day: 2, rows: 1 }]);
    connection.closeSync();
  });
});
