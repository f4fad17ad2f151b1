import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { positionText } from '../../../core/event/position';
import { stateViewText } from '../../../core/feature/entity-key';
import type { EntityDefinition } from '../../../core/manifest/manifest';
import type { ViewPlan, ViewState } from '../../../core/window';
import { decodeState } from '../../../core/window';
import { differenceOf, differenceSize } from '../../../core/window/difference';
import { holdsLine, isImported } from '../../../core/window/rebuild';
import type { Database } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { MetricValues } from '../metrics';
import { listRaw } from '../raw-files';
import type { RebuildPlace } from './entity-states';
import { entityStates, loadLines, newestDay, shardPlaces, sourceOf } from './entity-states';
import type { StateItems } from './state-items';
import { readStateItems } from './state-items';

/** An entity whose live state is not what raw gives at its watermarks. */
export interface DifferingEntity {
  readonly entity: string;
  /** Start and hop of the tiles that differ, as text. */
  readonly tiles: readonly string[];
  readonly registers: readonly string[];
}

/** What the comparison of a view's live state with raw came to. */
export interface ViewComparison {
  readonly view: string;
  readonly generation: number;
  readonly items: number;
  readonly records: number;
  /** Items that differ. */
  readonly differing: number;
  /** Tiles and registers that differ, of all items. */
  readonly differences: number;
  /** Items that were not compared, as raw does not reach their watermarks yet. */
  readonly uncovered: number;
  /** Lines that no fold takes: they are in quarantine as `fold_failed`. */
  readonly unfoldable: number;
  readonly examples: readonly DifferingEntity[];
}

const examplesShown = 20;

const hour = 3_600_000;
/** What arrived so shortly before the items were read may have made an item after the place where it would be was read. */
const usuallyUnsettled = hour / 4;

/** Whether raw has reached every watermark of a state; an hour after a record arrived raw has it in any case, as for a seam. */
const isCovered = (state: ViewState, places: Awaited<ReturnType<typeof shardPlaces>>, readAt: number): boolean =>
  state.watermarks.every((watermark) => watermark.arrival < readAt - hour || (places.get(`${watermark.source}/${watermark.shard}`)?.last ?? '') >= positionText(watermark));

/** How far each shard was folded at least, by the furthest watermark of any item. */
const furthest = (marks: Map<string, string>, { watermarks }: ViewState): void => {
  for (const mark of watermarks) {
    const [shard, place] = [`${mark.source}/${mark.shard}`, positionText(mark)];
    if (place > (marks.get(shard) ?? '')) marks.set(shard, place);
  }
};

const round = async (place: RebuildPlace, database: Database, plan: ViewPlan, generation: number, items: StateItems, { readAt, settledAt, now }: { readonly readAt: number; readonly settledAt: number; readonly now: number }): Promise<ViewComparison> => {
  const source = sourceOf(place.manifest, plan);
  const listed = await listRaw(place, source);
  const day = newestDay(listed) ?? 0;
  let oldest = day;
  const folded = new Map<string, string>();
  for await (const { state: packed } of items.all()) {
    const state = decodeState(plan, packed);
    oldest = Math.min(oldest, state.newest);
    furthest(folded, state);
  }
  const from = plan.isForever ? 0 : oldest - 2 * plan.reach;
  const empty = (await loadLines(place, database, source, listed, from)) === 0;
  const places = empty ? new Map<string, { readonly last: string; readonly firstAfter: undefined }>() : await shardPlaces(database, now);

  let [records, differing, differences, uncovered, unfoldable] = [0, 0, 0, 0, 0];
  const examples: DifferingEntity[] = [];
  const live = new Map<string, ViewState>();
  const compared = new Set<string>();
  const compare = (entity: string, state: ViewState | undefined, rebuilt: ViewState | undefined): void => {
    compared.add(entity);
    // What has expired is as good as nothing, whether or not the table has removed it yet.
    if (state && state.expiresAt > 0 && state.expiresAt * 1000 < now) return;
    if (state && !isCovered(state, places, readAt)) { uncovered += 1; return; }
    // An entity without an item: it has expired, or nothing of it lies in a window any more; or it was lost.
    if (!state && rebuilt && !plan.isForever && (rebuilt.newest < day - plan.reach || rebuilt.expiresAt * 1000 < now)) return;
    const difference = differenceOf(plan, state, rebuilt);
    const size = differenceSize(difference);
    if (size === 0) return;
    differing += 1;
    differences += size;
    if (examples.length < examplesShown) examples.push({ entity, tiles: difference.tiles.map(({ hop, start }) => `${new Date(start).toISOString()} for ${hop / 60_000} minutes`), registers: difference.registers });
  };

  const states = entityStates(place, database, plan, async (entity) => {
    const packed = await items.stateOf(entity);
    if (!packed) return ({ position, arrival }) => isImported(position) || (arrival < settledAt && positionText(position) <= (folded.get(`${position.source}/${position.shard}`) ?? ''));
    const state = decodeState(plan, packed);
    live.set(entity, state);
    return (line) => holdsLine(state, line, place.fold);
  });
  if (!empty) for await (const rebuilt of states) {
    records += rebuilt.records;
    unfoldable += rebuilt.unfoldable;
    compare(rebuilt.entity, live.get(rebuilt.entity), rebuilt.state);
    live.delete(rebuilt.entity);
    place.onProgress(0.3 + 0.7 * Math.min(1, compared.size / Math.max(1, items.count)), `comparing ${plan.name}`);
  }
  for await (const { entity, state } of items.all()) if (!compared.has(entity)) compare(entity, decodeState(plan, state), undefined);
  return { view: plan.name, generation, items: items.count, records, differing, differences, uncovered, unfoldable, examples };
};

export interface CompareOptions {
  /** Raw is written when a batch is full or a minute old: what is not covered, or differs, is looked at again after so long, milliseconds. */
  readonly waits: readonly number[];
  /** An entity without an item is one that was lost if its records arrived longer ago than this, milliseconds; a quarter of an hour unless given. */
  readonly unsettled?: number;
  readonly now: () => number;
}

/**
 * Compares the live state of a view with what raw gives: for each entity the fold of exactly the records at or under its
 * watermarks, by the event-time windows that it keeps. The items are read once; raw is read again for those that it does
 * not reach yet.
 */
export const compareView = async (place: RebuildPlace, plan: ViewPlan, generation: number, { waits, unsettled = usuallyUnsettled, now }: CompareOptions): Promise<ViewComparison> => {
  mkdirSync(place.directory, { recursive: true });
  return await withDatabase(place.directory, async (database) => {
    const readAt = now();
    const items = await readStateItems(database, place.region, place.stateTable, stateViewText(plan.view, generation));
    let found = await round(place, database, plan, generation, items, { readAt, settledAt: readAt - unsettled, now: now() });
    for (const wait of waits) {
      if (found.uncovered === 0 && found.differing === 0) break;
      await sleep(wait);
      found = await round(place, database, plan, generation, items, { readAt, settledAt: readAt - unsettled, now: now() });
    }
    return found;
  });
};

/** A comparison as a log may keep it, which no erasure reaches: where the key of its entity is personal it does not say whose item differs. */
export const withoutPeople = (comparison: ViewComparison, { name, key }: Pick<EntityDefinition, 'name' | 'key'>): ViewComparison =>
  (Object.values(key).some(({ personal }) => personal) ? { ...comparison, examples: comparison.examples.map((example) => ({ ...example, entity: `${name}|…` })) } : comparison);

/** The line that tells a person what a comparison came to. */
export const comparisonText = ({ view, generation, items, records, differing, differences, uncovered, unfoldable, examples }: ViewComparison): string => [
  `${view}, generation ${generation}: ${items} items, ${records} records in raw: ${differing === 0 ? 'no difference' : `${differing} items differ in ${differences} tiles and registers`}${uncovered > 0 ? `; ${uncovered} not compared, as raw does not reach their watermarks yet` : ''}${unfoldable > 0 ? `; ${unfoldable} records that no fold takes` : ''}`,
  ...examples.map(({ entity, tiles, registers }) => `  ${entity}: ${[...tiles, ...registers].slice(0, 5).join(', ')}${tiles.length + registers.length > 5 ? ', …' : ''}`),
].join('\n');

/** The metrics of comparisons: items that differ, in how many tiles and registers, and how many were not compared. */
export const comparisonMetrics = (found: readonly ViewComparison[]): MetricValues => {
  const sum = (pick: (each: ViewComparison) => number): number => found.reduce((total, each) => total + pick(each), 0);
  return { StateDiffers: sum(({ differing }) => differing), StateDifferences: sum(({ differences }) => differences), StateUncompared: sum(({ uncovered }) => uncovered) };
};
