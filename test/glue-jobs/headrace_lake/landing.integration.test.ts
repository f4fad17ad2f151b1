import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand, PutObjectLegalHoldCommand, S3Client } from '@aws-sdk/client-s3';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifest } from '../../fixtures/contracts';
import { startCompactor, type CompactorProcess } from './support/compactor-process';
import { lakePlace } from './support/lake-place';

interface Looked { readonly records: number; readonly outstanding: number; readonly held: readonly { readonly place: string; readonly why: string }[]; readonly blocked: readonly { readonly place: string }[] }

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), 'headrace-landing-erasure-'));
const ada = 'ada@example.org';
let cloud: LocalCloud;
let s3: S3Client;
let python: CompactorProcess;
let bucket = '';
let buckets = 0;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4693 });
  s3 = new S3Client({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, forcePathStyle: true });
  python = await startCompactor(await lakePlace(cloud.endpoint, 'landing', manifest));
});
afterAll(async () => {
  await python.end();
  await cloud.stop();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(async () => {
  buckets += 1;
  bucket = `headrace-landing-erasure-${buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
});

const put = async (Key: string, Body: Buffer | string): Promise<string | undefined> => (await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))).VersionId;
const csv = (...mails: readonly string[]): string => ['id,mail', ...mails.map((mail, index) => `${index},${mail}`), ''].join('\n');
const parquet = async (mail: string): Promise<Buffer> => await withDatabase(home, async ({ connection }) => {
  const file = join(home, 'people.parquet');
  await connection.run(`COPY (SELECT i AS id, CASE WHEN i = 70000 THEN '${mail}' ELSE 'somebody' END AS mail FROM range(100000) AS r (i)) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
  return readFileSync(file);
});
const look = async (committed: readonly string[], erases: boolean, ...identifiers: readonly string[]): Promise<Looked> => await python.ask<Looked>('landing', bucket, identifiers.length > 0 ? identifiers : [ada], committed, erases) as Looked;
/** Versions that hold bytes, and how many only say that their object is deleted. */
const left = async (): Promise<readonly string[]> => {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return Versions.map(({ Key = '', IsLatest }) => `${Key}${IsLatest === true ? '' : ' (of before)'}`).toSorted();
};

describe('erasing a subject from files that have landed', () => {
  it('deletes each that holds it, of every format, and no other', async () => {
    await put('people/a.csv', csv(ada));
    await put('people/b.csv', gzipSync(csv('bob@example.org', ada)));
    await put('people/c.ndjson', `{"mail":"${ada}"}\n`);
    await put('people/d.parquet', await parquet(ada));
    await put('people/e.parquet', await parquet('eve'));
    await put('people/f.csv', csv('bob@example.org'));
    const keys = ['a.csv', 'b.csv', 'c.ndjson', 'd.parquet', 'e.parquet', 'f.csv'].map((name) => `people/${name}`);
    expect(await look(keys, false)).toEqual({ records: 4, outstanding: 4, held: [], blocked: [] });
    expect(await left()).toEqual(keys);
    expect(await look(keys, true)).toMatchObject({ records: 4 });
    expect(await left()).toEqual(['people/e.parquet', 'people/f.csv']);
    expect(await look(keys, true)).toEqual({ records: 0, outstanding: 0, held: [], blocked: [] });
  });

  it('reads what a file says, however it says it', async () => {
    const [mail, name] = [`"ada"@example.org/1`, 'Jürgen Müller'];
    const ascii = JSON.stringify({ name }).replaceAll('ü', String.raw`\u00FC`);
    await put('people/a.csv', `id,mail\n1,"${mail.replaceAll('"', '""')}"\n`);
    await put('people/b.ndjson', `${JSON.stringify({ mail }).replace('/', String.raw`\/`)}\n`);
    await put('people/c.ndjson', ascii);
    await put('people/d.csv', Buffer.from(`id\tname\n1\t${name}\n`, 'utf16le'));
    await put('people/e.csv', Buffer.from(`id;name\n1;${name}\n`, 'latin1'));
    await put('people/f.ndjson', ascii.replaceAll('FC', 'fb'));
    const keys = ['a.csv', 'b.ndjson', 'c.ndjson', 'd.csv', 'e.csv', 'f.ndjson'].map((each) => `people/${each}`);
    expect(await look(keys, true, mail, name)).toMatchObject({ records: 5 });
    expect(await left()).toEqual(['people/f.ndjson']);
  });

  it('reads Parquet of every type that may say it', async () => {
    const columns = { category: `pa.array(['${ada}']).dictionary_encode()`, bytes: `pa.array([b'${ada}'])`, list: `pa.array([['${ada}']])`, member: `pa.array([{'mail': '${ada}'}])`, number: 'pa.array([17.0, None])', other: 'pa.array([17.5])' };
    for (const [column, values] of Object.entries(columns)) {
      const { stdout } = spawnSync(join(process.cwd(), '.headrace', 'venv', 'bin', 'python'), ['-c', `import sys, pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'${column}': ${values}}), sys.stdout.buffer)`]);
      await put(`people/${column}.parquet`, stdout);
    }
    expect(await look(Object.keys(columns).map((column) => `people/${column}.parquet`), true, ada, '17')).toMatchObject({ records: 5 });
    expect(await left()).toEqual(['people/other.parquet']);
  });

  it('is not held up by a file that is not what its first bytes say', async () => {
    await put('people/a.parquet', Buffer.from(`PAR1 of ${ada}`));
    await put('people/b.csv', gzipSync(csv(ada)).subarray(0, -8));
    await put('people/c.csv', Buffer.concat([gzipSync('id,mail\n').subarray(0, 10), Buffer.from([255, 255, 255, 255])]));
    const keys = ['people/a.parquet', 'people/b.csv', 'people/c.csv'];
    expect(await look(keys, true)).toMatchObject({ records: 2, outstanding: 2 });
    expect(await left()).toEqual(['people/c.csv']);
  });

  it('leaves a file whose rows are in no batch yet, and says so', async () => {
    await put('people/new.csv', csv(ada, 'bob@example.org'));
    expect(await look([], true)).toMatchObject({ records: 1, outstanding: 0, blocked: [{ place: 'people/new.csv' }] });
    expect(await left()).toEqual(['people/new.csv']);
  });

  it('names no more of them than a state machine passes on', async () => {
    for (let index = 0; index < 60; index += 1) await put(`people/${index}.csv`, csv(ada));
    const found = await look([], true);
    expect([found.records, found.blocked.length]).toEqual([60, 50]);
  });

  it('finds a file that is called by it, and tells where it is without saying who', async () => {
    await put(`people/${ada}.csv`, csv('bob@example.org'));
    await put(`people/${ada}/notes.csv`, csv('bob@example.org'));
    await put(`people/not-${ada}.csv`, csv('bob@example.org'));
    expect(await look([], false)).toMatchObject({ records: 2, blocked: [{ place: 'people/….csv' }, { place: 'people/…/notes.csv' }] });
    expect(await look([`people/${ada}.csv`, `people/${ada}/notes.csv`], true)).toMatchObject({ records: 2, blocked: [] });
    expect(await left()).toEqual([`people/not-${ada}.csv`]);
  });

  it('reaches versions of before, and brings none of them back', async () => {
    await put('people/x.csv', csv('bob@example.org'));
    await put('people/x.csv', csv(ada));
    await put('people/y.csv', csv(ada));
    await put('people/y.csv', csv('bob@example.org'));
    expect(await look(['people/x.csv', 'people/y.csv'], true)).toMatchObject({ records: 2 });
    expect(await left()).toEqual(['people/x.csv (of before)', 'people/y.csv']);
  });

  it('leaves what is held, where nobody reads it', async () => {
    const VersionId = await put('people/h.csv', csv(ada));
    await s3.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key: 'people/h.csv', VersionId, LegalHold: { Status: 'ON' } }));
    expect(await look(['people/h.csv'], true)).toMatchObject({ outstanding: 0, held: [{ place: 'people/h.csv', why: 'a legal hold, until it is lifted' }] });
    expect(await left()).toEqual(['people/h.csv (of before)']);
    expect(await look(['people/h.csv'], false)).toMatchObject({ outstanding: 0, held: [{ place: 'people/h.csv' }] });
  });
});
