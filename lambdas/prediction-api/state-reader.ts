import type { Row } from '../../core/expression/evaluate';
import { stateViewText } from '../../core/feature/entity-key';
import type { Result } from '../../core/model/problem';
import { failed } from '../../core/model/problem';
import type { ViewPlan, ViewState } from '../../core/window';
import { decodeState } from '../../core/window';
import type { StateKey, StateStore } from '../../lib/runtime/state-store';

/** One entity's features of one view. */
interface Wanted { readonly plan: ViewPlan; readonly key: Row }

/** Reads the state of what is wanted, each item once; `undefined` for what has none. */
export type ReadStates = (wanted: readonly Wanted[]) => Promise<Result<readonly (ViewState | undefined)[]>>;

export interface StateReaderEffects {
  readonly store: Pick<StateStore, 'read'>;
  readonly now: () => number;
  readonly complain: (message: string, error: unknown) => void;
}

/**
 * States from the store. An item past its expiry counts as none, whether or not the table has removed it yet.
 */
export const stateReader = ({ store, now, complain }: StateReaderEffects): ReadStates => async (wanted) => {
  // A key with an absent part describes no entity: nothing is read for it.
  const keys = wanted.map(({ plan, key }): StateKey | undefined => {
    const entity = plan.entityKey(key);
    return entity === undefined ? undefined : { entity, view: stateViewText(plan.view) };
  });
  try {
    const present = keys.filter((key) => key !== undefined);
    const items = await store.read(present);
    const decoded = new Map<object, ViewState>();
    let next = 0;
    return { ok: true, value: keys.map((key, index) => {
      const item = key === undefined ? undefined : items[next++];
      const plan = wanted[index]?.plan;
      if (!item || !plan || item.expiresAt * 1000 < now()) return undefined;
      const state = decoded.get(item) ?? decodeState(plan, item.state);
      decoded.set(item, state);
      return state;
    }) };
  } catch (error) {
    complain('state could not be read', error);
    return failed('state_unavailable', 'The feature state could not be read; try again in a moment.');
  }
};
