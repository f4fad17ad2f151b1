import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReceivedRecord } from '../../../core/event/record';
import { lakeBatch } from '../../../core/lake/batch';
import { readRecords, recordStatistics } from '../../../core/training/raw-records';
import { contracts, manifest, order, record, shipped } from '../../fixtures/contracts';
import { memoryDatabase, rowsOf } from './support';

const [shippedEvent, orderEvent] = [manifest.events['order.shipped@v1'], manifest.events['order.placed@v1']];
if (!shippedEvent || !orderEvent) throw new Error('The fixture has no order.shipped@v1 or order.placed@v1.');
const always = { knownFrom: 0, knownTo: Date.UTC(2100, 0, 1) };
const hour = 3_600_000;
const noon = Date.UTC(2026, 2, 1, 12);

describe('records read from raw', () => {
  let connection: DuckDBConnection;
  let directory: string;
  beforeAll(async () => {
    connection = await memoryDatabase();
    directory = mkdtempSync(join(tmpdir(), 'raw-records-'));
  });
  afterAll(() => {
    connection.closeSync();
    rmSync(directory, { recursive: true, force: true });
  });

  let files = 0;
  /** What the validator would write of records, as files. */
  const rawOf = (records: readonly ReceivedRecord[]): readonly string[] => {
    const batch = lakeBatch(contracts);
    for (const each of records) expect(batch.add(each)).toMatchObject({ accepted: true });
    return batch.objects().map(({ content }) => {
      const file = join(directory, `${files++}.ndjson.gz`);
      writeFileSync(file, gzipSync(content));
      return file;
    });
  };
  const read = async (event: typeof shippedEvent, batches: readonly (readonly ReceivedRecord[])[], range = always): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    for (const { sql } of readRecords(event, { raw: [{ writer: event, files: batches.flatMap(rawOf) }], ...range }, 'records')) await connection.run(sql);
    return rowsOf(connection, 'SELECT * FROM records ORDER BY id');
  };

  it('are none of a type of which raw holds nothing yet, with the columns that plans read', async () => {
    expect(await read(orderEvent, [])).toEqual([]);
    expect(await rowsOf(connection, recordStatistics('records'))).toEqual([{ count: 0, lateness: 0 }]);
    expect((await rowsOf(connection, 'DESCRIBE records')).map((column) => column['column_name'])).toEqual(['source', 'id', 'known', 'effective', 'arrival', 'position', ...Object.keys(orderEvent.fields).map((name) => `field:${name}`)]);
  });

  it('have the times and fields that the contract accepted, whatever form they were sent in', async () => {
    const placedAt = '2026-03-01T17:29:58.123456789+05:30';
    const [full, bare] = await read(orderEvent, [[
      record(JSON.stringify(order({ placedAt, note: "it's \"quoted\" \u00e9", gift: true, size: null }, { id: 'a', time: '2026-03-01T12:03:00Z' })).replace('"items":2', '"items":2.0'), { arrival: noon, sequence: 1 }),
      record(order({ amount: 1e-3 }, { id: 'b' }), { arrival: noon, sequence: 2 })]]);
    expect(full).toMatchObject({ source: '/shop', id: 'a', known: noon, effective: noon, arrival: noon, 'field:items': 2, 'field:amount': 12.5, 'field:placedAt': Date.parse('2026-03-01T11:59:58.123Z'),
      'field:note': "it's \"quoted\" \u00e9", 'field:gift': true, 'field:size': null, 'field:age': null });
    expect(bare).toMatchObject({ id: 'b', effective: noon - 2000, 'field:amount': 0.001, 'field:gift': null });
  });

  it('of another version have the fields that their own contract declares, and nothing that was never judged', async () => {
    const reader = { ...orderEvent, fields: { ...orderEvent.fields, currency: { scalar: 'int', optional: true, personal: false }, amount: { scalar: 'float', optional: true, personal: false } } } as const;
    const files = rawOf([record(order({ currency: 'no number at all' }, { id: 'a' }))]);
    for (const { sql } of readRecords(reader, { raw: [{ writer: orderEvent, files }], ...always }, 'records')) await connection.run(sql);
    expect(await rowsOf(connection, 'SELECT * FROM records')).toMatchObject([{ id: 'a', 'field:amount': 12.5, 'field:currency': null }]);
  });

  it('are each there once: of an identity’s copies the first known, then the first to arrive, then the first by position', async () => {
    const copy = (recordedtime: string, parcels: number, differences: Parameters<typeof record>[1]): ReceivedRecord => record(shipped({ parcels }, { id: 's', recordedtime }), differences);
    const [early, late] = ['2026-02-01T08:00:00Z', '2026-02-01T09:00:00Z'];
    const survivor = async (...copies: readonly ReceivedRecord[]): Promise<unknown> => {
      // In one object or in several, and in any order of reading.
      const found = new Set<unknown>();
      for (const batches of [[copies], copies.map((each) => [each]), copies.toReversed().map((each) => [each])]) {
        const rows = await read(shippedEvent, batches);
        expect(rows).toHaveLength(1);
        found.add(rows[0]?.['field:parcels']);
      }
      expect(found.size).toBe(1);
      return [...found][0];
    };
    expect(await survivor(copy(late, 1, { arrival: noon, sequence: 1 }), copy(early, 2, { arrival: noon + 1, sequence: 2 }))).toBe(2);
    expect(await survivor(copy(early, 1, { arrival: noon + 1, sequence: 1 }), copy(early, 2, { arrival: noon, sequence: 2 }))).toBe(2);
    expect(await survivor(copy(early, 1, { arrival: noon, sequence: 10 }), copy(early, 2, { arrival: noon, sequence: 9 }))).toBe(2);
    // At least once: a retry wrote the same record into another object.
    expect(await survivor(copy(early, 1, { arrival: noon, sequence: 5 }), copy(early, 1, { arrival: noon, sequence: 5 }))).toBe(1);
  });

  it('are of different identities when either source or id differs', async () => {
    expect(await read(shippedEvent, [[record(shipped({}, { id: 'x' }), { sequence: 1 }), record(shipped({}, { id: 'y' }), { sequence: 2 }), record(shipped({}, { id: 'x', source: '/other' }), { sequence: 3 })]])).toHaveLength(3);
  });

  it('are those known in the range, with how late the latest of them became known', async () => {
    const known = (id: string, after: number): ReceivedRecord => record(shipped({}, { id, recordedtime: new Date(Date.UTC(2026, 1, 1, 8) + after).toISOString() }));
    const range = { knownFrom: Date.UTC(2026, 1, 1, 9), knownTo: Date.UTC(2026, 1, 1, 11) };
    const rows = await read(shippedEvent, [[known('before', hour - 1), known('first', hour), known('last', 3 * hour - 1), known('after', 3 * hour)]], range);
    expect(rows.map(({ id }) => id)).toEqual(['first', 'last']);
    expect(await rowsOf(connection, recordStatistics('records'))).toEqual([{ count: 2, lateness: 3 * hour - 1 }]);
  });
});
