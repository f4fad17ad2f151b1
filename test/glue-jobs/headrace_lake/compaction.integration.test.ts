import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startLocalCloud, type LocalCloud } from '../../../local/cloud';
import { memoryLake } from '../../cli/quarantine/support/rejected-records';
import { manifest, record, shipped } from '../../fixtures/contracts';
import { seeded } from '../../lambdas/simulated-store';
import { startCompactor, type Compacted, type CompactorProcess, type Mutant } from './support/compactor-process';
import { batchesOfCopies, firstCopies, shippedRows } from './support/copies';
import { lakePlace, type LakePlace } from './support/lake-place';

const seconds = 1000;
const minutes = 60 * seconds;
/** How long compactors race; a soak takes longer. */
const raceSeconds = Number(process.env['HEADRACE_RACE_SECONDS'] ?? 20);
const compactors = 8;

jest.setTimeout(3 * minutes + 2 * raceSeconds * seconds);

const home = mkdtempSync(join(tmpdir(), 'headrace-compaction-'));
let cloud: LocalCloud | undefined;
let place: LakePlace;

beforeAll(async () => { cloud = await startLocalCloud({ home, port: 4671 }); });
afterAll(async () => {
  await cloud?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A lake of its own, with the objects that the validator would make of some batches. */
const lakeOf = async (name: string, seed: number, batches: number, size: number, identities: number): Promise<ReadonlyMap<string, Buffer>> => {
  const lake = memoryLake();
  for (const batch of batchesOfCopies(seed, batches, size, identities)) lake.keep(batch);
  place = await lakePlace(cloud?.endpoint ?? '', name, manifest);
  await place.put(lake.raw.objects);
  return lake.raw.objects;
};

const shippedOf = (objects: ReadonlyMap<string, Buffer>): readonly Buffer[] => [...objects].flatMap(([key, content]) => (key.startsWith('raw/order.shipped/') ? [content] : []));

describe('one row for each identity', () => {
  it.each([1, 2, 3])('is the first of its copies, in whatever order and however often they come: %d', async (seed) => {
    const objects = await lakeOf(`order${seed}`, seed, 10, 40, 60);
    const random = seeded(seed * 1000);
    const compactor = await startCompactor(place);
    const keys = [...objects.keys()].sort(() => random() - 0.5);
    let conflicts = 0;
    // Each object twice, a few at a time.
    for (const wave of [keys, [...keys].reverse()]) {
      for (let from = 0; from < wave.length; from += 7) {
        const compacted = await compactor.compact(wave.slice(from, from + 7));
        expect(compacted?.faults).toEqual([]);
        conflicts += compacted?.counts['conflicts'] ?? 0;
      }
    }
    await compactor.end();
    const expected = firstCopies(shippedOf(objects));
    expect(expected.length).toBeGreaterThan(50);
    expect(await place.rows(shippedRows)).toEqual(expected);
    expect(conflicts).toBeGreaterThan(10);
  });

  it('stays as it is when everything comes once more, without another commit', async () => {
    const objects = await lakeOf('again', 4, 3, 40, 60);
    const compactor = await startCompactor(place);
    const first = await compactor.compact([...objects.keys()]);
    const second = await compactor.compact([...objects.keys()]);
    await compactor.end();
    expect(first?.counts).toMatchObject({ restarts: 0 });
    expect(first?.counts['commits']).toBeGreaterThan(1);
    expect(second?.counts).toMatchObject({ commits: 0, added: 0, rows: first?.counts['rows'] });
  });

  it('is taken of the objects that are there, when others were erased before their turn', async () => {
    const objects = await lakeOf('gone', 5, 2, 10, 20);
    const compactor = await startCompactor(place);
    const gone = ['order.shipped', 'order.placed'].map((type) => `raw/${type}/v1/dt=2026-03-01/hr=12/s-1-2-0123456789abcdef.ndjson.gz`);
    expect(await compactor.compact([...objects.keys(), ...gone])).toMatchObject({ faults: [], done: expect.arrayContaining([...objects.keys(), ...gone]) as string[] });
    await compactor.end();
    expect(await place.rows(shippedRows)).toEqual(firstCopies(shippedOf(objects)));
  });
});

/** Compactors that take objects that are not done at random, several of them the same, and are killed now and then. */
const race = async (objects: ReadonlyMap<string, Buffer>, howLong: number): Promise<{ readonly kills: number; readonly restarts: number }> => {
  const random = seeded(99);
  const open = new Set(objects.keys());
  const ends = Date.now() + howLong;
  let [kills, restarts] = [0, 0];
  const alive = new Set<CompactorProcess>();
  const worker = async (): Promise<void> => {
    while (open.size > 0) {
      const compactor = await startCompactor(place);
      alive.add(compactor);
      for (;;) {
        const keys = [...open].sort(() => random() - 0.5).slice(0, 8);
        if (keys.length === 0) break;
        const compacted = await compactor.compact(keys);
        if (compacted === undefined) break;
        if (compacted.faults.length > 0) throw new Error(compacted.faults.join('\n'));
        restarts += compacted.counts['restarts'] ?? 0;
        // Some are done and come again, as messages do whose deletion was lost.
        for (const key of compacted.done) if (random() < 0.3 || Date.now() > ends) open.delete(key);
      }
      alive.delete(compactor);
      await compactor.end();
    }
  };
  /** Keeps the table in order meanwhile: it forgets every snapshot but the current one, again and again. */
  const maintainer = async (): Promise<void> => {
    const worker_ = await startCompactor(place);
    while (open.size > 0) {
      await pause(1000);
      if ((await place.rows(shippedRows).catch(() => [])).length > 0) await worker_.ask('maintain', 'order_shipped', 0, 0);
    }
    await worker_.end();
  };
  const killer = async (): Promise<void> => {
    while (Date.now() < ends && open.size > 0) {
      await pause(300 + random() * 1200);
      const [victim] = [...alive].sort(() => random() - 0.5);
      if (victim === undefined) continue;
      victim.kill();
      kills += 1;
    }
  };
  await Promise.all([killer(), maintainer(), ...Array.from({ length: compactors }, worker)]);
  return { kills, restarts };
};

describe('compactors that write the same days at once', () => {
  it('lose and double no row, killed anywhere', async () => {
    const objects = await lakeOf('race', 5, 4 + Math.ceil(raceSeconds / 5), 80, 200);
    const { kills, restarts } = await race(objects, raceSeconds * seconds);
    process.stderr.write(`${compactors} compactors, ${kills} kills, ${restarts} commits that started over\n`);
    expect(kills).toBeGreaterThan(2);
    expect(restarts).toBeGreaterThan(0);
    // Copies that two wrote on two days at once stay until the night.
    const night = await startCompactor(place);
    await night.ask('maintain', 'order_shipped', 0, 0);
    await night.end();
    expect(await place.rows(shippedRows)).toEqual(firstCopies(shippedOf(objects)));
  });

  /** One compactor has read and is about to write, when another commits to the same day. */
  const overtaken = async (name: string, same: boolean, { mutant, empty = false }: { readonly mutant?: Mutant; readonly empty?: boolean } = {}) => {
    const lake = memoryLake();
    for (const id of ['a', 'b']) lake.keep([record(shipped({}, { id }), { sequence: id.charCodeAt(0) })]);
    place = await lakePlace(cloud?.endpoint ?? '', name, manifest);
    await place.put(lake.raw.objects);
    const [first, second] = [...lake.raw.objects.keys()] as [string, string];
    const before = await startCompactor(place);
    if (!empty) {
      lake.keep([record(shipped({}, { id: 'c' }), { sequence: 99 })]);
      await place.put(lake.raw.objects);
      await before.compact([...lake.raw.objects.keys()].slice(2));
    }
    const slow = await startCompactor(place, { pausing: true, ...(mutant === undefined ? {} : { mutant }) });
    expect(await slow.compact([first])).toEqual({ at: 'commit' });
    await before.compact([same ? first : second]);
    const compacted = await slow.ask<Compacted>('go on');
    await Promise.all([before.end(), slow.end()]);
    const objects = [...lake.raw.objects].filter(([key]) => key !== second || !same).map(([, content]) => content);
    return { compacted, rows: await place.rows(shippedRows), expected: firstCopies(objects) };
  };

  it('start over when another has changed their day since they loaded it', async () => {
    for (const same of [true, false]) {
      const { compacted, rows, expected } = await overtaken(`overtaken${String(same)}`, same);
      expect(compacted?.counts['restarts']).toBe(1);
      expect(rows).toEqual(expected);
    }
  });

  it('start over when another was the first to write anything', async () => {
    const { compacted, rows, expected } = await overtaken('overtakenempty', true, { empty: true });
    expect(compacted?.counts['restarts']).toBe(1);
    expect(rows).toEqual(expected);
  });

  it('keep the first of copies that two of them wrote on two days at once, whatever comes later', async () => {
    const lake = memoryLake();
    const recorded = ['2026-02-01T22:00:00.000Z', '2026-02-02T06:00:00.000Z', '2026-02-01T23:00:00.000Z'];
    for (const [index, recordedtime] of recorded.entries()) lake.keep([record(shipped({}, { id: 'a', time: recordedtime, recordedtime }), { sequence: index + 1 })]);
    place = await lakePlace(cloud?.endpoint ?? '', 'twodays', manifest);
    await place.put(lake.raw.objects);
    const [first, nextDay, between] = [...lake.raw.objects.keys()] as [string, string, string];
    const [slow, other] = [await startCompactor(place, { pausing: true }), await startCompactor(place)];
    expect(await slow.compact([nextDay])).toEqual({ at: 'commit' });
    await other.compact([first]);
    await slow.ask('go on');
    const there = async () => (await place.rows(shippedRows)).map((row) => (row as { readonly known: string }).known);
    expect(await there()).toEqual([recorded[0], recorded[1]]);
    // It comes before the copy of the next day, and after the first.
    await other.compact([between]);
    expect(await there()).toContain(recorded[0]);
    await other.ask('maintain', 'order_shipped', 0, 0);
    await Promise.all([slow.end(), other.end()]);
    expect(await place.rows(shippedRows)).toEqual(firstCopies([...lake.raw.objects.values()]));
  });

  it.each([['insert only', true], ['handle loaded last', false]] as const)('would be found out if their commit were wrong: %s', async (mutant, same) => {
    const { rows, expected } = await overtaken(`mutant${mutant.length}`, same, { mutant });
    expect(rows).not.toEqual(expected);
    expect(rows).toHaveLength(expected.length + (same ? 1 : -1));
  });
});
