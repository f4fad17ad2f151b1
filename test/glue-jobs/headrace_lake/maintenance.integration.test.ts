import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { memoryLake } from '../../cli/quarantine/support/rejected-records';
import { manifest, record, shipped } from '../../fixtures/contracts';
import { startCompactor, type CompactorProcess } from './support/compactor-process';
import { batchesOfCopies, firstCopies, shippedRows } from './support/copies';
import { lakePlace, type LakePlace } from './support/lake-place';

interface Maintained { readonly copies: number; readonly rewritten: number; readonly expired: number; readonly removed: number; readonly files: number; readonly bytes: number; readonly rows: number }
interface Places { readonly referred: readonly string[]; readonly there: readonly string[]; readonly snapshots: number }

jest.setTimeout(120_000);

const day = 86_400_000;
const daySeconds = 86_400;
const table = 'order_shipped';
const home = mkdtempSync(join(tmpdir(), 'headrace-maintenance-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;
let compactor: CompactorProcess;

beforeAll(async () => {
  cloud = await startLocalCloud({ home, port: 4673 });
  place = await lakePlace(cloud.endpoint, 'maintenance', manifest);
  compactor = await startCompactor(place);
});
afterAll(async () => {
  await compactor?.end();
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Maintains as if it were so many seconds later, and keeps snapshots for so many. */
const maintain = async (secondsFromNow: number, keepSeconds: number): Promise<Maintained> => await compactor.ask<Maintained>('maintain', table, secondsFromNow, keepSeconds) as Maintained;
const places = async (): Promise<Places> => await compactor.ask<Places>('places', table) as Places;

describe('maintenance of a curated table', () => {
  const lake = memoryLake();
  const compactNew = async (): Promise<void> => {
    const fresh = [...lake.raw.objects].filter(([key]) => !place.sizes.has(key));
    await place.put(new Map(fresh));
    for (const [key] of fresh) expect((await compactor.compact([key]))?.faults).toEqual([]);
  };
  const expected = () => firstCopies([...lake.raw.objects].flatMap(([key, content]) => (key.startsWith('raw/order.shipped/') ? [content] : [])));

  it('removes copies that are further apart than commits look', async () => {
    const [time, arrival] = [Date.parse('2026-02-01T08:00:00Z'), Date.parse('2026-03-01T12:00:00Z')];
    for (const [index, days] of [0, 9, 4].entries())
      lake.keep([record(shipped({ parcels: index + 1 }, { id: 'far', time: new Date(time + days * day).toISOString(), recordedtime: new Date(time + (days === 0 ? 12 : 10 + (9 - days) / 5) * day).toISOString() }), { sequence: index, arrival })]);
    for (const [index, batch] of batchesOfCopies(7, 3, 30, 40).entries()) lake.keep(batch.map((each) => ({ ...each, position: { ...each.position, shard: `shardId-00000000000${index + 1}` } })));
    await compactNew();
    expect(await place.rows(`SELECT count(*)::INT AS copies FROM ${table} WHERE _id = 'far'`)).toEqual([{ copies: 3 }]);
    expect(await maintain(0, daySeconds)).toMatchObject({ copies: 2, expired: 0, removed: 0 });
    expect(await place.rows(shippedRows)).toEqual(expected());
  });

  it('writes the small files of a day as one', async () => {
    await compactor.ask('split', table);
    const rows = expected().length;
    expect(await place.rows(`SELECT count(*)::INT AS rows FROM ${table}`)).toEqual([{ rows }]);
    const done = await maintain(0, daySeconds);
    expect(done.rewritten).toBeGreaterThan(2);
    expect(done).toMatchObject({ copies: 0, rows });
    expect(done.files).toBeLessThan(rows);
    expect(await place.rows(shippedRows)).toEqual(expected());
    expect((await maintain(0, daySeconds)).rewritten).toBe(0);
  });

  it('takes away the days that are kept no longer, and no other', async () => {
    const old = memoryLake();
    old.keep([record(shipped({}, { id: 'aged', time: '2020-05-05T12:00:00Z' }), { sequence: 8, arrival: Date.parse('2026-03-04T00:00:00Z') })]);
    await place.put(old.raw.objects);
    expect(await compactor.compact([...old.raw.objects.keys()])).toMatchObject({ faults: [], counts: { added: 1 } });
    const days = Math.floor((Date.now() - Date.parse('2020-05-05T00:00:00Z')) / day);
    expect(await compactor.ask('maintain', table, 0, daySeconds, days + 1)).toMatchObject({ aged: 0, rows: expected().length + 1 });
    expect(await compactor.ask('maintain', table, 0, daySeconds, days - 1)).toMatchObject({ aged: 1, rows: expected().length });
    expect(await place.rows(shippedRows)).toEqual(expected());
  });

  it('forgets old snapshots, but for the current one and those that a tag names, and deletes what nothing refers to', async () => {
    const tagged = await compactor.ask<{ readonly snapshot: string }>('tag', table, 'training-set');
    const before = await place.rows(shippedRows);
    lake.keep([record(shipped({}, { id: 'later' }), { sequence: 9, arrival: Date.parse('2026-03-05T00:00:00Z') })]);
    await compactNew();
    const there = await places();
    // Two days later: no commit is under way that files of now could belong to.
    const done = await maintain(2 * daySeconds, daySeconds);
    expect(done.expired).toBe(there.snapshots - 2);
    expect(done.removed).toBeGreaterThan(10);
    const left = await places();
    expect(left.snapshots).toBe(2);
    expect(left.there).toEqual(left.referred);
    expect(await place.rows(shippedRows)).toEqual(expected());
    const metadata = left.referred.filter((file) => file.endsWith('.metadata.json')).sort().at(-1) ?? '';
    expect(await place.rows(shippedRows.replace(`FROM ${table}`, `FROM iceberg_scan('${metadata}', snapshot_from_id => ${tagged?.snapshot ?? ''})`))).toEqual(before);
  });

  it('deletes nothing that is younger than commits take', async () => {
    const before = await places();
    lake.keep([record(shipped({}, { id: 'last' }), { sequence: 10, arrival: Date.parse('2026-03-06T00:00:00Z') })]);
    await compactNew();
    const done = await maintain(0, 0);
    expect(done.expired).toBeGreaterThan(0);
    expect(done.removed).toBe(0);
    const after = await places();
    expect(before.there.filter((file) => !file.endsWith('.metadata.json') && !after.there.includes(file))).toEqual([]);
  });
});
