import type { ViewPlan } from '../../core/window';
import type { ViewComparison } from '../../lib/runtime/rebuild/compare';
import { compareView } from '../../lib/runtime/rebuild/compare';
import type { Context } from '../context';
import type { Progress } from './rebuild-place';
import { rebuildPlace, servingGeneration } from './rebuild-place';

/** Raw lags behind the state by the validator's batching window: one look at once, one when that has passed, and one for slow days. */
const defaultWaits = ({ environment }: Context): readonly number[] => [1000 * (environment.validatorBatchingWindowSeconds + 5), 60_000];

/** Compares the state of views that is served with what raw gives. */
export const compareViews = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress, waits: readonly number[] = defaultWaits(context)): Promise<readonly ViewComparison[]> => {
  const found: ViewComparison[] = [];
  for (const [index, plan] of plans.entries()) {
    const place = rebuildPlace(context, (share, step) => { onProgress((index + share) / plans.length, step); });
    found.push(await compareView(place, plan, await servingGeneration(context, plan.view), { waits, now: Date.now }));
  }
  return found;
};
