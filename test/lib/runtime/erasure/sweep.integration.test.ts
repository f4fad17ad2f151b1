import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand, PutObjectLegalHoldCommand, S3Client } from '@aws-sdk/client-s3';
import { fieldsOfRawKey, quarantineLineBearing, rawLineBearing } from '../../../../core/erasure/line';
import type { Subject } from '../../../../core/erasure/subject';
import { keyWithContent } from '../../../../core/lake/object';
import { isPart, mendManifest } from '../../../../lib/runtime/erasure/batch-manifest';
import { objectVersionsIn, type ObjectVersions } from '../../../../lib/runtime/erasure/object-versions';
import { linesWithout, sweepObjects, type Swept } from '../../../../lib/runtime/erasure/sweep';
import { unframed } from '../../../../lib/runtime/erasure/unframed';
import { startLocalCloud, type LocalCloud } from '../../../../local/cloud';
import { memoryLake } from '../../../cli/quarantine/support/rejected-records';
import { manifest, order, record } from '../../../fixtures/contracts';

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), 'headrace-erasure-'));
const bucket = 'headrace-erasure';
const ada: Subject = { identifiers: ['ada@example.org'] };
let cloud: LocalCloud | undefined;
let s3: S3Client;
let objects: ObjectVersions;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4685 });
  s3 = new S3Client({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, forcePathStyle: true });
  objects = objectVersionsIn(s3, bucket);
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

let prefix = 0;
beforeEach(async () => {
  prefix += 1;
  objects = objectVersionsIn(s3, `${bucket}-${prefix}`);
  await s3.send(new CreateBucketCommand({ Bucket: `${bucket}-${prefix}`, ObjectLockEnabledForBucket: prefix > 0 }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: `${bucket}-${prefix}`, VersioningConfiguration: { Status: 'Enabled' } }));
});

const put = async (key: string, body: Buffer): Promise<void> => { await s3.send(new PutObjectCommand({ Bucket: `${bucket}-${prefix}`, Key: key, Body: body, ContentType: 'application/gzip' })); };

interface Version { readonly key: string; readonly id: string; readonly isCurrent: boolean; readonly text: string }

/** Every version of every object, inflated. */
const everything = async (): Promise<readonly Version[]> => {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: `${bucket}-${prefix}` }));
  return await Promise.all(Versions.map(async ({ Key = '', VersionId = '', IsLatest = false }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: `${bucket}-${prefix}`, Key, VersionId }));
    const bytes = Buffer.from(await Body?.transformToByteArray() ?? []);
    return { key: Key, id: VersionId, isCurrent: IsLatest, text: (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8') };
  }));
};
const currentLines = async (): Promise<readonly string[]> => (await everything()).filter(({ isCurrent }) => isCurrent).flatMap(({ text }) => text.split('\n').filter((line) => line !== '')).toSorted((left, right) => (left < right ? -1 : 1));

const sweep = async (erases: boolean, differences: { readonly objects?: ObjectVersions; readonly hasTime?: () => boolean; readonly after?: string } = {}): Promise<Swept> => await sweepObjects({
  objects, prefix: '', erases, hasTime: () => true,
  judgeOf: (key) => (key.endsWith('manifest.json') ? undefined : linesWithout(key.startsWith('quarantine/') ? quarantineLineBearing(ada, unframed) : rawLineBearing(ada, fieldsOfRawKey(key, manifest)))),
  staysEmpty: isPart,
  keyFor: keyWithContent,
  changed: async (key, lines) => { if (isPart(key)) await mendManifest(differences.objects ?? objects, key, lines); },
  ...differences,
});

/** Orders of some customers, good and bad ones, in several objects. */
const plant = async (): Promise<void> => {
  const lake = memoryLake();
  for (const [batch, customers] of [['ada', 'bob', 'ada'], ['bob', 'eve'], ['ada'], ['eve', 'ada', 'bob', 'eve']].entries())
    lake.keep(customers.flatMap((customer, index) => [0, -1].map((amount) => record(order({ customer: `${customer}@example.org`, amount }, { id: `o-${batch}-${index}` }), { sequence: batch * 100 + index * 2 - amount, arrival: Date.parse('2026-03-01T12:00:00Z') + batch * 86_400_000 }))));
  for (const zone of [lake.raw, lake.quarantine]) for (const [key, body] of zone.objects) await put(key, body);
};
const of = (lines: readonly string[], customer: string): readonly string[] => lines.filter((line) => line.includes(`${customer}@example.org`) || Buffer.from((JSON.parse(line) as { original?: string }).original ?? '', 'base64').toString('utf8').includes(`${customer}@example.org`));

/** The bucket of a sweep that is killed after so many calls that change something. */
const dyingAfter = (calls: number): ObjectVersions => {
  let left = calls;
  const dying = <Words extends readonly unknown[]>(call: (...words: Words) => Promise<void>) => async (...words: Words): Promise<void> => {
    if (left === 0) throw new Error('killed');
    left -= 1;
    await call(...words);
  };
  return { ...objects, put: dying(objects.put), remove: dying(objects.remove) };
};

/** Erases and is killed after one call, then after two, and so on until it comes to its end. */
const eraseWithKills = async (each: () => Promise<void>): Promise<number> => {
  for (let calls = 1; ; calls += 1) {
    const outcome = await sweep(true, { objects: dyingAfter(calls) }).then(() => 'done', (error: unknown) => String(error));
    await each();
    if (outcome === 'done') return calls - 1;
    expect(outcome).toBe('Error: killed');
  }
};

describe('erasing a subject from objects', () => {
  it('takes its records out of raw and quarantine, leaves the others letter by letter, and finds nothing afterwards', async () => {
    await plant();
    const before = await currentLines();
    expect(of(before, 'ada')).toHaveLength(8);
    expect(await sweep(false)).toMatchObject({ records: 8, held: [] });
    expect(await currentLines()).toEqual(before);
    expect(await sweep(true)).toMatchObject({ records: 8, held: [] });
    const after = await currentLines();
    expect(after).toEqual(before.filter((line) => !of(before, 'ada').includes(line)));
    expect(of((await everything()).flatMap(({ text }) => text.split('\n').filter((line) => line !== '')), 'ada')).toEqual([]);
    expect(await sweep(false)).toMatchObject({ records: 0 });
    // Who has fetched an object before must not take what is in it now for the same.
    for (const { key, text, isCurrent } of await everything()) expect(isCurrent && keyWithContent(key, Buffer.from(text))).toBe(key);
  });

  it('reaches versions that were replaced or deleted, and brings none of them back', async () => {
    const line = (customer: string, id: string): string => `${JSON.stringify({ event: order({ customer: `${customer}@example.org` }, { id }), lineage: {} })}\n`;
    const key = (name: string): string => `raw/order.placed/v1/dt=2026-03-01/hr=12/${name}.ndjson.gz`;
    await put(key('replaced'), gzipSync(line('ada', '1') + line('bob', '2')));
    await put(key('replaced'), gzipSync(line('bob', '2')));
    await put(key('deleted'), gzipSync(line('ada', '3')));
    await s3.send(new DeleteObjectCommand({ Bucket: `${bucket}-${prefix}`, Key: key('deleted') }));
    // Of the former version nobody is to read again.
    await put(key('grown'), gzipSync(line('eve', '4')));
    await put(key('grown'), gzipSync(line('ada', '5')));
    expect(await sweep(true)).toMatchObject({ versions: 5, records: 3 });
    const left = await everything();
    expect(left.map(({ key: each, isCurrent, text }) => [each.split('/').at(-1), isCurrent, text])).toEqual(expect.arrayContaining([['replaced.ndjson.gz', true, line('bob', '2')], ['grown.ndjson.gz', false, line('eve', '4')]]));
    expect(left).toHaveLength(2);
  });

  it('may be killed after any of its calls, and done again', async () => {
    await plant();
    const before = await currentLines();
    const others = before.filter((line) => !of(before, 'ada').includes(line));
    // Whoever reads meanwhile finds all the others; raw holds each at least once.
    const kills = await eraseWithKills(async () => { expect([...new Set(await currentLines())].filter((line) => !of(before, 'ada').includes(line))).toEqual(others); });
    expect(kills).toBeGreaterThan(2);
    expect(await currentLines()).toEqual(others);
    expect(await sweep(false)).toMatchObject({ records: 0 });
  });

  it('goes on where it ended', async () => {
    await plant();
    const extra = gzipSync(`${JSON.stringify({ event: order(), lineage: {} })}\n`);
    for (let index = 0; index < 40; index += 1) await put(`raw/order.placed/v1/dt=2026-04-01/hr=12/${String(index).padStart(2, '0')}.ndjson.gz`, extra);
    let [records, sweeps, after] = [0, 0, undefined as string | undefined];
    do {
      const swept: Swept = await sweep(true, { hasTime: () => false, ...(after === undefined ? {} : { after }) });
      [records, sweeps, after] = [records + swept.records, sweeps + 1, swept.next];
    } while (after !== undefined);
    expect(sweeps).toBeGreaterThan(2);
    expect(records).toBe(48);
    expect(await sweep(false)).toMatchObject({ records: 0 });
  });

  it('says in the manifest of a batch what its parts hold now, and keeps a part without rows', async () => {
    const folder = 'raw/dataset=accounts/v1/batch=accounts-v1-1';
    const rows = (...customers: readonly string[]): Buffer => Buffer.from(customers.map((customer) => `${JSON.stringify({ row: { mail: `${customer}@example.org` }, lineage: { batch_id: 'accounts-v1-1' } })}\n`).join(''));
    const parts = [rows('ada', 'bob'), rows('ada')];
    const hash = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
    for (const [index, content] of parts.entries()) await put(`${folder}/part-000${index}.ndjson.gz`, gzipSync(content));
    await put(`${folder}/_manifest.json`, Buffer.from(JSON.stringify({ dataset: 'accounts@v1', parts: parts.map((content, index) => ({ key: `${folder}/part-000${index}.ndjson.gz`, rows: 2 - index, contentHash: hash(content) })) })));
    expect(await eraseWithKills(async () => { await Promise.resolve(); })).toBeGreaterThan(1);
    const now = await everything();
    const [described] = now.filter(({ key, isCurrent }) => key.endsWith('manifest.json') && isCurrent).map(({ text }) => JSON.parse(text) as { readonly parts: unknown });
    expect(described?.parts).toEqual([
      { key: `${folder}/part-0000.ndjson.gz`, rows: 1, contentHash: hash(rows('bob')) },
      { key: `${folder}/part-0001.ndjson.gz`, rows: 0, contentHash: hash(Buffer.alloc(0)) },
    ]);
    expect(now.filter(({ key }) => key.includes('part-')).map(({ isCurrent, text }) => [isCurrent, text])).toEqual([[true, rows('bob').toString('utf8')], [true, '']]);
  });

  it('leaves what is held, and says why', async () => {
    await plant();
    const [first] = (await everything()).filter(({ text }) => text.includes('ada@'));
    await s3.send(new PutObjectLegalHoldCommand({ Bucket: `${bucket}-${prefix}`, Key: first?.key, VersionId: first?.id, LegalHold: { Status: 'ON' } }));
    expect(await sweep(true)).toMatchObject({ records: 8, held: [{ key: first?.key, why: 'a legal hold, until it is lifted' }] });
    // Nobody who reads the lake finds it.
    expect(of(await currentLines(), 'ada')).toEqual([]);
    expect(await sweep(false)).toMatchObject({ held: [{ key: first?.key }] });
  });
});
