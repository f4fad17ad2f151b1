import { isDeepStrictEqual } from 'node:util';
import { compareRanks, holdsRow, rankOf, stateOfAbsence } from '../../../core/dataset/current-row';
import type { Materialization, MaterializationWork } from '../../../core/dataset/materialization';
import { cameTo, materializationOf, newestBatch } from '../../../core/dataset/materialization';
import { erasedUpTo } from '../../../core/erasure/state';
import { stateViewText } from '../../../core/feature/entity-key';
import { versionedName } from '../../../core/manifest/manifest';
import type { ViewPlan, ViewState } from '../../../core/window';
import { decodeState, encodeState, planView } from '../../../core/window';
import { withDatabase } from '../duckdb';
import type { KeptMaterialization } from '../materialization-store';
import type { StateItem, StateKey, StateStore } from '../state-store';
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
}

export interface MaterializeOptions {
  /** Makes every item anew, whatever is known of them. */
  readonly anew?: boolean;
  /** Epoch milliseconds by which it should have ended. */
  readonly deadline?: number;
  readonly onProgress?: (rows: number) => void;
}

const [itemsPerRead, writesAtOnce, readsPerNote] = [100, 32, 50];
const attempts = 10;

/** An item that was packed for another content of the view is as good as none: it is made from its row, and from nothing that it held. */
const stateIn = (plan: ViewPlan, item: StateItem | undefined): ViewState | undefined => {
  try { return item && decodeState(plan, item.state); } catch { return undefined; }
};

const valuesOf = ({ registers }: ViewState): readonly unknown[] => registers.map((register) => register?.value);

/** Whether two states say the same. A value that is known from its batch's arrival on, and stood there before, has been known since then. */
const isSame = (there: ViewState, wanted: ViewState): boolean => holdsRow(there) === holdsRow(wanted) && isDeepStrictEqual(valuesOf(there), valuesOf(wanted))
  && (there.newest === wanted.newest || (there.newest === there.arrival && wanted.newest === wanted.arrival));

/** Whether a row is written over what is there: never over a later batch's, and not over what equals it unless that is said. */
const isWritten = (there: ViewState | undefined, wanted: ViewState, writesEqual: boolean): boolean => {
  if (!there) return true;
  const order = compareRanks(rankOf(wanted), rankOf(there));
  return order >= 0 && !((order === 0 || !writesEqual) && isSame(there, wanted));
};

/** Puts a row in the place of what is there; gives whether it was written. */
const putItem = async (store: StateStore, plan: ViewPlan, key: StateKey, state: ViewState, read: StateItem | undefined, writesEqual: boolean): Promise<boolean> => {
  let there = read;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (!isWritten(stateIn(plan, there), state, writesEqual)) return false;
    const outcome = await store.write(key, { state: encodeState(plan, state), expiresAt: state.expiresAt, arrival: state.arrival }, there?.version);
    if (outcome.kind === 'written') return true;
    there = outcome.current;
  }
  throw new Error(`The state item ${key.entity} of ${key.view} changes while it is written; does something else write it?`);
};

const putItems = async (store: StateStore, plan: ViewPlan, wanted: readonly WantedItem[], writesEqual: boolean): Promise<number> => {
  const keys = wanted.map(({ entity }): StateKey => ({ entity, view: stateViewText(plan.view, currentGeneration) }));
  const there = await store.read(keys, { consistent: true });
  let [next, written] = [0, 0];
  await Promise.all(Array.from({ length: writesAtOnce }, async () => {
    for (let index = next++; index < wanted.length; index = next++) {
      const [item, key] = [wanted[index], keys[index]];
      if (item && key && await putItem(store, plan, key, item.state, there[index], writesEqual)) written += 1;
    }
  }));
  return written;
};

/**
 * Says of entities that there is no row of them any more: those whose rows are in no batch that is left, as an erasure
 * leaves them.
 *
 * @returns how many items were written
 */
export const removeRows = async (place: MaterializePlace, { view, dataset }: CurrentView, entities: readonly string[]): Promise<number> => {
  const [plan, newest] = [planView(place.manifest, view), newestBatch(await place.committed(dataset))];
  if (newest === undefined) return 0;
  let written = 0;
  for (let start = 0; start < entities.length; start += itemsPerRead)
    written += await putItems(place.items, plan, entities.slice(start, start + itemsPerRead).map((entity) => ({ entity, place: entity, state: stateOfAbsence(plan, newest) })), true);
  return written;
};

/** Rows were read some time ago: those of subjects who were erased since are not written any more. */
const notErased = async ({ manifest, tombstones }: MaterializePlace, wanted: readonly WantedItem[]): Promise<readonly WantedItem[]> => {
  const erased = await tombstones();
  return erased.length === 0 ? wanted : wanted.filter(({ entity, state }) => state.arrival > erasedUpTo(entity, manifest.entities, erased));
};

/** Somebody else has changed what is known of the view: what is to be done has to be worked out again. */
const changed = Symbol('changed');

/** Writes what is known; its version goes on by one. */
const note = async (place: MaterializePlace, { view }: CurrentView, kept: KeptMaterialization, known: Materialization): Promise<KeptMaterialization | typeof changed> =>
  (await place.known.write(view, known, kept.version) ? { known, version: kept.version + 1 } : changed);

const bringOnline = async (place: MaterializePlace, current: CurrentView, plan: ViewPlan, work: MaterializationWork, before: KeptMaterialization, { deadline = Number.POSITIVE_INFINITY, onProgress = () => undefined }: MaterializeOptions): Promise<MaterializedView | typeof changed> => {
  const begun = await note(place, current, before, work.begun);
  if (begun === changed) return changed;
  const held = { kept: begun };
  const counts = { rows: 0, written: 0 };
  const report = (outcome: MaterializedView['outcome']): MaterializedView => ({ view: plan.name, outcome, batches: work.read.map(({ batch }) => batch), ...counts });
  const outcome = await withDatabase(place.directory, async (database) => {
    let reads = 0;
    for await (const found of wantedItems(place, database, current, plan, work)) for (let start = 0; start < found.length; start += itemsPerRead) {
      const wanted = found.slice(start, start + itemsPerRead);
      counts.written += await putItems(place.items, plan, await notErased(place, wanted), work.writesEqual);
      counts.rows += wanted.length;
      onProgress(counts.rows);
      reads += 1;
      const isLate = Date.now() > deadline;
      if (!isLate && reads % readsPerNote !== 0) continue;
      const noted = await note(place, current, held.kept, cameTo(work.begun, work, wanted.at(-1)?.place ?? ''));
      if (noted === changed) return changed;
      held.kept = noted;
      if (isLate) return 'more';
    }
    return 'done';
  });
  if (outcome !== 'done') return outcome === changed ? changed : report(outcome);
  return await note(place, current, held.kept, work.finished) === changed ? changed : report('done');
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
 * @throws Error when raw or the table are away, or raw does not hold a committed batch any more
 */
export const materializeView = async (place: MaterializePlace, current: CurrentView, options: MaterializeOptions = {}): Promise<MaterializedView> => {
  const plan = planView(place.manifest, current.view);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const kept = await place.known.read(current.view);
    const work = materializationOf(current.view, current.dataset, await place.committed(current.dataset), kept.known, options.anew);
    const done: MaterializedView | typeof changed = work === undefined ? { view: plan.name, outcome: 'nothing', batches: [], rows: 0, written: 0 } : await bringOnline(place, current, plan, work, kept, options);
    if (done === changed) continue;
    if (done.outcome === 'done' || (done.outcome === 'nothing' && kept.known !== undefined)) await serve(place, current);
    return done;
  }
  throw new Error(`What is known of the items of ${plan.name} is changed by somebody else again and again; is it brought online by several at once?`);
};
