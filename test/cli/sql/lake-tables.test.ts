import { duckdbType, lakeTables, mayHold, tablesIn } from '../../../cli/sql/lake-tables';
import { rejectionCodes } from '../../../core/contract/rejection';
import { namesOf } from '../../../core/environment';
import { manifest, manifestOf } from '../../fixtures/contracts';
import * as fromDatabase from '../../fixtures/database/definitions';

const names = namesOf({ name: 'test', account: '111122223333', region: 'us-east-1' });
const tables = lakeTables(manifest, names);
const moment = (text: string): number => Date.parse(text);

describe('the tables of the lake', () => {
  it('are those of the catalog: raw by contract, quarantine, and lineage', () => {
    expect(tables.map(({ name }) => name)).toEqual(['raw_order_placed_v1', 'raw_order_placed_v2', 'raw_order_shipped_v1', 'quarantine', 'lineage']);
    expect(tables.at(-2)?.prefixes).toEqual(rejectionCodes.map((code) => `quarantine/${code}/`));
    expect(lakeTables(manifest, names, { reason: 'not_json' }).at(-2)?.prefixes).toEqual(['quarantine/not_json/']);
    expect(lakeTables(manifestOf(fromDatabase), names).map(({ name, prefixes }) => [name, prefixes[0]])).toContainEqual(['raw_accounts_v1', 'raw/dataset=accounts/v1/']);
  });

  it('are fetched only when a query names them, with or without the database, in any case', () => {
    const named = (sql: string) => tablesIn(sql, tables).map(({ name }) => name);
    expect(named('SELECT 1')).toEqual([]);
    expect(named('SELECT * FROM Headrace_test.QUARANTINE q JOIN "raw_order_placed_v1" USING (dt)')).toEqual(['raw_order_placed_v1', 'quarantine']);
    expect(named('SELECT quarantined FROM raw_order_placed_v11')).toEqual([]);
  });

  it.each([
    ['string', 'VARCHAR'],
    ['struct<a:string,b:bigint>', 'STRUCT("a" VARCHAR, "b" BIGINT)'],
    ['struct<a:struct<b:double,c:struct<d:boolean>>,e:string>', 'STRUCT("a" STRUCT("b" DOUBLE, "c" STRUCT("d" BOOLEAN)), "e" VARCHAR)'],
    ['array<struct<a:string>>', 'STRUCT("a" VARCHAR)[]'],
    ['struct<data:struct<>>', 'STRUCT("data" JSON)'],
  ])('%s is %s here', (glue, duckdb) => { expect(duckdbType(glue)).toBe(duckdb); });

  it('have a type here for every column', () => { for (const { columns } of tables) for (const { type } of columns) expect(duckdbType(type)).toMatch(/^(?:VARCHAR|BIGINT|STRUCT\()/u); });
  it('have no other types', () => { expect(() => duckdbType('map<string,string>')).toThrow(/not known/u); });
});

describe('an object', () => {
  const key = 'quarantine/not_json/dt=2026-03-01/hr=12/x.ndjson.gz';
  it.each([
    [{}, true],
    [{ from: moment('2026-03-01T23:59:59.999Z') }, true],
    [{ from: moment('2026-03-02T00:00:00Z') }, false],
    [{ to: moment('2026-03-01T12:00:00.001Z') }, true],
    [{ to: moment('2026-03-01T12:00:00Z') }, false],
    [{ from: moment('2026-03-01T10:00:00Z'), to: moment('2026-03-01T13:00:00Z') }, true],
  ])('of the hour 12 is fetched for %j: %s', (range, held) => { expect(mayHold(key, range)).toBe(held); });
});
