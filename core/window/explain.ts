import type { EpochMillis } from '../event/time';
import type { Value } from '../expression/evaluate';
import { floorHop, windowStart } from './hop';
import type { OracleEvent } from './oracle';
import { naiveFeatures } from './oracle';
import { partText } from './part';
import type { ViewPlan } from './plan';
import { featuresAt } from './read';
import type { ViewState } from './state';

/** A tile of an item, with the events of the lake that belong to its hop. */
export interface ExplainedTile {
  readonly hop: number;
  readonly start: EpochMillis;
  /** What each part keeps, as text, in the units of its scale. */
  readonly parts: readonly string[];
  readonly events: readonly OracleEvent[];
}

/** One feature: what the item gives for it, and what a naive count over the events of the lake does. */
export interface ExplainedFeature { readonly name: string; readonly from: EpochMillis; readonly state: Value; readonly events: Value; readonly isEqual: boolean }

export interface Explained {
  readonly tiles: readonly ExplainedTile[];
  readonly features: readonly ExplainedFeature[];
}

/**
 * Says how an item's features at `t` come about.
 *
 * @param events of the entity, each identity once, as the lake has them
 * @param t after everything that the state holds
 */
export const explain = (plan: ViewPlan, state: ViewState | undefined, events: readonly OracleEvent[], t: EpochMillis): Explained => {
  const [fromState, fromEvents] = [featuresAt(plan, state, t), naiveFeatures(plan.view, events, t)];
  const known = events.filter(({ knownAt }) => knownAt < t);
  return {
    tiles: plan.tiers.flatMap(({ hop, parts }, tier) => [...(state?.tiers[tier] ?? [])].map(([start, tile]): ExplainedTile => ({
      hop, start, parts: parts.map(({ key }, part) => `${key} = ${partText(tile[part])}`), events: known.filter(({ effectiveTime }) => floorHop(effectiveTime, hop) === start) }))),
    features: plan.features.map(({ name, window }) => {
      const [own, other] = [fromState[name] ?? null, fromEvents[name] ?? null];
      return { name, from: windowStart(t, window), state: own, events: other, isEqual: own === other };
    }),
  };
};
