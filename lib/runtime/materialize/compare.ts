import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { compareRanks, holdsRow, isIncremental, rankOf, saysTheSame } from '../../../core/dataset/current-row';
import { materializationOf, newestBatch, type CommittedBatch } from '../../../core/dataset/materialization';
import { stateViewText } from '../../../core/feature/entity-key';
import type { ViewPlan, ViewState } from '../../../core/window';
import { planView } from '../../../core/window';
import type { Database } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { CompareOptions, DifferingEntity, ViewComparison } from '../rebuild/compare';
import { readStateItems } from '../rebuild/state-items';
import { stateIn } from './items';
import type { CurrentPlace, CurrentView } from './place';
import { currentGeneration } from './place';
import { wantedItems } from './rows';

const examplesShown = 20;

/** What a comparison came to, and the entities that have an item and a row in no batch, up to the newest that was compared. */
export interface CurrentComparison { readonly comparison: ViewComparison; readonly strays: readonly string[]; readonly newest: CommittedBatch | undefined }

/** By which registers two states differ. Which batch of two that say the same an item is of depends on when it was written. */
const differing = (plan: ViewPlan, online: ViewState | undefined, wanted: ViewState | undefined): readonly string[] =>
  plan.registers.flatMap(({ key }, index) => (isDeepStrictEqual(online?.registers[index]?.value, wanted?.registers[index]?.value) ? [] : [key]));

const round = async (place: CurrentPlace, database: Database, current: CurrentView, plan: ViewPlan, { region, table }: ComparedTable): Promise<CurrentComparison> => {
  const [{ known }, committed] = [await place.known.read(current.view), await place.committed(current.dataset)];
  // What is being brought online, or is still to be, is not wrong; that it never is, its pipeline has told.
  const isUnderWay = materializationOf(current.view, current.dataset, committed, known) !== undefined;
  const items = await readStateItems(database, region, table, stateViewText(current.view, currentGeneration));
  const newest = newestBatch(committed);
  const read = isIncremental(current.dataset) ? committed.toSorted(compareRanks) : newest === undefined ? [] : [newest];
  const counts = { records: 0, differing: 0, differences: 0, uncovered: 0 };
  const examples: DifferingEntity[] = [];
  const compared = new Set<string>();
  const strays: string[] = [];
  const compare = (entity: string, packed: Uint8Array | undefined, wanted: ViewState | undefined): void => {
    compared.add(entity);
    const online = packed && stateIn(plan, { state: packed });
    const isReadable = packed === undefined || online !== undefined;
    const isSame = isReadable && (online && wanted ? saysTheSame(online, wanted) : !holdsRow(online) && !wanted);
    if (isSame) return;
    // Of a batch that was committed after the batches were listed, or on its way.
    if (isUnderWay || (online && newest && compareRanks(rankOf(online), newest) > 0)) { counts.uncovered += 1; return; }
    const registers = differing(plan, online, wanted);
    counts.differing += 1;
    counts.differences += Math.max(1, registers.length);
    if (!wanted) strays.push(entity);
    if (examples.length < examplesShown) examples.push({ entity, tiles: [], registers });
  };
  if (read.length > 0) for await (const wanted of (await wantedItems(place, database, current, plan, { read, leftBy: [] })).items()) for (const { entity, state } of wanted) {
    counts.records += 1;
    compare(entity, await items.stateOf(entity), state);
  }
  for await (const { entity, state } of items.all()) if (!compared.has(entity)) compare(entity, state, undefined);
  return { comparison: { view: plan.name, generation: currentGeneration, items: items.count, unfoldable: 0, examples, ...counts }, strays, newest };
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
    let found = await round(place, database, current, plan, table);
    for (const wait of waits) {
      if (found.comparison.uncovered === 0 && found.comparison.differing === 0) break;
      await sleep(wait);
      found = await round(place, database, current, plan, table);
    }
    return found;
  });
};
