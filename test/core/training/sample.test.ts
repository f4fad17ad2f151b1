import type { DuckDBConnection } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { isAmongSql, isSampledSql, sampleProblem, weightSql } from '../../../core/training/sample';
import { memoryDatabase, rowsOf } from './support';

describe('a sample of rows', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await memoryDatabase();
    await connection.run("CREATE TABLE rows AS SELECT 's' AS source, CAST(i AS VARCHAR) AS id, i % 4 = 0 AS label FROM range(20000) AS t(i)");
  });
  afterAll(() => { connection.closeSync(); });

  const idsOf = async (condition: string): Promise<readonly unknown[]> => (await rowsOf(connection, `SELECT id FROM rows WHERE ${condition} ORDER BY CAST(id AS INTEGER)`)).map(({ id }) => id);

  it('is decided by the identity alone: by the first digits of the MD5 of source and id', async () => {
    const digits = (id: number): number => Number.parseInt(createHash('md5').update(`s\n${id}`).digest('hex').slice(0, 13), 16);
    expect(await idsOf(isAmongSql(0.1))).toEqual(Array.from({ length: 20_000 }, (_each, id) => id).filter((id) => digits(id) < 0.1 * 16 ** 13).map(String));
  });

  it('takes of each label the part that is asked for, and gives rows the weight of those that they stand for', async () => {
    const sample = { true: 1, false: 0.1 };
    const rows = await rowsOf(connection, `SELECT label, count(*) AS count, sum(${weightSql(sample, 'label')}) AS weight FROM rows WHERE ${isSampledSql(sample, 'label')} GROUP BY label ORDER BY label`);
    expect(rows[1]).toEqual({ label: true, count: 5000, weight: 5000 });
    expect(Math.abs(Number(rows[0]?.['weight']) - 15_000)).toBeLessThan(1500);
    expect(Number(rows[0]?.['weight'])).toBe(Number(rows[0]?.['count']) * 10);
  });

  it('has a larger one that holds the smaller, and others by another salt', async () => {
    const [small, large, other] = [await idsOf(isAmongSql(0.1)), new Set(await idsOf(isAmongSql(0.3))), await idsOf(isAmongSql(0.1, 'other'))];
    expect(small.filter((id) => !large.has(id))).toEqual([]);
    expect(other.filter((id) => small.includes(id)).length).toBeLessThan(400);
  });

  it('is refused when it is no part, or goes by labels that are neither true nor false', () => {
    expect([sampleProblem(0.1, 'int'), sampleProblem({ true: 1, false: 0.1 }, 'boolean')]).toEqual([undefined, undefined]);
    expect(sampleProblem(0, 'boolean')).toMatch(/over 0 and at most 1/u);
    expect(sampleProblem({ true: 2, false: 1 }, 'boolean')).toMatch(/over 0 and at most 1/u);
    expect(sampleProblem(Number.NaN, 'boolean')).toMatch(/over 0 and at most 1/u);
    expect(sampleProblem({ true: 1, false: 0.5 }, 'int')).toMatch(/of the type int/u);
  });
});
