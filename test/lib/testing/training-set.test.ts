import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrainingSet } from 'headrace/testing';
import { memoryDatabase } from '../../core/training/support';

describe('a training set, opened by a test of a project', () => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-open-'));
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('gives the rows of its file in their order, a part at a time', async () => {
    const file = join(directory, 'rows.parquet');
    const connection = await memoryDatabase();
    await connection.run(`COPY (SELECT 'o-' || i AS "example.id", 9007199254740993 + i AS "entity.customer.number", TIMESTAMP '2026-01-01' + to_days(i::INTEGER) AS "example.moment", CASE WHEN i % 2 = 0 THEN i + 0.5 END::FLOAT AS orders, i = 1 AS "example.label" FROM range(5000) AS t(i))
      TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`);
    connection.closeSync();
    const set = await openTrainingSet(file);
    expect([set.count, set.columns]).toEqual([5000, ['example.id', 'entity.customer.number', 'example.moment', 'orders', 'example.label']]);
    const rows = [];
    for await (const row of set.rows()) rows.push(row);
    expect(rows).toHaveLength(5000);
    expect(rows[1]).toEqual({ 'example.id': 'o-1', 'entity.customer.number': '9007199254740994', 'example.moment': new Date('2026-01-02T00:00:00Z'), orders: null, 'example.label': true });
    expect(rows.at(-1)).toMatchObject({ 'example.id': 'o-4999', orders: null });
    expect(rows[4998]).toMatchObject({ orders: 4998.5 });
  });
});
