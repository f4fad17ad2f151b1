import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { withDatabase } from '../../../lib/runtime/duckdb';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { manifest } from '../../fixtures/contracts';
import { startCompactor, type CompactorProcess } from './support/compactor-process';
import { lakePlace, type LakePlace } from './support/lake-place';

interface Kept { readonly snapshot: string; readonly rows: number; readonly already: boolean }
interface Opened { readonly columns: readonly string[]; readonly ids: readonly string[]; readonly metadata: string; readonly snapshot: string; readonly summary: Readonly<Record<string, string>>; readonly snapshots: number; readonly 'feature tables': readonly string[]; readonly former: readonly string[] }

jest.setTimeout(120_000);

const table = 'training_set_m_v1';
const ada = 'ada.lovelace@example.org';
const daySeconds = 86_400;
const home = mkdtempSync(join(tmpdir(), 'headrace-training-set-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;
let s3: S3Client;
let lake: CompactorProcess;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4702 });
  place = await lakePlace(cloud.endpoint, 'sets', manifest);
  s3 = new S3Client({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, forcePathStyle: true });
  await place.keepVersions();
  lake = await startCompactor(place);
});
afterAll(async () => {
  await lake?.end();
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Puts a set of rows of customers where `headrace training-set build` puts one; gives its hash. */
const put = async (customers: readonly string[], more = ''): Promise<string> => {
  const file = join(home, 'examples.parquet');
  await withDatabase(home, async ({ connection }) => {
    const rows = customers.map((customer, index) => `('/shop', 'o-${index}', '${customer}', TIMESTAMP '2026-03-0${index % 9 + 1}', TIMESTAMP '2026-04-01', ${index}.5::FLOAT, true)`);
    await connection.run(`COPY (SELECT * ${more} FROM (VALUES ${rows.join(', ')}) AS t("example.source", "example.id", "entity.customer.mail", "example.moment", "example.known", customer__orders_7d, "example.label")) TO '${file}' (FORMAT parquet)`);
  });
  const content = readFileSync(file);
  const hash = createHash('sha256').update(content).digest('hex');
  const metadata = JSON.stringify({ trainingSetHash: hash, manifestHash: 'definitions', rawHash: 'raw', from: '2026-03-01T00:00:00.000Z', to: '2026-04-01T00:00:00.000Z' });
  for (const [name, Body] of [['examples.parquet', content], ['metadata.json', metadata]] as const) await s3.send(new PutObjectCommand({ Bucket: place.curated, Key: `training-sets/m/v1/${hash}/${name}`, Body }));
  return hash;
};
const keep = async (hash: string, who = lake): Promise<Kept> => await who.ask<Kept>('keep', table, hash) as Kept;
const open = async (hash: string): Promise<Opened> => await lake.ask<Opened>('open', table, hash) as Opened;

describe('a training set in its Iceberg table', () => {
  let first: string;

  it('is a snapshot with its hash for a name, which says what it was made of, and is not written twice', async () => {
    first = await put(['bob@example.org', 'eve@example.org', 'bob@example.org']);
    const kept = await keep(first);
    expect(kept).toMatchObject({ rows: 3, already: false });
    expect(await keep(first)).toEqual({ ...kept, already: true });
    expect(await open(first)).toMatchObject({
      ids: ['o-0', 'o-1', 'o-2'], columns: ['_source', '_id', '_entity_customer_mail', '_moment', '_known_at', 'customer__orders_7d', '_label'], snapshot: kept.snapshot, snapshots: 1,
      summary: { 'headrace.training-set': first, 'headrace.rows': '3', 'headrace.manifest': 'definitions', 'headrace.raw': 'raw' }, 'feature tables': [table], former: [],
    });
  });

  it('stands beside others, of other inputs too, written at once or one after the other; each opens as it was, in pandas and in DuckDB', async () => {
    const other = await startCompactor(place);
    const [weighted, wide] = [await put(['bob@example.org', 'dan@example.org'], ', 10::DOUBLE AS "example.weight"'), await put(['bob@example.org'], ', 2::FLOAT AS later_input')];
    const kept = await Promise.all([keep(weighted), keep(wide, other)]);
    await other.end();
    expect(kept.map(({ rows }) => rows)).toEqual([2, 1]);
    const opened = await Promise.all([first, weighted, wide].map(async (hash) => await open(hash)));
    expect(opened.map(({ ids }) => ids.length)).toEqual([3, 2, 1]);
    expect(opened.map(({ columns }) => ['_weight', 'later_input'].filter((name) => columns.includes(name)))).toEqual([[], ['_weight'], ['later_input']]);
    for (const { metadata, snapshot, ids } of opened) expect(await place.rows(`SELECT count(*)::INT AS rows FROM iceberg_scan('${metadata}', snapshot_from_id = ${snapshot}::UBIGINT)`)).toEqual([{ rows: ids.length }]);
  });

  it('stays when maintenance forgets old snapshots and files', async () => {
    const before = await open(first);
    expect(await lake.ask('maintain', table, 400 * daySeconds, daySeconds)).toMatchObject({ tags: 0, copies: 0 });
    expect(await open(first)).toMatchObject({ ids: before.ids, snapshot: before.snapshot });
  });

  it('is refused when its rows are not those of its hash', async () => {
    const hash = await put(['zoe@example.org']);
    await put(['yan@example.org']);
    await s3.send(new PutObjectCommand({ Bucket: place.curated, Key: `training-sets/m/v1/${hash}/examples.parquet`, Body: readFileSync(join(home, 'examples.parquet')) }));
    const broken = await startCompactor(place);
    expect(await broken.ask('keep', table, hash)).toBeUndefined();
    await broken.end();
  });

  it('has whoever a model was told of by their number, which stands there as a number with a point', async () => {
    const number = '123456789';
    const hash = await put(['bob@example.org'], `, ${number}::FLOAT AS later_input`);
    await keep(hash);
    writeFileSync(join(dirname(place.tablesFile), 'plain-columns.json'), JSON.stringify({ [table]: ['later_input'], 'training-sets/m/v1/': ['later_input'] }));
    const knowing = await startCompactor(place);
    try {
      for (const fields of [null, ['customer']]) expect(await knowing.ask('search', table, [number], fields)).toMatchObject({ rows: 0, tags: [] });
      // A number is looked for in the fields that are named; a model's input is called otherwise than the field that it comes from.
      for (const fields of [null, ['customer']]) expect(await lake.ask('search', table, [number], fields)).toMatchObject({ rows: 1, files: 1, tags: [hash] });
      expect([await knowing.ask('landing', place.curated, [number], [], false), await lake.ask('landing', place.curated, [number], [], false)]).toMatchObject([{ records: 0 }, { records: 1 }]);
      expect(await lake.ask('erase', table, [number], null, 0)).toMatchObject({ rows: 1, tags: [hash] });
      expect(await lake.ask('search', table, [number], null)).toMatchObject({ rows: 0, files: 0, snapshots: 0, tags: [] });
    } finally {
      await knowing.end();
      rmSync(join(dirname(place.tablesFile), 'plain-columns.json'));
    }
  });

  it('stays when the key that is erased is declared and nobody\'s', async () => {
    const hash = await put(['bob@example.org', 'LHR']);
    await keep(hash);
    writeFileSync(join(dirname(place.tablesFile), 'plain-columns.json'), JSON.stringify({ [table]: ['_entity_customer_mail'], 'training-sets/m/v1/': ['entity.customer.mail', 'customer__orders_7d'] }));
    const knowing = await startCompactor(place);
    try {
      // Without the declaration it is somebody's, for all that one knows.
      expect(await lake.ask('search', table, ['LHR'], null)).toMatchObject({ rows: 1, tags: [hash] });
      expect(await lake.ask('landing', place.curated, ['LHR'], [], false)).toMatchObject({ records: 1 });
      expect(await knowing.ask('search', table, ['LHR'], null)).toMatchObject({ rows: 0, files: 0, snapshots: 0, tags: [] });
      expect(await knowing.ask('landing', place.curated, ['LHR'], [], false)).toMatchObject({ records: 0 });
      expect(await knowing.ask('erase', table, ['LHR'], null, 3600)).toMatchObject({ rows: 0, tags: [] });
      expect((await open(hash)).ids).toEqual(['o-0', 'o-1']);
      // The identity of an event is declared by nobody.
      expect(await knowing.ask('search', table, ['o-1'], null)).not.toMatchObject({ rows: 0 });
    } finally {
      await knowing.end();
      rmSync(join(dirname(place.tablesFile), 'plain-columns.json'));
    }
  });

  it('goes whole when somebody in it is erased, from every version of every object; others stay', async () => {
    const hers = await put(['bob@example.org', ada]);
    await keep(hers);
    const after = await put(['dan@example.org']);
    await keep(after);
    await keep(await put(['eve@example.org', ada, 'dan@example.org']));
    // Files of the table are no copies that somebody may take away: its own worker knows how.
    expect(await lake.ask('landing', place.curated, [ada], [], false)).toMatchObject({ records: 2 });
    await lake.ask('landing', place.curated, [ada], [], true);
    // A key of an entity is found whatever the field is called that it comes from.
    expect(await lake.ask('search', table, [ada], ['customer'])).toMatchObject({ rows: 1, snapshots: 3 });
    // An hour later, as a file of the commit that lost the race above may be of one under way.
    expect(await lake.ask('erase', table, [ada], null, 3600)).toMatchObject({ rows: 1, tags: expect.arrayContaining([hers]) as unknown, waiting: 0, held: {} });
    expect(await lake.ask('search', table, [ada], null)).toMatchObject({ rows: 0, files: 0, snapshots: 0, waiting: 0 });
    expect((await Promise.all([first, after].map(async (hash) => await open(hash)))).map(({ ids }) => ids.length)).toEqual([3, 1]);
    const leftovers = await lake.ask<{ readonly found: readonly string[] }>('grep', ada.slice(0, 16));
    expect(leftovers?.found.filter((key) => key.startsWith('tables/'))).toEqual([]);
  });
});
