import type { FoldOptions, ViewPlan } from '../../../core/window';
import { decodeState, encodeState } from '../../../core/window';
import { replacePartials } from '../../../core/window/flink';
import { partialsOfState } from '../../../core/window/flink/rebuilt';
import type { Install } from './build';

/** Other writers come first at most so often: each of theirs is one batch of what Flink sends of one entity. */
const attempts = 50;

/**
 * Puts what raw gives of each hop in the place of what the item holds for it, as the consumer of Flink's partials does: a hop
 * of which the item has more events keeps them. So the items may be filled while Flink goes on.
 */
export const installHops = (plan: ViewPlan, options: FoldOptions): Install => async (store, key, state) => {
  const partials = partialsOfState(plan, key.entity, state);
  let [found] = await store.read([key], { consistent: true });
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { state: next, changed } = replacePartials(plan, found && decodeState(plan, found.state), partials, options);
    if (!changed) return;
    const outcome = await store.write(key, { state: encodeState(plan, next), expiresAt: next.expiresAt, arrival: next.arrival }, found?.version);
    if (outcome.kind === 'written') return;
    found = outcome.current;
  }
  throw new Error(`The state item ${key.entity} of ${key.view} was changed by others ${attempts} times in a row; run the command again.`);
};
