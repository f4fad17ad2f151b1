import { densityOf, densityQuery } from '../../../core/training/density';
import { given } from '../../fixtures/flights';
import { insertRecords, memoryDatabase, rowsOf } from './support';
import { begin, definition, fields, hour, manifest } from './trips';

const view = given(manifest.views['trips@v1']);
const day = 24 * hour;

describe('how windows are found', () => {
  it('is by joining where few rows lie in windows, and in order of time where many do', () => {
    const range = { from: begin, to: begin + 180 * day };
    // A million moments and ten million rows: of a million entities, and of a thousand.
    expect(densityOf(view, { rows: 1e7, points: 1e6, pairs: 1e7 }, range)).toBe('scarce');
    expect(densityOf(view, { rows: 1e7, points: 1e6, pairs: 1e8 }, range)).toBe('sparse');
    expect(densityOf(view, { rows: 1e7, points: 1e6, pairs: 1e10 }, range)).toBe('dense');
    // Twenty thousand moments of busy entities, and of busier ones: joining is cheaper than putting in order, a row.
    expect(densityOf(view, { rows: 3e6, points: 2e4, pairs: 2e8 }, range)).toBe('sparse');
    expect(densityOf(view, { rows: 3e6, points: 2e4, pairs: 2e9 }, range)).toBe('dense');
    expect(densityOf(view, { rows: 0, points: 0, pairs: 0 }, range)).toBe('dense');
  });

  it('is told by counts of both tables, for every slot that reads the view', async () => {
    const connection = await memoryDatabase();
    const row = { to: 'x', began: begin, late: 1, fare: 1 };
    await insertRecords(connection, 'records', fields, ['a', 'a', 'b'].map((from, index) => ({ source: 's', id: String(index), known: begin, effective: begin, row: { ...row, from } })));
    await connection.run(`CREATE TABLE candidates AS SELECT * FROM (VALUES ('a', 'a', NULL), ('a', 'b', NULL), ('c', 'c', NULL), ('a', 'a', 'labelMissing')) AS t("slot:from", "slot:to", dropped)`);
    const input = { manifest, model: definition, records: () => ({ table: 'records', lateness: 0 }) };
    expect(await rowsOf(connection, densityQuery(input, view, given(manifest.entities['stop'])))).toEqual([{ rows: 3, points: 6, pairs: 2 * 3 + 1 }]);
    connection.closeSync();
  });
});
