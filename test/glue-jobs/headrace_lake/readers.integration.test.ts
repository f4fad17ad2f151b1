import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curatedTables } from '../../../core/lake/curated-table';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { memoryLake } from '../../cli/quarantine/support/rejected-records';
import { definitions, manifest, manifestOf, order, record } from '../../fixtures/contracts';
import { startCompactor } from './support/compactor-process';
import { lakePlace, type LakePlace } from './support/lake-place';

jest.setTimeout(120_000);

const home = mkdtempSync(join(tmpdir(), 'headrace-readers-'));
const repository = join(__dirname, '..', '..', '..');
let cloud: LocalCloud | undefined;
let place: LakePlace;

interface Answers { readonly pyiceberg: readonly number[]; readonly pandas: readonly number[]; readonly 'duckdb over arrow': readonly number[]; readonly columns: readonly string[] }
interface Read { readonly metadata: string; readonly snapshots: Readonly<Record<'now' | 'then', string>>; readonly now: Answers; readonly then: Answers }

/** What others read of a table: now, and as a tag has it. */
const readByOthers = (table: string, tag: string, column: string): Read => {
  const { stdout, stderr } = spawnSync(join(repository, '.headrace', 'venv', 'bin', 'python'), [join(__dirname, 'support', 'read_table.py'), place.database, table, tag, column], {
    encoding: 'utf8', env: { PYTHONPATH: join(repository, 'glue-jobs'), PYTHONDONTWRITEBYTECODE: '1', AWS_ENDPOINT_URL: place.endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Read;
};

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4681 });
  // The first release knows the first version alone.
  place = await lakePlace(cloud.endpoint, 'readers', manifestOf({ orders: definitions.orders }), manifest);
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('a curated table', () => {
  it('takes a field of a new version by itself, and stays readable as it was: by PyIceberg, pandas and DuckDB alike', async () => {
    const lake = memoryLake();
    lake.keep([1, 2, 3].map((sequence) => record(order({ note: sequence === 1 ? 'a note' : null }, { id: `o-${sequence}` }), { sequence })));
    await place.put(lake.raw.objects);
    const before = await startCompactor(place);
    expect(await before.compact([...lake.raw.objects.keys()])).toMatchObject({ faults: [], counts: { added: 3 } });
    await before.ask('tag', 'order_placed', 'first-release');
    await before.end();

    const later = memoryLake();
    later.keep([4, 5].map((sequence) => record(order({ currency: 'EUR' }, { id: `o-${sequence}`, dataschema: 'https://shop.example/order.placed/v2' }), { sequence })));
    await place.put(later.raw.objects);
    writeFileSync(place.tablesFile, JSON.stringify(curatedTables(manifest)));
    const after = await startCompactor(place);
    expect(await after.compact([...later.raw.objects.keys()])).toMatchObject({ faults: [], counts: { added: 2 } });
    await after.end();

    const read = readByOthers('order_placed', 'first-release', 'note');
    expect(read.then).toMatchObject({ pyiceberg: [3, 1], pandas: [3, 1], 'duckdb over arrow': [3, 1] });
    expect(read.now).toMatchObject({ pyiceberg: [5, 1], pandas: [5, 1], 'duckdb over arrow': [5, 1] });
    expect([read.then.columns.includes('currency'), read.now.columns.includes('currency')]).toEqual([false, true]);
    expect(await place.rows('SELECT count(*)::INT AS rows, count(note)::INT AS notes, count(currency)::INT AS currencies FROM order_placed')).toEqual([{ rows: 5, notes: 1, currencies: 2 }]);
    // DuckDB's own reader, at the snapshot of then.
    expect(await place.rows(`SELECT count(*)::INT AS rows, count(note)::INT AS notes FROM iceberg_scan('${read.metadata}', snapshot_from_id = ${read.snapshots.then}::UBIGINT)`)).toEqual([{ rows: 3, notes: 1 }]);
  });
});
