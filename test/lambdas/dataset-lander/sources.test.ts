import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { boolean, dataset, float, int, optional, string, timestamp } from 'headrace';
import { batchReferenceOf, isFileDataset, type FileDataset } from '../../../core/dataset/batch';
import { fileOnDisk } from '../../../lambdas/dataset-lander/sources/on-disk';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { manifestOf } from '../../fixtures/contracts';
import { landInMemory, type Landed } from './fixture';

const fields = { id: int(), name: string(), height: optional(float()), open: boolean(), since: timestamp() };
const of = (source: { csv: string } | { ndjson: string } | { parquet: string }): FileDataset =>
  Object.values(manifestOf({ places: dataset('places', { version: 1, key: ['id'], knownAt: 'arrival', source, fields }) }).datasets).find(isFileDataset) as FileDataset;
const [csv, ndjson, parquet] = [of({ csv: 'places/' }), of({ ndjson: 'places/' }), of({ parquet: 'places/' })];

const land = (definition: FileDataset, content: string | Buffer) =>
  landInMemory({ dataset: definition, reference: batchReferenceOf(definition, createHash('sha256').update(content).digest('hex'), 1), arrival: Date.parse('2026-03-02T00:00:00Z'), manifestHash: 'manifest-hash' }, content);
const landed = async (definition: FileDataset, content: string | Buffer): Promise<Landed> => {
  const landing = await land(definition, content);
  if (!landing.ok) throw new Error(landing.refusal);
  return landing;
};
interface Line { readonly row: { readonly id: number }; readonly lineage: { readonly sequence: string }; readonly reason: string; readonly path: string; readonly original: string }
const linesOf = (objects: readonly { readonly body: Buffer }[]): readonly Line[] => objects.flatMap(({ body }) => gunzipSync(body).toString().trimEnd().split('\n').map((line) => JSON.parse(line) as Line));
const rowsOf = async (definition: FileDataset, content: string | Buffer): Promise<readonly unknown[]> => linesOf((await landed(definition, content)).parts).map(({ row }) => row);
const rejectedOf = async (definition: FileDataset, content: string | Buffer) => linesOf((await landed(definition, content)).quarantine).map(({ reason, path, original }) => [reason, path, Buffer.from(original, 'base64').toString()]);

const expected = [
  { id: 1, name: 'Zürich\u2028 by the lake', height: 408.5, open: true, since: '2001-02-03T04:05:06.000Z' },
  { id: 2, name: 'a "quoted", name', height: null, open: false, since: '1999-12-31T23:59:59.999Z' },
];
const asCsv = `id,name,height,open,since\n1,Zürich\u2028 by the lake,408.5,true,2001-02-03T05:05:06+01:00\n2,"a ""quoted"", name",,false,1999-12-31T23:59:59.999Z\n`;
const asNdjson = expected.map((row) => `${JSON.stringify(row)}\n`).join('');

const directory = mkdtempSync(join(tmpdir(), 'headrace-sources-'));
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

/** What DuckDB writes as Parquet. */
const asParquet = (select: string, options = ''): Promise<Buffer> => withDatabase(directory, async ({ connection }) => {
  const file = join(directory, 'rows.parquet');
  await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet${options})`);
  return readFileSync(file);
});
const table = `SELECT * FROM (VALUES (1::BIGINT, 'Zürich\u2028 by the lake', 408.5::DOUBLE, true, TIMESTAMPTZ '2001-02-03 04:05:06Z'), (2, 'a "quoted", name', NULL, false, TIMESTAMPTZ '1999-12-31 23:59:59.999Z')) t(id, name, height, open, since)`;

describe('a dataset of files', () => {
  it('has the same rows whatever the format', async () => {
    expect(await rowsOf(csv, asCsv)).toEqual(expected);
    expect(await rowsOf(ndjson, asNdjson)).toEqual(expected);
    expect(await rowsOf(parquet, await asParquet(table))).toEqual(expected);
  });

  it.each(['snappy', 'zstd', 'gzip', 'uncompressed'])('is read from Parquet that is compressed with %s', async (codec) => {
    expect(await rowsOf(parquet, await asParquet(table, `, COMPRESSION ${codec}`))).toEqual(expected);
  });

  it('is read from several row groups, whose rows keep their places', async () => {
    const content = await asParquet("SELECT i AS id, 'n' AS name, 1.5 AS height, true AS open, TIMESTAMPTZ '2001-01-01 00:00:00Z' AS since FROM range(5000) r(i)", ', ROW_GROUP_SIZE 2048');
    const lines = linesOf((await landed(parquet, content)).parts);
    expect(lines.map(({ row, lineage }) => [row.id, lineage.sequence])).toEqual(Array.from({ length: 5000 }, (_row, index) => [index, String(index)]));
  });

  it('may be gzip, whatever the file is called', async () => {
    expect(await rowsOf(csv, gzipSync(asCsv))).toEqual(expected);
    expect(await rowsOf(ndjson, gzipSync(asNdjson))).toEqual(expected);
  });

  it('sends each line that is no row to quarantine, whole', async () => {
    const good = JSON.stringify({ ...expected[0], id: 9 });
    const lines = ['not json', '[1]', '{"id":1}', JSON.stringify({ ...expected[0], id: '1' }), JSON.stringify({ ...expected[0], id: 1.5 }), JSON.stringify({ ...expected[0], since: 'yesterday' }), JSON.stringify({ ...expected[0], colour: 'red' }), '{"__proto__":{"id":1}}'];
    expect(Object.fromEntries((await rejectedOf(ndjson, [...lines, good].join('\n'))).map(([reason, path, text]) => [text, `${reason} ${path}`]))).toEqual({
      'not json': 'not_json ', '[1]': 'wrong_type ', '{"id":1}': 'missing_field /name', [lines[3] ?? '']: 'wrong_type /id', [lines[4] ?? '']: 'wrong_type /id',
      [lines[5] ?? '']: 'time_invalid /since', [lines[6] ?? '']: 'unknown_field /colour', [lines[7] ?? '']: 'unknown_field /__proto__',
    });
    expect(await rowsOf(ndjson, [...lines, good].join('\n'))).toEqual([{ ...expected[0], id: 9 }]);
  });

  it('sends a number that JSON cannot hold exactly to quarantine', async () => {
    const content = await asParquet("SELECT i AS id, 'n' AS name, 1.5 AS height, true AS open, TIMESTAMPTZ '2001-01-01 00:00:00Z' AS since FROM (VALUES (9223372036854775807), (1)) r(i)");
    expect((await rejectedOf(parquet, content)).map(([reason, path]) => [reason, path])).toEqual([['wrong_type', '/id']]);
  });

  it.each<readonly [string, FileDataset, () => Promise<string | Buffer> | string | Buffer, string]>([
    ['is no Parquet', parquet, () => 'id,name\n', 'it is not Parquet'],
    ['is Parquet torn in its middle', parquet, async () => { const whole = await asParquet(table); return Buffer.concat([whole.subarray(0, 4), Buffer.alloc(200, 7), whole.subarray(204)]); }, 'cannot be read'],
    ['is Parquet without a column', parquet, () => asParquet(`SELECT * EXCLUDE (open) FROM (${table})`), 'it has no column open; its columns are id, name, height, since'],
    ['is Parquet with a column more', parquet, () => asParquet(`SELECT *, 1 AS colour FROM (${table})`), 'the column colour, which the dataset has no field for'],
    ['is torn gzip', csv, () => gzipSync(asCsv.repeat(100)).subarray(0, 100), 'it is not gzip as its first bytes say'],
    ['is no text', ndjson, () => Buffer.from([0x7b, 0xff, 0x7d]), 'it is not UTF-8'],
    ['has no lines', ndjson, () => '\n\n', 'has no row that fits the dataset, of 0'],
  ])('is refused when its file %s', async (_what, definition, content, message) => {
    expect(await land(definition, await content())).toEqual({ ok: false, refusal: expect.stringContaining(message) as string });
  });

  it('is brought to disk with its checksum, and read from anywhere', async () => {
    const file = await fileOnDisk(Readable.from([Buffer.from('head'), Buffer.from('race')]), join(directory, 'file'));
    expect(file.checksum).toBe(createHash('sha256').update('headrace').digest('hex'));
    expect([file.size, (await file.slice(2, 6)).toString(), (await file.slice(6, 100)).toString()]).toEqual([8, 'adra', 'ce']);
    expect(Buffer.concat(await file.stream().toArray()).toString()).toBe('headrace');
  });
});
