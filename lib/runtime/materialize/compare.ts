import { setTimeout as sleep } from 'node:timers/promises';
import { compareRanks, holdsRow, isIncremental, rankOf } from '../../../core/dataset/current-row';
import { newestBatch, type CommittedBatch } from '../../../core/dataset/materialization';
import { stateViewText } from '../../../core/feature/entity-key';
import type { ViewPlan, ViewState } from '../../../core/window';
import { decodeState, planView } from '../../../core/window';
import { differenceOf, differenceSize } from '../../../core/window/difference';
import type { Database } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { CompareOptions, DifferingEntity, ViewComparison } from '../rebuild/compare';
import { readStateItems } from '../rebuild/state-items';
import type { CurrentView, CurrentPlace } from './place';
import { currentGeneration } from './place';
import { wantedItems } from './rows';

const examplesShown = 20;

/** Values alone: which batch of two that say the same an item is of depends on when it was written. */
const difference = (plan: ViewPlan, left: ViewState | undefined, right: ViewState | undefined): ReturnType<typeof differenceOf> => {
  const plain = (state: ViewState | undefined): ViewState | undefined => (holdsRow(state) && state ? { ...state, registers: state.registers.map((register) => register && { ...register, source: '', id: '' }) } : undefined);
  return differenceOf(plan, plain(left), plain(right));
};

/** What a comparison came to, and the entities that have a row online and none in any batch. */
export interface CurrentComparison { readonly comparison: ViewComparison; readonly strays: readonly string[] }

const round = async (place: CurrentPlace, database: Database, current: CurrentView, plan: ViewPlan, committed: readonly CommittedBatch[], { region, table }: ComparedTable): Promise<CurrentComparison> => {
  const items = await readStateItems(database, region, table, stateViewText(current.view, currentGeneration));
  const newest = newestBatch(committed);
  const read = isIncremental(current.dataset) ? committed.toSorted(compareRanks) : newest === undefined ? [] : [newest];
  const counts = { records: 0, differing: 0, differences: 0, uncovered: 0 };
  const examples: DifferingEntity[] = [];
  const compared = new Set<string>();
  const strays: string[] = [];
  const compare = (entity: string, online: ViewState | undefined, wanted: ViewState | undefined): void => {
    compared.add(entity);
    // Of a batch that was committed after the batches were listed.
    if (online && newest && compareRanks(rankOf(online), newest) > 0) { counts.uncovered += 1; return; }
    const found = difference(plan, online, wanted);
    // An item without a value is not one that is not there.
    const size = differenceSize(found) + (holdsRow(online) === holdsRow(wanted) ? 0 : 1);
    if (size === 0) return;
    counts.differing += 1;
    if (!wanted && holdsRow(online)) strays.push(entity);
    counts.differences += size;
    if (examples.length < examplesShown) examples.push({ entity, tiles: [], registers: found.registers });
  };
  if (read.length > 0) for await (const wanted of wantedItems(place, database, current, plan, { read, leftBy: [] })) for (const { entity, state } of wanted) {
    counts.records += 1;
    const packed = await items.stateOf(entity);
    compare(entity, packed && decodeState(plan, packed), state);
  }
  for await (const { entity, state } of items.all()) if (!compared.has(entity)) compare(entity, decodeState(plan, state), undefined);
  return { comparison: { view: plan.name, generation: currentGeneration, items: items.count, unfoldable: 0, examples, ...counts }, strays };
};

/** The state table, as a comparison scans it. */
export interface ComparedTable { readonly region: string; readonly table: string }

/**
 * Compares the items of a view over a dataset with the rows of its committed batches. A batch may just be on its way: where
 * something differs, it is looked at again.
 *
 * @returns undefined when no batch was brought online yet
 */
export const compareCurrentView = async (place: CurrentPlace, current: CurrentView, table: ComparedTable, { waits }: Pick<CompareOptions, 'waits'>): Promise<CurrentComparison | undefined> => {
  const plan = planView(place.manifest, current.view);
  if ((await place.known.read(current.view)).known === undefined) return undefined;
  return await withDatabase(place.directory, async (database) => {
    const look = async (): Promise<CurrentComparison> => round(place, database, current, plan, await place.committed(current.dataset), table);
    let found = await look();
    for (const wait of waits) {
      if (found.comparison.uncovered === 0 && found.comparison.differing === 0) break;
      await sleep(wait);
      found = await look();
    }
    return found;
  });
};
