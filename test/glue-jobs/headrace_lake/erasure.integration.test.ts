import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { memoryLake } from '../../cli/quarantine/support/rejected-records';
import { manifest, order, record } from '../../fixtures/contracts';
import { startCompactor, type CompactorProcess } from './support/compactor-process';
import { lakePlace, type LakePlace } from './support/lake-place';

interface Erased { readonly rows: number; readonly files: number; readonly snapshots: number; readonly tags: readonly string[]; readonly removed: number; readonly waiting: number; readonly held: Readonly<Record<string, string>> }
interface Grepped { readonly found: readonly string[]; readonly read: number }

jest.setTimeout(180_000);

const table = 'order_placed';
const ada = 'ada.lovelace@example.org';
const daySeconds = 86_400;
const home = mkdtempSync(join(tmpdir(), 'headrace-table-erasure-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;
let compactor: CompactorProcess;
let lakes = 0;

beforeAll(async () => { cloud = await startLocalCloud({ home, port: 4687 }); });
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(async () => {
  if (cloud === undefined) throw new Error('no cloud');
  lakes += 1;
  place = await lakePlace(cloud.endpoint, `erasure${lakes}`, manifest);
  await place.keepVersions();
  compactor = await startCompactor(place);
});
afterEach(async () => { await compactor.end(); });

let sequence = 0;
/** Takes orders of customers into the table, a day for each. */
const compact = async (...customers: readonly string[]): Promise<void> => {
  const lake = memoryLake();
  const day = Date.parse('2026-03-01T08:00:00Z');
  lake.keep(customers.map((customer, index) => record(order({ customer }, { id: `o-${sequence += 1}`, time: new Date(day + (index % 4) * daySeconds * 1000).toISOString() }), { sequence, arrival: day + 5 * daySeconds * 1000 })));
  await place.put(lake.raw.objects);
  expect((await compactor.compact([...lake.raw.objects.keys()]))?.faults).toEqual([]);
};
const rows = async (where = 'true'): Promise<readonly unknown[]> => await place.rows(`SELECT * FROM ${table} WHERE ${where} ORDER BY _id`);
/** Erases as if it were so many seconds later. */
const erase = async (secondsFromNow = 0, who: CompactorProcess = compactor): Promise<Erased | undefined> => await who.ask<Erased>('erase', table, [ada], null, secondsFromNow);
const search = async (): Promise<Erased | undefined> => await compactor.ask<Erased>('search', table, [ada], null);
/** Manifests cut smallest and largest values after sixteen letters. */
const grep = async (): Promise<Grepped> => await compactor.ask<Grepped>('grep', ada.slice(0, 16)) as Grepped;

/** A table with a subject in several states, of which one has a name, in files that maintenance has put aside, and in one of a commit that was killed. */
const plant = async (): Promise<void> => {
  await compact('bob@example.org', 'eve@example.org');
  await compactor.ask('tag', table, 'before');
  await compact(ada, 'bob@example.org', 'eve@example.org', ada);
  await compactor.ask('tag', table, 'training');
  await compact('eve@example.org', ada);
  await compactor.ask('split', table);
  await compactor.ask('maintain', table, 2 * daySeconds, daySeconds);
  await compact('bob@example.org', 'bob@example.org', ada);
};

describe('erasing a subject from a curated table', () => {
  it('leaves nothing of it in any version of any object, and every other row as it was', async () => {
    await plant();
    const others = await rows(`customer <> '${ada}'`);
    expect((await grep()).found.length).toBeGreaterThan(10);
    const there = await search();
    expect(there).toMatchObject({ rows: 4, tags: ['training'] });
    expect(await rows()).toHaveLength(others.length + 4);
    const erased = await erase();
    expect(erased).toMatchObject({ rows: 4, tags: ['training'], waiting: 0, held: {} });
    expect(erased?.snapshots).toBeGreaterThan(1);
    expect(await rows()).toEqual(others);
    expect(await grep()).toMatchObject({ found: [] });
    expect(await search()).toEqual({ rows: 0, files: 0, snapshots: 0, tags: [], removed: 0, waiting: 0, held: {} });
    // A state in which the subject never stood can be read as before.
    expect(await compactor.ask('tagged', table, 'before')).toEqual({ rows: 2 });
    expect(await erase()).toMatchObject({ rows: 0, files: 0, snapshots: 0, removed: 0 });
  });

  it('leaves nothing of it in a table that holds nobody else', async () => {
    await compact(ada, ada);
    await compact(ada);
    expect(await erase()).toMatchObject({ rows: 3, waiting: 0 });
    expect(await rows()).toEqual([]);
    expect(await grep()).toMatchObject({ found: [] });
    await compact('bob@example.org');
    expect(await rows()).toHaveLength(1);
  });

  it('leaves nothing of it in a table from which somebody else has just deleted it', async () => {
    await compact(ada, 'bob@example.org');
    await compactor.ask('delete', table, ada);
    expect(await rows()).toHaveLength(1);
    expect(await erase()).toMatchObject({ rows: 0, waiting: 0 });
    expect(await rows()).toHaveLength(1);
    expect(await grep()).toMatchObject({ found: [] });
  });

  it('reaches a table whose event type the definitions have no more', async () => {
    await compact(ada, 'bob@example.org');
    await compact('eve@example.org', ada);
    writeFileSync(place.tablesFile, '[]');
    const later = await startCompactor(place);
    expect(await erase(0, later)).toMatchObject({ rows: 2, waiting: 0 });
    await later.end();
    expect((await rows()).length).toBe(2);
    expect(await grep()).toMatchObject({ found: [] });
  });

  it('is not over while a manifest of a commit that was killed tells of it', async () => {
    await compact(ada, 'bob@example.org');
    await compactor.ask('strand', table);
    // It may be of a commit under way: it is left for now.
    expect(await erase()).toMatchObject({ rows: 1, waiting: 1 });
    expect((await grep()).found).toEqual([expect.stringContaining('-stranded.avro')]);
    expect(await compactor.ask('search', table, [ada], null, 3600)).toMatchObject({ rows: 0, files: 0, snapshots: 0, waiting: 1 });
    expect(await erase(3600)).toMatchObject({ waiting: 0 });
    expect(await grep()).toMatchObject({ found: [] });
    expect(await compactor.ask('search', table, [ada], null, 3600)).toMatchObject({ waiting: 0 });
  });

  it('changes nothing of a table in which the subject does not stand', async () => {
    await compact('bob@example.org', 'eve@example.org');
    await compact('bob@example.org', `${ada}.uk`);
    const before = await compactor.ask('places', table);
    expect(await erase()).toMatchObject({ rows: 0, files: 0, snapshots: 0, removed: 0 });
    expect(await compactor.ask('places', table)).toEqual(before);
  });

  it('finds a whole number in the fields that are named, and in no other', async () => {
    const lake = memoryLake();
    lake.keep([20, 21, 22].map((age, index) => record(order({ age, items: 21 }, { id: `aged-${age}` }), { sequence: index + 1 })));
    await place.put(lake.raw.objects);
    await compactor.compact([...lake.raw.objects.keys()]);
    expect(await compactor.ask('erase', table, ['21'], ['age'], 0)).toMatchObject({ rows: 1 });
    expect(await place.rows(`SELECT age::INT AS age FROM ${table} ORDER BY 1`)).toEqual([{ age: 20 }, { age: 22 }]);
  });

  it('takes a number for the text that it is, and 030 for nobody who is 30', async () => {
    const lake = memoryLake();
    lake.keep([30, 40].map((age, index) => record(order({ age }, { id: `aged-${age}` }), { sequence: index + 1 })));
    await place.put(lake.raw.objects);
    await compactor.compact([...lake.raw.objects.keys()]);
    expect(await compactor.ask('erase', table, ['030', '+40', '40.0', '4'.repeat(5000)], ['age'], 0)).toMatchObject({ rows: 0 });
    expect(await rows()).toHaveLength(2);
  });

  it('reaches a field that the definitions have no more, which the table keeps', async () => {
    await compact(ada, 'bob@example.org');
    const [described] = JSON.parse(readFileSync(place.tablesFile, 'utf8')) as [{ readonly columns: readonly { readonly name: string }[]; readonly personal: readonly string[] }];
    writeFileSync(place.tablesFile, JSON.stringify([{ ...described, personal: [], columns: described.columns.filter(({ name }) => name !== 'customer') }]));
    const later = await startCompactor(place);
    expect(await erase(0, later)).toMatchObject({ rows: 1, waiting: 0 });
    await later.end();
    expect(await rows()).toHaveLength(1);
    expect(await grep()).toMatchObject({ found: [] });
  });

  it('may be killed anywhere, and done again', async () => {
    await plant();
    const others = await rows(`customer <> '${ada}'`);
    for (const milliseconds of [60, 150, 300, 500, 800, 1200]) {
      const victim = await startCompactor(place);
      const dying = erase(0, victim);
      await new Promise((resolve) => { setTimeout(resolve, milliseconds); });
      victim.kill();
      await dying;
      await victim.end();
      expect(await rows(`customer <> '${ada}'`)).toEqual(others);
    }
    // Files of the killed ones may be of a commit under way: until none can be.
    await erase();
    expect(await erase(3600)).toMatchObject({ rows: 0, waiting: 0 });
    expect(await rows()).toEqual(others);
    expect(await grep()).toMatchObject({ found: [] });
  });
});
