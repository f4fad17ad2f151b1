import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Landing, LandingInput } from '../../../lambdas/dataset-lander/land';
import { verifyBatch } from '../../../lambdas/dataset-lander/verify';
import { airports, csv, landInMemory, referenceTo, type Landed } from './fixture';

type Change = Partial<Omit<LandingInput, 'file' | 'bring'>>;
const arrival = Date.parse('2001-06-01T12:34:56.789Z');
const land = (content: string | Buffer, change: Change = {}): Promise<Landed | Extract<Landing, { ok: false }>> =>
  landInMemory({ dataset: airports, reference: referenceTo(content), arrival, manifestHash: 'manifest-hash', ...change }, content);

const landed = async (content: string | Buffer, change: Change = {}): Promise<Landed & { part: { key: string; body: Buffer } }> => {
  const landing = await land(content, change);
  if (!landing.ok) throw new Error(landing.refusal);
  const [part] = landing.parts;
  if (part === undefined) throw new Error('no part was written');
  return { ...landing, part };
};

const linesOf = (body: Buffer): readonly { row: Record<string, unknown>; lineage: Record<string, unknown>; reason: string; found: string; original: string }[] =>
  gunzipSync(body).toString('utf8').trimEnd().split('\n').map((line) => JSON.parse(line));

describe('landFile', () => {
  it('keeps the rows that fit, with their lineage', async () => {
    const { part, rows } = await landed(csv);
    const { batch } = referenceTo(csv);
    expect(rows).toBe(2);
    expect(part.key).toBe(`raw/dataset=airports/v1/batch=${batch}/part-0000.ndjson.gz`);
    expect(linesOf(part.body).map(({ row }) => row)).toEqual([{ iata: 'ORD', name: "Chicago, O'Hare", latitude: 41.97 }, { iata: 'LAX', name: null, latitude: 33.94 }]);
    expect(linesOf(part.body)[1]?.lineage).toMatchObject({
      source: `dataset/${batch}`, shard: 'file', sequence: '1', arrival: '2001-06-01T12:34:56.789Z', known_at: null, contract: 'airports@v1', contract_hash: 'contract-hash', manifest_hash: 'manifest-hash', batch_id: batch,
    });
  });

  it('puts each row that does not fit into quarantine, with its reason and its text as it was', async () => {
    const { quarantine, rejected } = await landed(csv);
    expect(rejected).toBe(3);
    const kept = quarantine.flatMap(({ key, body }) => linesOf(body).map(({ reason, original }) => [key.split('/')[1], reason, Buffer.from(original, 'base64').toString()]));
    expect(kept).toEqual([
      ['pattern_mismatch', 'pattern_mismatch', 'ord,small letters,1'],
      ['out_of_range', 'out_of_range', 'JFK,New York,400'],
      ['duplicate_key', 'duplicate_key', 'ORD,again,41.97'],
    ]);
    expect(quarantine[0]?.key).toMatch(/^quarantine\/pattern_mismatch\/dt=2001-06-01\/hr=12\/airports-v1-[0-9a-f]{16}-2-2-[0-9a-f]{16}\.ndjson\.gz$/u);
  });

  it('gives the same rows in parts of any size, and takes the first row of a key whatever part it is in', async () => {
    const whole = await landed(csv);
    for (const rowsOfAPart of [1, 2, 3]) {
      const inParts = await landed(csv, { rowsOfAPart });
      expect(inParts.parts.flatMap(({ body }) => linesOf(body))).toEqual(linesOf(whole.part.body));
      expect(inParts.quarantine.flatMap(({ body }) => linesOf(body)).map(({ original }) => original).sort()).toEqual(whole.quarantine.flatMap(({ body }) => linesOf(body)).map(({ original }) => original).sort());
    }
  });

  it('gives the same bytes for the same file, however often it is landed', async () => {
    expect(await landed(csv)).toEqual(await landed(csv));
  });

  it('says since when a row was known as the dataset declares it, and never later than its arrival', async () => {
    const withColumn = 'iata,name,latitude\nORD,2001-01-01T00:00:00Z,1\nLAX,2030-01-01T00:00:00Z,1\n';
    const dataset = { ...airports, knownAt: { column: 'name' }, fields: { ...airports.fields, name: { scalar: 'timestamp', optional: false, personal: false } } } as const;
    expect(linesOf((await landed(withColumn, { dataset })).part.body).map(({ lineage }) => lineage['known_at'])).toEqual(['2001-01-01T00:00:00.000Z', '2001-06-01T12:34:56.789Z']);
    expect(linesOf((await landed(csv, { dataset: { ...airports, knownAt: 'arrival' } })).part.body)[0]?.lineage['known_at']).toBe('2001-06-01T12:34:56.789Z');
  });

  it.each([
    ['is empty', '', 'is empty'],
    ['lacks a column', 'iata,name\nORD,x\n', 'no column latitude'],
    ['has a column more', 'iata,name,latitude,runways\nORD,x,1,8\n', 'the column runways, which the dataset has no field for'],
    ['names a column twice', 'iata,name,latitude,iata\nORD,x,1,ORD\n', 'the column iata twice'],
    ['has no row that fits', 'iata,name,latitude\nx,y,z\n', 'no row that fits the dataset, of 1; the first fault: pattern_mismatch at /iata'],
    ['has a header and nothing else', 'iata,name,latitude\n', 'it has no rows'],
    ['opens a quote and never closes it', 'iata,name,latitude\nORD,"x,1\n', 'is not CSV'],
  ])('refuses a file that %s', async (_, content, message) => {
    expect(await land(content)).toEqual({ ok: false, refusal: expect.stringContaining(message) });
  });

  it('refuses a file that is not UTF-8', async () => {
    expect(await land(Buffer.from([0x69, 0xff, 0x0a]))).toEqual({ ok: false, refusal: expect.stringContaining('not UTF-8') });
  });

  it('refuses a file that changed between its upload and its landing', async () => {
    expect(await land(csv, { reference: referenceTo(`${csv}x`) })).toEqual({ ok: false, refusal: expect.stringContaining('changed on its way') });
  });

  it('reads a file with a byte order mark and Windows line ends alike', async () => {
    const windows = `\uFEFF${csv.replaceAll('\n', '\r\n')}`;
    expect(linesOf((await landed(windows)).part.body).map(({ row }) => row)).toEqual(linesOf((await landed(csv)).part.body).map(({ row }) => row));
  });

  it('rejects a row with a cell too many, and loses no row whatever the cells hold', async () => {
    const cell = fc.oneof(fc.constantFrom('ORD', 'LAX', 'JFK', '1', '-90', '91', ''), fc.string({ unit: 'grapheme-ascii' })).map((text) => `"${text.replaceAll('"', '""')}"`);
    await fc.assert(fc.asyncProperty(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 20 }), async (rows) => {
      const content = ['iata,name,latitude', '"ZZZ","one that fits","0"', ...rows.map((row) => row.join(','))].join('\n');
      const { rows: taken, rejected, part, quarantine } = await landed(content);
      expect(taken + rejected).toBe(rows.length + 1);
      expect(linesOf(part.body)).toHaveLength(taken);
      expect(quarantine.flatMap(({ body }) => linesOf(body))).toHaveLength(rejected);
    }), { numRuns: 50 });
  });
});

describe('verifyBatch', () => {
  const reference = referenceTo(csv);
  const verified = async (change: { readonly record?: object; readonly dataset?: typeof airports; readonly parts?: ReadonlyMap<string, Buffer> } = {}): Promise<string | undefined> => {
    const { parts, manifest, rows, rejected, contentHash } = await landed(csv, { rowsOfAPart: 1 });
    const objects = change.parts ?? new Map(parts.map(({ key, body }) => [key, body]));
    return verifyBatch(change.dataset ?? airports, { ...reference, status: 'landed', arrival, rows, rejected, contentHash, ...change.record }, manifest, (key) => Promise.resolve(objects.get(key)));
  };

  it('finds nothing wrong with what landFile wrote, in however many parts', async () => {
    expect((await landed(csv, { rowsOfAPart: 1 })).parts.map(({ key }) => key.slice(-19))).toEqual(['part-0000.ndjson.gz', 'part-0001.ndjson.gz']);
    expect(await verified()).toBeUndefined();
  });

  it('sees that the objects are not what the record says', async () => {
    expect(await verified({ record: { contentHash: 'x' } })).toContain('content hash');
    expect(await verified({ record: { rows: 3 } })).toContain('has 2 rows, its record 3');
    expect(await verified({ parts: new Map() })).toContain('part-0000.ndjson.gz is not in raw');
    const { parts: [first, second] } = await landed(csv, { rowsOfAPart: 1 });
    expect(await verified({ parts: new Map([[first?.key ?? '', Buffer.from('not gzip')]]) })).toContain('cannot be inflated');
    expect(await verified({ parts: new Map([[first?.key ?? '', second?.body ?? Buffer.alloc(0)]]) })).toContain('has the content hash');
  });

  it('sees that the contract has changed since the rows were judged', async () => {
    expect(await verified({ dataset: { ...airports, hash: 'other' } })).toContain('judged by another contract');
    const stricter = { ...airports, fields: { ...airports.fields, latitude: { ...airports.fields['latitude'], scalar: 'float', optional: false, personal: false, max: 40 } } } as const;
    expect(await verified({ dataset: stricter })).toContain('breaks the contract');
  });
});
