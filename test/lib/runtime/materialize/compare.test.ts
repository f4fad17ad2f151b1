import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsRow } from '../../../../core/dataset/current-row';
import { stateViewText } from '../../../../core/feature/entity-key';
import { decodeState, planView } from '../../../../core/window';
import { compareCurrentView } from '../../../../lib/runtime/materialize/compare';
import { materializeView, removeRows } from '../../../../lib/runtime/materialize/materialize';
import type { MaterializePlace } from '../../../../lib/runtime/materialize/place';
import { currentViews } from '../../../../lib/runtime/materialize/place';
import { manifestOf } from '../../../core/training/support';
import { given } from '../../../fixtures/flights';
import type { Mode, TillRow } from './support';
import { materializeWorld, tillDefinitions } from './support';

interface Scanned { readonly entity: string; readonly state: Uint8Array }
const mockScanned: Scanned[] = [];
// The table is scanned by DynamoDB's own client, which a store in memory has none of.
jest.mock('../../../../lib/runtime/rebuild/state-items', () => ({
  readStateItems: async () => ({ count: mockScanned.length, stateOf: async (entity: string) => mockScanned.find((each) => each.entity === entity)?.state, all: async function* all() { yield* mockScanned; } }),
}));

const manifest = manifestOf(tillDefinitions);
let directory: string;
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'compare-')); });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

const hour = 3_600_000;
const row = (till: number, size: number | null, updatedAt = '1900-01-01T00:00:00Z'): TillRow => ({ shop: 's', till, opened: '2020-01-01T00:00:00Z', size, updatedAt });

const setUp = (mode: Mode) => {
  const made = given(currentViews(manifest, `${mode}@v1`)[0]);
  const world = materializeWorld(manifest, mkdtempSync(join(directory, 'world-')));
  const plan = planView(manifest, made.view);
  const key = (till: number) => ({ entity: given(plan.entityKey({ shop: 's', till })), view: stateViewText(made.view, 1) });
  const holds = (till: number): boolean => { const item = world.table.itemOf(key(till)); return holdsRow(item && decodeState(plan, item.state)); };
  const compare = async () => {
    mockScanned.length = 0;
    for (const [text, { state }] of world.table.items) mockScanned.push({ entity: text.split(' ')[0] ?? '', state });
    return given(await compareCurrentView(world.place, made, { region: 'r', table: 't' }, { waits: [] }));
  };
  return { ...world, made, dataset: made.dataset, bring: (place: MaterializePlace = world.place) => materializeView(place, made), compare, holds, key };
};

describe('what is online of a dataset', () => {
  it.each(['whole_always', 'whole_arrival', 'whole_column', 'increments_arrival'] as const)('does not differ once it is brought online, whatever of it was there before: %s', async (mode) => {
    const { commit, bring, compare, dataset } = setUp(mode);
    await commit(dataset, 'a', hour, [row(1, 10), row(2, 20), row(3, null)]);
    await bring();
    await commit(dataset, 'b', 2 * hour, [row(1, 10), row(2, 21), row(3, null)]);
    await bring();
    expect((await compare()).comparison).toMatchObject({ items: 3, differing: 0, uncovered: 0 });
  });

  it('differs where an item is lost, is of nobody, or cannot be read', async () => {
    const { commit, bring, compare, dataset, table, key } = setUp('whole_arrival');
    await commit(dataset, 'a', hour, [row(1, 10), row(2, 20), row(3, 30)]);
    await bring();
    const text = (till: number): string => `${key(till).entity} ${key(till).view}`;
    const item = given(table.itemOf(key(1)));
    table.items.delete(text(1));
    table.items.set(text(9), item);
    table.items.set(text(3), { ...item, state: Uint8Array.of(1, 2, 3, 4, 5) });
    const { comparison, strays } = await compare();
    expect(comparison).toMatchObject({ items: 3, records: 3, differing: 3 });
    expect(strays).toEqual([key(9).entity]);
  });

  it('is not called wrong while a batch is on its way', async () => {
    const { commit, bring, compare, dataset, place } = setUp('whole_always');
    await commit(dataset, 'a', hour, [row(1, 10), row(2, 2)]);
    await bring();
    await commit(dataset, 'b', 2 * hour, [row(1, 11), row(2, 3)]);
    expect((await compare()).comparison).toMatchObject({ differing: 0, uncovered: 2 });
    await expect(bring({ ...place, items: { ...place.items, write: async () => { throw new Error('killed'); } } })).rejects.toThrow('killed');
    expect((await compare()).comparison).toMatchObject({ differing: 0, uncovered: 2 });
    await bring();
    expect((await compare()).comparison).toMatchObject({ differing: 0, uncovered: 0 });
  });

  it('loses nothing that a batch has brought meanwhile, when what was in none is taken away', async () => {
    const { commit, bring, compare, dataset, place, made, holds, table, key } = setUp('whole_arrival');
    await commit(dataset, 'a', hour, [row(1, 1), row(2, 2)]);
    await bring();
    const item = given(table.itemOf(key(1)));
    for (const till of [8, 9]) table.items.set(`${key(till).entity} ${key(till).view}`, item);
    const { strays, newest } = await compare();
    await commit(dataset, 'b', 2 * hour, [row(1, 1), row(2, 2), row(8, 8)]);
    await bring();
    await removeRows(place, made, strays, given(newest));
    expect([holds(1), holds(8), holds(9)]).toEqual([true, true, false]);
  });
});
