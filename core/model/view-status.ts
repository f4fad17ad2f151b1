import type { EpochMillis } from '../event/time';
import { holdsRow } from '../dataset/current-row';
import { isoText } from '../event/time';
import { windowStart } from '../window/hop';
import type { ViewPlan } from '../window/plan';
import type { ViewState } from '../window/state';

/**
 * How fresh what an answer was made from is: `missing` when nothing was ever folded for the entity (or nothing for so long
 * that the item expired), `stale` when its newest event is older than every window of the view, so that all of them are
 * empty, else `present`. A view over a dataset has the newest row's time, null when that was always known; it is `missing`
 * when the dataset has no row of the entity. `unread` when it was not read in the time that the model waits for it.
 */
export interface ViewStatus { readonly status: 'present' | 'missing' | 'stale' | 'unread'; readonly newestEventTime: string | null }

/** Status of what was not read in time. */
export const unreadStatus: ViewStatus = { status: 'unread', newestEventTime: null };

/** Status of what was read for one entity of a view at moment `t`. */
export const statusAt = (plan: ViewPlan, state: ViewState | undefined, t: EpochMillis): ViewStatus => {
  if (plan.view.from.kind === 'dataset') return holdsRow(state) ? { status: 'present', newestEventTime: state?.newest ? isoText(state.newest) : null } : { status: 'missing', newestEventTime: null };
  if (!state || state.newest === 0) return { status: 'missing', newestEventTime: null };
  const earliest = Math.min(...plan.features.map(({ window }) => windowStart(t, window)));
  return { status: state.newest < earliest ? 'stale' : 'present', newestEventTime: isoText(state.newest) };
};
