import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { leakChunkStatements, leakQuery, leakReport, leakSampleStatements } from '../../../core/training/leak-plan';
import type { LeakReport } from '../../../core/training/leak-plan';
import type { TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { candidatesStatement, chunkStatements } from '../../../core/training/training-set-plan';
import type { TestRecord } from './support';
import { insertRecords, memoryDatabase, rowsOf } from './support';
import { begin, definition, fields, hour, manifest, naiveInputs, range, record } from './trips';

describe('what event time alone would have leaked', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => { connection = await memoryDatabase(); });
  afterAll(() => { connection.closeSync(); });

  const report = async (records: readonly TestRecord[], cut: number, part = 1): Promise<LeakReport> => {
    await insertRecords(connection, 'records', fields, records);
    const input: TrainingSetPlanInput = { manifest, model: definition, records: () => ({ table: 'records', lateness: Math.max(0, ...records.map(({ known, effective }) => known - effective)) }) };
    const sources = [{ kind: 'event', name: 'trip.ended', version: 1 }] as const;
    const chunks = [{ from: range.from, to: cut }, { from: cut, to: range.to }];
    const statements = [candidatesStatement(input, range), ...chunks.flatMap((chunk, index) => chunkStatements(input, chunk, index === 0)), ...leakSampleStatements(input, sources, part), ...chunks.flatMap((chunk, index) => leakChunkStatements(input, chunk, index === 0))];
    for (const { sql } of statements) await connection.run(sql);
    const [{ rows }, answer] = [(await rowsOf(connection, 'SELECT count(*) AS rows FROM examples'))[0] ?? {}, (await rowsOf(connection, leakQuery(input)))[0]];
    return leakReport(input, Number(rows), answer ?? {});
  };

  it('is what a naive count finds with every event known as it happened', () => fc.assert(fc.asyncProperty(fc.array(record, { maxLength: 40 }), fc.integer({ min: 1, max: 47 }), async (records, hours) => {
    const found = await report(records, begin + hours * hour);
    const rows = records.filter(({ known, row }) => Number(row['began']) >= range.from && Number(row['began']) < range.to && known < range.knownUntil && known > Number(row['began']) && row['late'] !== null);
    const both = rows.map(({ row }) => ({ known: naiveInputs(records, row), happened: naiveInputs(records.map((each) => ({ ...each, known: each.effective })), row) }));
    expect(found).toMatchObject({ rowsCompared: rows.length, isEstimate: false, rowsWithAny: both.filter(({ known, happened }) => JSON.stringify(known) !== JSON.stringify(happened)).length });
    for (const name of definition.inputs.map((each) => each.name).filter((each) => each !== 'relative')) {
      const differing = both.map(({ known, happened }) => [known[name] ?? null, happened[name] ?? null] as const).filter(([known, happened]) => known !== happened);
      const by = differing.flatMap(([known, happened]) => (known === null || happened === null ? [] : [Math.abs(known - happened)]));
      const leak = found.inputs[name] ?? { rows: 0, share: 0, meanAbsoluteDifference: null };
      expect([name, leak.rows, leak.share]).toEqual([name, differing.length, rows.length === 0 ? 0 : differing.length / rows.length]);
      expect(leak.meanAbsoluteDifference ?? -1).toBeCloseTo(by.length === 0 ? -1 : by.reduce((left, right) => left + right, 0) / by.length, 9);
    }
  }), { numRuns: 15 }), 60_000);

  it('is nothing when every event was known as it happened', async () => {
    const records = fc.sample(record, { numRuns: 30, seed: 1 }).map((each) => ({ ...each, known: each.effective }));
    expect(await report(records, begin + hour)).toMatchObject({ rowsWithAny: 0, share: 0, inputs: {} });
  });

  it('is an estimate from a part of the rows, the same part each time', async () => {
    const records = fc.sample(record, { numRuns: 200, seed: 2 });
    const [whole, part] = [await report(records, begin + hour), await report(records, begin + hour, 0.5)];
    expect(part.isEstimate).toBe(true);
    expect(part.rowsCompared).toBeGreaterThan(whole.rowsCompared * 0.3);
    expect(part.rowsCompared).toBeLessThan(whole.rowsCompared * 0.7);
    expect(await report(records.toReversed(), begin + 2 * hour, 0.5)).toEqual(part);
  });
});
