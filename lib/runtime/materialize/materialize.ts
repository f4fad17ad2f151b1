import { isDeepStrictEqual } from 'node:util';
import type { BatchRank } from '../../../core/dataset/current-row';
import { stateOfAbsence } from '../../../core/dataset/current-row';
import type { Materialization, MaterializationWork } from '../../../core/dataset/materialization';
import { cameTo, materializationOf } from '../../../core/dataset/materialization';
import { erasedUpTo } from '../../../core/erasure/state';
import { versionedName } from '../../../core/manifest/manifest';
import type { ViewPlan } from '../../../core/window';
import { planView } from '../../../core/window';
import { withDatabase } from '../duckdb';
import type { KeptMaterialization } from '../materialization-store';
import { putItems } from './items';
import type { CurrentView, MaterializePlace } from './place';
import { currentGeneration } from './place';
import type { WantedItem } from './rows';
import { wantedItems } from './rows';

/** What was done for a view. `more`: the time was up, and the same call goes on; `nothing`: it is as its dataset's batches are, or there are none. */
export interface MaterializedView {
  readonly view: string;
  readonly outcome: 'done' | 'more' | 'nothing';
  /** Batches that were brought online. */
  readonly batches: readonly string[];
  /** Rows that were looked at. */
  readonly rows: number;
  /** Items that were written, among them those that say that a row is gone. */
  readonly written: number;
  /** Rows that no item can hold. */
  readonly tooLarge: number;
  /** Batches whose rows may still be online though they are gone, as raw does not hold them any more: making the view anew finds them. */
  readonly unknown: readonly string[];
}

export interface MaterializeOptions {
  /** Makes every item anew, whatever is known of them. */
  readonly anew?: boolean;
  /** Epoch milliseconds by which it should have ended. */
  readonly deadline?: number;
  readonly onProgress?: (rows: number) => void;
}

const [itemsPerRead, readsPerNote] = [100, 50];
const attempts = 10;

/**
 * Says of entities that there is no row of them any more: those whose rows are in no batch that is left, as an erasure
 * leaves them.
 *
 * @param by the newest batch of those that have no row of them
 * @returns how many items were written
 */
export const removeRows = async (place: MaterializePlace, { view }: CurrentView, entities: readonly string[], by: BatchRank): Promise<number> => {
  const plan = planView(place.manifest, view);
  let removed = 0;
  for (let start = 0; start < entities.length; start += itemsPerRead)
    removed += (await putItems(place.items, plan, entities.slice(start, start + itemsPerRead).map((entity) => ({ entity, state: stateOfAbsence(plan, by) })), true)).written;
  return removed;
};

/** Rows were read some time ago: those of subjects who were erased since are not written any more. */
const notErased = async ({ manifest, tombstones }: MaterializePlace, wanted: readonly WantedItem[]): Promise<readonly WantedItem[]> => {
  const erased = await tombstones();
  return erased.length === 0 ? wanted : wanted.filter(({ entity, state }) => state.arrival > erasedUpTo(entity, manifest.entities, erased));
};

/** Somebody else has changed what is known of the view: what is to be done has to be worked out again. */
const changed = Symbol('changed');

/**
 * Writes what is known; its version goes on by one. Where somebody else does the same work, what both have done counts, and
 * both go on.
 */
const note = async (place: MaterializePlace, { view }: CurrentView, work: MaterializationWork, before: KeptMaterialization, known: Materialization): Promise<KeptMaterialization | typeof changed> => {
  let kept = before;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (isDeepStrictEqual(kept.known, known)) return kept;
    if (await place.known.write(view, known, kept.version)) return { known, version: kept.version + 1 };
    kept = await place.known.read(view);
    const isSameWork = kept.known?.done?.work === work.work || isDeepStrictEqual(kept.known, work.begun);
    if (!isSameWork && !isDeepStrictEqual(kept.known, known)) return changed;
    // Of two who are under way, who is further says how far it is.
    if (isSameWork && known.done && kept.known?.done && kept.known.done.content === known.done.content && kept.known.done.rows >= known.done.rows) return kept;
  }
  return changed;
};

const bringOnline = async (place: MaterializePlace, current: CurrentView, plan: ViewPlan, work: MaterializationWork, before: KeptMaterialization, { deadline = Number.POSITIVE_INFINITY, onProgress = () => undefined }: MaterializeOptions): Promise<MaterializedView | typeof changed> => {
  const begun = await note(place, current, work, before, work.begun);
  if (begun === changed) return changed;
  const held = { kept: begun };
  const counts = { rows: 0, written: 0, tooLarge: 0 };
  return await withDatabase(place.directory, async (database) => {
    const { content, unknown, items } = await wantedItems(place, database, current, plan, work);
    const report = (outcome: MaterializedView['outcome']): MaterializedView => ({ view: plan.name, outcome, batches: work.read.map(({ batch }) => batch), unknown, ...counts });
    const past = work.done?.content === content ? work.done.rows : 0;
    let reads = 0;
    for await (const found of items(past)) for (let start = 0; start < found.length; start += itemsPerRead) {
      const wanted = found.slice(start, start + itemsPerRead);
      const { written, tooLarge } = await putItems(place.items, plan, await notErased(place, wanted), work.writesEqual);
      counts.rows += wanted.length;
      counts.written += written;
      counts.tooLarge += tooLarge;
      onProgress(counts.rows);
      reads += 1;
      const isLate = Date.now() > deadline;
      if (!isLate && reads % readsPerNote !== 0) continue;
      const noted = await note(place, current, work, held.kept, cameTo(work, content, past + counts.rows));
      if (noted === changed) return changed;
      held.kept = noted;
      if (isLate) return report('more');
    }
    return await note(place, current, work, held.kept, work.finished) === changed ? changed : report('done');
  });
};

/** Lets the view be read, once it was brought online for the first time. */
const serve = async ({ generations }: MaterializePlace, { view }: CurrentView): Promise<void> => {
  const kept = (await generations.read([view])).get(versionedName(view));
  if (kept?.generations.serving === undefined) await generations.write(view, { serving: currentGeneration }, kept?.version ?? 0);
};

/**
 * Brings a view's items to what its dataset's committed batches say. It may be run twice, by two at once, and again after it
 * was killed anywhere: a row is never written over a later batch's, and what is known is changed only by who knows it as it is.
 *
 * @throws Error when raw or the table are away, or raw does not hold a batch any more that is to be online
 */
export const materializeView = async (place: MaterializePlace, current: CurrentView, options: MaterializeOptions = {}): Promise<MaterializedView> => {
  const plan = planView(place.manifest, current.view);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const kept = await place.known.read(current.view);
    const work = materializationOf(current.view, current.dataset, await place.committed(current.dataset), kept.known, options.anew);
    const done: MaterializedView | typeof changed = work === undefined ? { view: plan.name, outcome: 'nothing', batches: [], rows: 0, written: 0, tooLarge: 0, unknown: [] } : await bringOnline(place, current, plan, work, kept, options);
    if (done === changed) continue;
    if (done.outcome === 'done' || (done.outcome === 'nothing' && kept.known !== undefined)) await serve(place, current);
    return done;
  }
  throw new Error(`What is known of the items of ${plan.name} is changed by somebody else again and again; is it brought online by several at once?`);
};
