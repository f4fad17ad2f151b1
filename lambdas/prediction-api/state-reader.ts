import type { Row } from '../../core/expression/evaluate';
import { isHeldKey, stateViewText } from '../../core/feature/entity-key';
import { versionedName } from '../../core/manifest/manifest';
import type { Result } from '../../core/model/problem';
import { failed } from '../../core/model/problem';
import type { ViewPlan, ViewState } from '../../core/window';
import { decodeState } from '../../core/window';
import type { StateItem, StateKey, StateStore } from '../../lib/runtime/state-store';
import type { Serving, ServingGenerations } from './serving-generations';

/** One entity's features of one view. */
interface Wanted { readonly plan: ViewPlan; readonly key: Row }

/** Reads the state of what is wanted, each item once; `undefined` for what has none. */
export type ReadStates = (wanted: readonly Wanted[]) => Promise<Result<readonly (ViewState | undefined)[]>>;

export interface StateReaderEffects {
  readonly store: Pick<StateStore, 'read'>;
  readonly generations: ServingGenerations;
  readonly now: () => number;
  readonly complain: (message: string, error: unknown) => void;
}

/** Generation of a view that was never filled: nothing reads it in the end. */
const firstGeneration = 1;

/** A key with an absent part describes no entity, and one that no item can have has none: nothing is read for it. */
const keysOf = (wanted: readonly Wanted[], serving: Serving): readonly (StateKey | undefined)[] => wanted.map(({ plan, key }) => {
  const entity = plan.entityKey(key);
  return entity === undefined || !isHeldKey(entity) ? undefined : { entity, view: stateViewText(plan.view, serving.get(versionedName(plan.view)) ?? firstGeneration) };
});

const itemsOf = async (keys: readonly (StateKey | undefined)[], store: Pick<StateStore, 'read'>): Promise<readonly (StateItem | undefined)[]> => {
  const items = await store.read(keys.filter((key) => key !== undefined));
  let next = 0;
  return keys.map((key) => (key === undefined ? undefined : items[next++]));
};

const sameKeys = (left: readonly (StateKey | undefined)[], right: readonly (StateKey | undefined)[]): boolean => left.every((key, index) => key?.view === right[index]?.view);

/**
 * States from the store, each view of the one generation that is served. An item past its expiry counts as none, whether or
 * not the table has removed it yet.
 *
 * Items are asked for by the generation that was known last (the first one, at a cold start), while that is asked for again: a
 * second call is made only where another one is served.
 */
export const stateReader = ({ store, generations, now, complain }: StateReaderEffects): ReadStates => async (wanted) => {
  try {
    const views = [...new Map(wanted.map(({ plan }) => [plan.name, plan.view])).values()];
    const guessed = keysOf(wanted, generations.known());
    const [guess, serving] = await Promise.all([itemsOf(guessed, store), generations.current(views)]);
    const unfilled = views.find((view) => serving.get(versionedName(view)) === undefined);
    if (unfilled) return failed('view_not_filled', `The feature view ${versionedName(unfilled)} has not been filled yet; run npx headrace features fill, and try again when it is done.`);
    const keys = keysOf(wanted, serving);
    const items = sameKeys(keys, guessed) ? guess : await itemsOf(keys, store);
    const decoded = new Map<object, ViewState>();
    return { ok: true, value: items.map((item, index) => {
      const plan = wanted[index]?.plan;
      // 0: it never expires.
      if (!item || !plan || (item.expiresAt > 0 && item.expiresAt * 1000 < now())) return undefined;
      const state = decoded.get(item) ?? decodeState(plan, item.state);
      decoded.set(item, state);
      return state;
    }) };
  } catch (error) {
    complain('state could not be read', error);
    return failed('state_unavailable', 'The feature state could not be read; try again in a moment.');
  }
};
