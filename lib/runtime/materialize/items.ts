import { compareRanks, rankOf, saysTheSame } from '../../../core/dataset/current-row';
import { isHeldKey, stateViewText } from '../../../core/feature/entity-key';
import type { ViewPlan, ViewState } from '../../../core/window';
import { decodeState, encodeState } from '../../../core/window';
import { largestItem } from '../../../core/window/item-size';
import type { StateItem, StateKey, StateStore } from '../state-store';
import { currentGeneration } from './place';
import type { WantedItem } from './rows';

/** What became of items. */
export interface PutItems {
  readonly written: number;
  /** Those that DynamoDB does not hold: a key over 2,048 bytes, or an item that is too large. They stay as they are. */
  readonly tooLarge: number;
}

const writesAtOnce = 32;
const attempts = 10;

/** What an item holds; undefined where it was packed for another content of the view: it is made from its row, and from nothing that it held. */
export const stateIn = (plan: ViewPlan, item: Pick<StateItem, 'state'> | undefined): ViewState | undefined => {
  try { return item && decodeState(plan, item.state); } catch { return undefined; }
};

/** Whether a row is written over what is there: never over a later batch's, and not over what equals it unless that is said. */
const isWritten = (plan: ViewPlan, there: StateItem | undefined, wanted: ViewState, writesEqual: boolean): boolean => {
  if (!there) return true;
  const state = stateIn(plan, there);
  // Packed for another content of the view, perhaps by a newer release: what it says beside that still counts.
  if (!state) return there.arrival <= wanted.arrival;
  const order = compareRanks(rankOf(wanted), rankOf(state));
  return order >= 0 && !((order === 0 || !writesEqual) && saysTheSame(state, wanted));
};

/** Puts a row in the place of what is there; gives whether it was written. */
const putItem = async (store: StateStore, plan: ViewPlan, key: StateKey, state: ViewState, packed: Uint8Array, read: StateItem | undefined, writesEqual: boolean): Promise<boolean> => {
  let there = read;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (!isWritten(plan, there, state, writesEqual)) return false;
    const outcome = await store.write(key, { state: packed, expiresAt: state.expiresAt, arrival: state.arrival }, there?.version);
    if (outcome.kind === 'written') return true;
    there = outcome.current;
  }
  throw new Error(`The state item ${key.entity} of ${key.view} changes while it is written; does something else write it?`);
};

/**
 * Puts rows in the place of what is there.
 *
 * @throws Error when the table does not answer; nothing more is written then
 */
export const putItems = async (store: StateStore, plan: ViewPlan, wanted: readonly WantedItem[], writesEqual: boolean): Promise<PutItems> => {
  const view = stateViewText(plan.view, currentGeneration);
  const packed = wanted.map(({ entity, state }) => ({ key: { entity, view }, state, bytes: encodeState(plan, state) }));
  const kept = packed.filter(({ key, bytes }) => isHeldKey(key.entity) && bytes.length <= largestItem);
  const there = await store.read(kept.map(({ key }) => key), { consistent: true });
  let [next, written] = [0, 0];
  const faults: unknown[] = [];
  await Promise.all(Array.from({ length: writesAtOnce }, async () => {
    // A function that has answered is frozen: what it had begun must not be written when it thaws.
    for (let index = next++; index < kept.length && faults.length === 0; index = next++) {
      const each = kept[index];
      try {
        if (each && await putItem(store, plan, each.key, each.state, each.bytes, there[index], writesEqual)) written += 1;
      } catch (error) { faults.push(error); }
    }
  }));
  if (faults.length > 0) throw faults[0];
  return { written, tooLarge: packed.length - kept.length };
};
