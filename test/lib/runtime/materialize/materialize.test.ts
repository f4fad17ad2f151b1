import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { batchManifestKeyOf } from '../../../../core/dataset/batch';
import { holdsRow, rankOf } from '../../../../core/dataset/current-row';
import { stateViewText } from '../../../../core/feature/entity-key';
import { decodeState, encodeState, featuresAt, planView } from '../../../../core/window';
import { materializeView } from '../../../../lib/runtime/materialize/materialize';
import type { MaterializePlace } from '../../../../lib/runtime/materialize/place';
import { currentViews } from '../../../../lib/runtime/materialize/place';
import type { StateStore } from '../../../../lib/runtime/state-store';
import { current, dataset, entity, featureView, float, multiply, personal, string } from '../../../../core/definition';
import { tombstoneOf } from '../../../../core/erasure/tombstone';
import { manifestOf } from '../../../core/training/support';
import { given } from '../../../fixtures/flights';
import type { Mode, TillRow } from './support';
import { materializeWorld, tillDefinitions } from './support';

const manifest = manifestOf(tillDefinitions);
let directory: string;
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'materialize-')); });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

const hour = 3_600_000;
const row = (till: number, size: number | null, updatedAt = '2026-03-01T00:00:00Z'): TillRow => ({ shop: 's', till, opened: '2020-01-01T00:00:00Z', size, updatedAt });

const setUp = (mode: Mode = 'whole_arrival') => {
  const made = given(currentViews(manifest, `${mode}@v1`)[0]);
  const world = materializeWorld(manifest, mkdtempSync(join(directory, 'world-')));
  const plan = planView(manifest, made.view);
  const keyOf = (till: number) => ({ entity: given(plan.entityKey({ shop: 's', till })), view: stateViewText(made.view, 1) });
  const stateOf = (till: number) => {
    const item = world.table.itemOf(keyOf(till));
    return item && decodeState(plan, item.state);
  };
  /** `gone` where an item says that there is no row any more, `none` where there is no item. */
  const sizeOf = (till: number): unknown => {
    const state = stateOf(till);
    return state === undefined ? 'none' : holdsRow(state) ? featuresAt(plan, state, 100 * hour)['size'] : 'gone';
  };
  const writes = (): number => world.table.calls.filter(({ kind }) => kind === 'write').length;
  const bring = (place: MaterializePlace = world.place, options?: Parameters<typeof materializeView>[2]) => materializeView(place, made, options);
  return { ...world, made, plan, keyOf, stateOf, sizeOf, writes, bring, dataset: made.dataset };
};

/** A place whose first write waits until it is let go: somebody who is slower than all others. */
const slow = (place: MaterializePlace): { readonly place: MaterializePlace; readonly reached: Promise<void>; readonly release: () => void } => {
  let [reach, release] = [() => {}, () => {}];
  const reached = new Promise<void>((resolve) => { reach = resolve; });
  const released = new Promise<void>((resolve) => { release = resolve; });
  const write: StateStore['write'] = async (...given_) => { reach(); await released; return await place.items.write(...given_); };
  return { place: { ...place, items: { ...place.items, write } }, reached, release };
};

describe('bringing rows online', () => {
  it('writes each row once, and lets the view be read', async () => {
    const { commit, bring, dataset, sizeOf, generations, writes, stateOf } = setUp();
    await commit(dataset, 'a', hour, [row(1, 10), row(2, null)]);
    expect(await bring()).toMatchObject({ outcome: 'done', batches: ['a'], rows: 2, written: 2 });
    expect([sizeOf(1), sizeOf(2), sizeOf(3), writes()]).toEqual([10, null, 'none', 2]);
    expect([...generations.values()]).toEqual([expect.objectContaining({ generations: { serving: 1 } })]);
    // Which row it is stands in the item.
    expect(stateOf(2)).toMatchObject({ watermarks: [{ source: 'dataset/a', shard: 'file', sequence: '1' }] });
    expect(await bring()).toMatchObject({ outcome: 'nothing', written: 0 });
    expect(writes()).toBe(2);
  });

  it('has nothing to do, and serves nothing, before there is a batch', async () => {
    const { bring, generations } = setUp();
    expect(await bring()).toMatchObject({ outcome: 'nothing' });
    expect(generations.size).toBe(0);
  });

  it('writes of a further batch what has changed, and says what is gone', async () => {
    const { commit, bring, dataset, sizeOf, writes } = setUp();
    await commit(dataset, 'a', hour, [row(1, 10), row(2, 20), row(3, 30)]);
    await bring();
    await commit(dataset, 'b', 2 * hour, [row(1, 10), row(2, 21), row(4, 40)]);
    expect(await bring()).toMatchObject({ rows: 4, written: 3 });
    expect([1, 2, 3, 4].map(sizeOf)).toEqual([10, 21, 'gone', 40]);
    // The same once more, under another name: nothing is written, but that the row is there again.
    await commit(dataset, 'c', 3 * hour, [row(1, 10), row(2, 21), row(3, 30), row(4, 40)]);
    const before = writes();
    expect(await bring()).toMatchObject({ written: 1 });
    expect([writes() - before, sizeOf(3)]).toEqual([1, 30]);
  });

  it('passes over a batch that arrived before the one that is online', async () => {
    const { commit, bring, dataset, sizeOf } = setUp();
    await commit(dataset, 'b', 2 * hour, [row(1, 2)]);
    await bring();
    await commit(dataset, 'a', hour, [row(1, 1)], 3 * hour);
    expect(await bring()).toMatchObject({ outcome: 'nothing' });
    expect(sizeOf(1)).toBe(2);
  });

  it('takes the newest row of all increments, however late they were committed', async () => {
    const { commit, bring, dataset, sizeOf } = setUp('increments_arrival');
    await commit(dataset, 'b', 2 * hour, [row(1, 2)]);
    await bring();
    await commit(dataset, 'a', hour, [row(1, 1), row(2, 1)], 3 * hour);
    expect(await bring()).toMatchObject({ batches: ['a'], written: 1 });
    expect(await bring()).toMatchObject({ outcome: 'nothing' });
    expect([sizeOf(1), sizeOf(2)]).toEqual([2, 1]);
  });

  it('goes on after its time was up', async () => {
    const { commit, bring, dataset, sizeOf, place, writes } = setUp();
    await commit(dataset, 'a', hour, Array.from({ length: 350 }, (_, till) => row(till, till)));
    const outcomes: string[] = [];
    for (let call = 0; call < 9 && outcomes.at(-1) !== 'done'; call += 1) outcomes.push((await bring(place, { deadline: 0 })).outcome);
    expect(outcomes).toEqual(['more', 'more', 'more', 'more', 'done']);
    expect([writes(), sizeOf(0), sizeOf(349)]).toEqual([350, 0, 349]);
  });

  it('mends items that something else has changed, when they are made anew', async () => {
    const { commit, bring, dataset, sizeOf, place, table, plan, keyOf, stateOf } = setUp();
    await commit(dataset, 'a', hour, [row(1, 10), row(2, 20)]);
    await bring();
    const state = given(stateOf(1));
    table.items.set(`${keyOf(1).entity} ${keyOf(1).view}`, { version: 5, arrival: hour, expiresAt: 0, state: encodeState(plan, { ...state, registers: state.registers.map((register) => register && { ...register, value: 11 }) }) });
    expect([sizeOf(1), (await bring()).outcome]).toEqual([11, 'nothing']);
    expect(await bring(place, { anew: true })).toMatchObject({ outcome: 'done', written: 1 });
    expect(sizeOf(1)).toBe(10);
  });

  it('writes nothing of a person who was erased while their row was being read, and what comes later', async () => {
    const user = entity('user', { id: personal(string()) });
    const users = dataset('users', { version: 1, key: ['id'], knownAt: 'arrival', source: { csv: 'users/' }, fields: { id: personal(string()), tier: string() } });
    const tiers = featureView('user_tier', { version: 1, entity: user, from: users, by: (each) => ({ id: each.id }), features: (each) => [current({ tier: each.tier })] });
    const ofUsers = manifestOf({ user, users, tiers });
    const { place, commit, table } = materializeWorld(ofUsers, mkdtempSync(join(directory, 'world-')));
    const made = given(currentViews(ofUsers)[0]);
    const erased = { ...place, tombstones: async () => [tombstoneOf({ identifiers: ['ada'] }, { erasure: 'e', salt: '00', erasedAt: 2 * hour, until: 9 * hour })] };
    await commit(made.dataset, 'a', hour, [{ id: 'ada', tier: 'gold' }, { id: 'grace', tier: 'tin' }] as never);
    await materializeView(erased, made);
    expect([...table.items.keys()]).toEqual(['user|grace user_tier@v1#1']);
    await commit(made.dataset, 'b', 3 * hour, [{ id: 'ada', tier: 'gold' }, { id: 'grace', tier: 'tin' }] as never);
    await materializeView(erased, made);
    expect(table.items.size).toBe(2);
  });

  it('goes on when raw has let the batch before go, and says whose rows it may not have taken away', async () => {
    const { commit, bring, dataset, objects, sizeOf } = setUp();
    await commit(dataset, 'a', hour, [row(1, 1), row(2, 2)]);
    await bring();
    for (const key of objects.keys()) if (key.includes('batch=a/')) objects.delete(key);
    await commit(dataset, 'b', 2 * hour, [row(1, 3)]);
    expect(await bring()).toMatchObject({ outcome: 'done', unknown: ['a'] });
    expect([sizeOf(1), sizeOf(2)]).toEqual([3, 2]);
  });

  it('passes over a row that no item can hold, and takes a value that is no number for absent', async () => {
    const thing = entity('thing', { id: string() });
    const things = dataset('things', { version: 1, key: ['id'], knownAt: 'arrival', source: { csv: 'things/' }, fields: { id: string(), left: float() } });
    const view = featureView('thing_size', { version: 1, entity: thing, from: things, by: (each) => ({ id: each.id }), features: (each) => [current({ left: each.left, size: multiply(each.left, each.left) })] });
    const ofThings = manifestOf({ thing, things, view });
    const { place, commit, table } = materializeWorld(ofThings, mkdtempSync(join(directory, 'world-')));
    const made = given(currentViews(ofThings)[0]);
    await commit(made.dataset, 'a', hour, [{ id: 'x', left: 1e200 }, { id: 'y'.repeat(3000), left: 1 }, { id: 'z', left: 2 }] as never);
    expect(await materializeView(place, made)).toMatchObject({ outcome: 'done', rows: 3, written: 2, tooLarge: 1 });
    const plan = planView(ofThings, made.view);
    expect(featuresAt(plan, decodeState(plan, given(table.itemOf({ entity: 'thing|x', view: 'thing_size@v1#1' })).state), 9 * hour)).toEqual({ left: 1e200, size: null });
  });

  it('names nobody in what it keeps of its progress, and goes on whatever a key holds', async () => {
    const user = entity('user', { id: personal(string()) });
    const users = dataset('users', { version: 1, key: ['id'], knownAt: 'arrival', source: { ndjson: 'users/' }, fields: { id: personal(string()), tier: string() } });
    const tiers = featureView('user_tier', { version: 1, entity: user, from: users, by: (each) => ({ id: each.id }), features: (each) => [current({ tier: each.tier })] });
    const ofUsers = manifestOf({ user, users, tiers });
    const { place, commit, known, table } = materializeWorld(ofUsers, mkdtempSync(join(directory, 'world-')));
    const made = given(currentViews(ofUsers)[0]);
    await commit(made.dataset, 'a', hour, Array.from({ length: 150 }, (_, index) => ({ id: `ada\u0000${index}`, tier: 'gold' })) as never);
    expect(await materializeView(place, made, { deadline: 0 })).toMatchObject({ outcome: 'more', rows: 100 });
    expect(JSON.stringify([...known.values()])).toContain('"rows":100');
    expect(JSON.stringify([...known.values()])).not.toContain('ada');
    expect(await materializeView(place, made)).toMatchObject({ outcome: 'done', rows: 50 });
    expect(table.items.size).toBe(150);
  });

  it('writes nothing more once a write has failed', async () => {
    const { commit, bring, dataset, place, table } = setUp();
    await commit(dataset, 'a', hour, Array.from({ length: 100 }, (_, till) => row(till, till)));
    let [writes, pending] = [0, 0];
    const write: StateStore['write'] = async (...each) => {
      writes += 1;
      if (writes === 1) throw new Error('throttled');
      pending += 1;
      await pause(20);
      pending -= 1;
      return await place.items.write(...each);
    };
    await expect(bring({ ...place, items: { ...place.items, write } })).rejects.toThrow('throttled');
    expect(pending).toBe(0);
    const then = table.items.size;
    await pause(100);
    expect(table.items.size).toBe(then);
  });

  it('says which batch raw does not hold any more, and what to do', async () => {
    const { commit, bring, dataset, objects } = setUp();
    await commit(dataset, 'a', hour, [row(1, 10)]);
    objects.delete(batchManifestKeyOf(dataset, 'a'));
    await expect(bring()).rejects.toThrow(/Batch a of whole_arrival@v1 is committed, and raw does not hold it any more .*keep raw for longer/u);
  });

  it('takes nothing from a part that is not what its batch says', async () => {
    const { commit, bring, dataset, objects, sizeOf } = setUp();
    await commit(dataset, 'a', hour, [row(1, 10)]);
    await commit(dataset, 'other', 0, [row(1, 99)]);
    for (const [key, body] of objects) if (key.includes('batch=other/part')) objects.set(key.replace('batch=other', 'batch=a'), body);
    await expect(bring()).rejects.toThrow(/has the content hash [0-9a-f]{64}, its manifest [0-9a-f]{64}; somebody may just be erased from it: try again/u);
    expect(sizeOf(1)).toBe('none');
  });
});

describe('bringing rows online by two at once', () => {
  it.each([['with another value', 3], ['with the value that was there before the slower one\'s', 1]])('never puts an older batch\'s row over a newer one\'s, %s', async (_what, newest) => {
    const { commit, bring, dataset, sizeOf, place } = setUp();
    await commit(dataset, 'a', hour, [row(1, 1)]);
    await bring();
    await commit(dataset, 'b', 2 * hour, [row(1, 2)]);
    const held = slow(place);
    const slower = bring(held.place);
    await held.reached;
    await commit(dataset, 'c', 3 * hour, [row(1, newest)]);
    expect(await bring()).toMatchObject({ outcome: 'done', batches: ['c'] });
    held.release();
    await slower;
    expect(sizeOf(1)).toBe(newest);
  });

  it('does the work of one when two do the same', async () => {
    const { commit, bring, dataset, place, sizeOf } = setUp();
    const rows = 12_000;
    await commit(dataset, 'a', hour, Array.from({ length: rows }, (_, till) => row(till, till)));
    let looked = 0;
    const counted = (directory_: string): MaterializePlace => ({ ...place, directory: mkdtempSync(join(directory, directory_)), items: { ...place.items, read: async (keys, options) => { looked += keys.length; return await place.items.read(keys, options); } } });
    const ended = await Promise.all([bring(counted('one-')), bring(counted('other-'))]);
    // Whoever finds that the other has ended is done too.
    expect(ended.map(({ outcome }) => outcome)).toContain('done');
    expect(looked).toBeLessThanOrEqual(2 * rows);
    expect([sizeOf(0), sizeOf(rows - 1)]).toEqual([0, rows - 1]);
  }, 60_000);

  it('puts nothing over what a newer release has made of a view that was changed under its name', async () => {
    const shop = entity('shop', { id: string() });
    const shops = dataset('shops', { version: 1, key: ['id'], knownAt: 'arrival', source: { csv: 'shops/' }, fields: { id: string(), size: float(), staff: float() } });
    const release = (isNew: boolean) => manifestOf({ shop, shops, view: featureView('shop_size', { version: 1, entity: shop, from: shops, by: (each) => ({ id: each.id }), features: (each) => [isNew ? current({ staff: each.staff }) : current({ size: each.size })] }) });
    const { place, commit, table } = materializeWorld(release(false), mkdtempSync(join(directory, 'world-')));
    const [before, after] = [given(currentViews(release(false))[0]), given(currentViews(release(true))[0])];
    await commit(before.dataset, 'a', hour, [{ id: 'x', size: 1, staff: 1 }] as never);
    const held = slow(place);
    const slower = materializeView(held.place, before);
    await held.reached;
    await commit(before.dataset, 'b', 2 * hour, [{ id: 'x', size: 2, staff: 2 }] as never);
    await materializeView({ ...place, manifest: release(true) }, after);
    const written = table.itemOf({ entity: 'shop|x', view: 'shop_size@v1#1' })?.state;
    held.release();
    await slower;
    const plan = planView(release(true), after.view);
    expect(featuresAt(plan, decodeState(plan, given(written)), 9 * hour)).toEqual({ staff: 2 });
  });

  it('never brings back a row that a newer batch does not have', async () => {
    const { commit, bring, dataset, sizeOf, stateOf, place } = setUp();
    await commit(dataset, 'a', hour, [row(1, 1)]);
    await bring();
    await commit(dataset, 'b', 2 * hour, [row(1, 1), row(2, 2)]);
    const held = slow(place);
    const slower = bring(held.place);
    await held.reached;
    await commit(dataset, 'c', 3 * hour, [row(1, 1)]);
    await bring();
    held.release();
    await slower;
    expect(sizeOf(2)).toBe('gone');
    expect(rankOf(given(stateOf(2)))).toEqual({ arrival: 3 * hour, batch: 'c' });
  });
});

describe('bringing rows online, killed', () => {
  it('at any of its effects, before it or after, and run again gives what it would have given', async () => {
    const world = async () => {
      const each = setUp();
      await each.commit(each.dataset, 'a', hour, [row(1, 10), row(2, 20), row(3, 30)]);
      await each.bring();
      await each.commit(each.dataset, 'b', 2 * hour, [row(1, 11), row(2, 20), row(4, 40)]);
      return each;
    };
    /** Lets so many effects happen, then fails: the last one after it has happened, or before. */
    const killed = (place: MaterializePlace, effects: number, after: boolean): MaterializePlace => {
      let left = effects;
      const dying = <Given extends readonly unknown[], Result>(effect: (...given_: Given) => Promise<Result>) => async (...given_: Given): Promise<Result> => {
        left -= 1;
        if (left < 0 && !after) throw new Error('killed');
        const result = await effect(...given_);
        if (left < 0) throw new Error('killed');
        return result;
      };
      return { ...place, items: { read: dying(place.items.read), write: dying(place.items.write) }, known: { read: dying(place.known.read), write: dying(place.known.write) }, generations: { read: dying(place.generations.read), write: dying(place.generations.write) } };
    };
    let kills = 0;
    for (const after of [false, true]) for (let effects = 0; ; effects += 1) {
      const { bring, place, sizeOf } = await world();
      const died = await bring(killed(place, effects, after)).then(() => false, (error: Error) => error.message === 'killed');
      if (died) await bring();
      expect([1, 2, 3, 4].map(sizeOf)).toEqual([11, 20, 'gone', 40]);
      if (!died) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(12);
  }, 60_000);
});
