import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDatabase } from '../../../lib/runtime/duckdb';
import type { LakeRange } from '../../../cli/sql/lake-tables';
import { lakeTables } from '../../../cli/sql/lake-tables';
import { csvOutput, jsonOutput, tableOutput } from '../../../cli/sql/output';
import { askLake, type QueryValue } from '../../../cli/sql/query';
import { bringZone, listZone } from '../../../lib/runtime/zone-files';
import { namesOf } from '../../../core/environment';
import { arrival, manifest, order, record, shipped } from '../../fixtures/contracts';
import { memoryLake } from '../quarantine/support/rejected-records';

const hour = 3_600_000;
const names = namesOf({ name: 'test', account: '111122223333', region: 'us-east-1' });
const lake = memoryLake();
lake.keep([
  record(order({ items: 3.0 }), { sequence: 1 }), record(order({ note: 'über' }, { id: 'o-2' }), { sequence: 2, arrival: arrival + 2 * hour }),
  record(shipped({ parcels: 4 }), { sequence: 3 }), record('{', { sequence: 4, headers: [{ name: 'trace', value: Buffer.from('ab') }, { name: 'none', value: null }] }), record(order({ items: 'two' }), { sequence: 5, arrival: arrival + 24 * hour }), record(Uint8Array.of(0xc3, 0x28), { sequence: 6 }),
]);

let directory = '';
let fetched: string[] = [];
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'headrace-sql-')); });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });
beforeEach(() => { fetched = []; });

const ask = async (sql: string, range: LakeRange = {}, limit = Number.POSITIVE_INFINITY): Promise<{ readonly names: readonly string[]; readonly rows: readonly (readonly QueryValue[])[]; readonly more: boolean }> => {
  const [given, rows]: [string[], (readonly QueryValue[])[]] = [[], []];
  const more = await withDatabase(directory, async ({ connection }) => await askLake(connection, {
    database: names.database, tables: lakeTables(manifest, names, range), range,
    filesOf: async ({ zone, prefixes }, wants) => {
      if (zone === 'curated') return [];
      const files = await bringZone(lake[zone], join(directory, zone), await listZone(lake[zone], prefixes, wants), () => undefined);
      fetched.push(...files.map(({ key }) => key));
      return files;
    },
  }, sql, limit, { columns: (all) => { given.push(...all); }, row: (values) => { rows.push(values); } }));
  return { names: given, rows, more };
};

describe('a query', () => {
  it('reads events of raw by type, their fields, lineage and partitions', async () => {
    const { names: columns, rows } = await ask(`SELECT event.id, event.data.items, event.data.note, event.replayof, lineage.known_at, dt, hr FROM raw_order_placed_v1 ORDER BY lineage.position`);
    expect(columns).toEqual(['id', 'items', 'note', 'replayof', 'known_at', 'dt', 'hr']);
    expect(rows).toEqual([['o-1', 3, null, null, '2026-03-01T12:00:00.000Z', '2026-03-01', '12'], ['o-2', 2, 'über', null, '2026-03-01T14:00:00.000Z', '2026-03-01', '12']]);
  });

  it('reads quarantine, by the database\'s name too, with Athena\'s functions', async () => {
    const { rows } = await ask(`SELECT reason, dt, from_utf8(from_base64(original)), json_extract_scalar(from_utf8(from_base64(original)), '$.data.items') FROM ${names.database}.quarantine WHERE reason <> 'not_json' ORDER BY lineage.position`);
    expect(rows).toEqual([['wrong_type', '2026-03-02', JSON.stringify(order({ items: 'two' })), 'two'], ['not_utf8', '2026-03-01', null, null]]);
  });

  it('reads the headers of records of Kafka, of which lines of others and of former versions have none', async () => {
    expect((await ask('SELECT headers[1].name, from_utf8(from_base64(headers[1].value)), headers[2].value, key FROM quarantine ORDER BY lineage.position')).rows).toEqual([['trace', 'ab', null, null], [null, null, null, null], [null, null, null, null]]);
  });

  it('fetches only what it names, in the range that is given', async () => {
    expect((await ask('SELECT count(*) FROM quarantine', { from: arrival + 13 * hour })).rows).toEqual([[1]]);
    expect(fetched).toEqual([expect.stringContaining('quarantine/wrong_type/dt=2026-03-02/hr=12/')]);
    fetched = [];
    expect((await ask('SELECT count(*) FROM quarantine', { reason: 'not_json' })).rows).toEqual([[1]]);
    expect(fetched).toEqual([expect.stringContaining('quarantine/not_json/')]);
  });

  it('sees of an object only the rows in the range', async () => {
    expect((await ask('SELECT event.id FROM raw_order_placed_v1', { from: arrival + hour })).rows).toEqual([['o-2']]);
    expect((await ask('SELECT event.id FROM raw_order_placed_v1', { to: arrival + hour })).rows).toEqual([['o-1']]);
  });

  it('finds a table without objects empty, with its columns', async () => {
    expect(await ask('SELECT event.data.currency, lineage.position, dt FROM raw_order_placed_v2')).toEqual({ names: ['currency', 'position', 'dt'], rows: [], more: false });
  });

  it('gives as many rows as are asked for, and says when there were more', async () => {
    expect(await ask('SELECT reason FROM quarantine ORDER BY reason', {}, 2)).toEqual({ names: ['reason'], rows: [['not_json'], ['not_utf8']], more: true });
    expect((await ask('SELECT reason FROM quarantine', {}, 3)).more).toBe(false);
  });

  it('gives values as JSON has them', async () => {
    expect((await ask(`SELECT 9007199254740993::BIGINT, sum(2), TIMESTAMPTZ '2026-03-01T12:00:00Z', {'a': [1::BIGINT, NULL]}, 'x'::BLOB, 'nan'::DOUBLE`)).rows).toEqual([['9007199254740993', 2, '2026-03-01T12:00:00.000Z', { a: [1, null] }, 'eA==', 'NaN']]);
  });

  it.each([['SELECT 1; SELECT 2', /2 statements/u], ['SELEKT', /The query failed/u], ['SELECT * FROM nowhere', /nowhere/u], [`SELECT CAST(reason AS INT) FROM quarantine`, /The query failed/u]])('that is wrong says so: %s', async (sql, message) => {
    await expect(ask(sql)).rejects.toThrow(message);
  });
});

describe('rows', () => {
  const written = async (make: typeof jsonOutput, rows: readonly (readonly QueryValue[])[]): Promise<string> => {
    let text = '';
    const output = make(async (part) => { text += part; await Promise.resolve(); });
    await output.columns(['a', 'b']);
    for (const row of rows) await output.row(row);
    await output.end();
    return text;
  };

  it('are JSON, CSV or a table', async () => {
    const rows: QueryValue[][] = [[1, 'x,"y"'], [null, { n: [2] }]];
    expect(JSON.parse(await written(jsonOutput, rows))).toEqual([{ a: 1, b: 'x,"y"' }, { a: null, b: { n: [2] } }]);
    expect(await written(jsonOutput, [])).toBe('[]\n');
    expect(await written(csvOutput, rows)).toBe('a,b\r\n1,"x,""y"""\r\n,"{""n"":[2]}"\r\n');
    expect(await written(tableOutput, rows)).toBe('a  b\n─  ─────────\n1  x,"y"\n   {"n":[2]}\n');
  });

  it('move no cursor on a terminal, and are not wider than it is worth', async () => {
    const table = await written(tableOutput, [['\u001b[2J', 'z'.repeat(1000)]]);
    expect(table).toContain('\\u{1b}[2J');
    expect(table.split('\n')[2]?.endsWith(`${'z'.repeat(59)}…`)).toBe(true);
  });
});
