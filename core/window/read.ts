import type { EpochMillis } from '../event/time';
import type { Value } from '../expression/evaluate';
import { windowStart } from './hop';
import type { PartValue } from './part';
import { mergeParts } from './part';
import type { FeatureReader, ViewPlan } from './plan';
import type { ViewState } from './state';

export type FeatureValues = Readonly<Record<string, Value>>;

/**
 * The moment of a request: the later of now and just after everything that the items hold, so that all of it lies in the
 * windows' past and their heads are exact.
 */
export const momentOf = (now: EpochMillis, states: readonly (ViewState | undefined)[]): EpochMillis =>
  Math.max(now, ...states.map((state) => (state ? state.newest + 1 : 0)));

/** Whether the features at `t` can be told exactly: the state holds no event at or after it. */
export const isAnswerable = (state: ViewState | undefined, t: EpochMillis): boolean => !state || state.newest < t;

/** Merged parts of a tier's windows by their start: one merge a tile, from the newest to the oldest. */
const tierTotals = (plan: ViewPlan, state: ViewState | undefined, tier: number, starts: readonly EpochMillis[]): ReadonlyMap<EpochMillis, readonly PartValue[]> => {
  const operations = plan.tiers[tier]?.parts.map(({ operation }) => operation) ?? [];
  const tiles = [...(state?.tiers[tier] ?? [])].reverse();
  const totals = new Map<EpochMillis, readonly PartValue[]>();
  let merged: readonly PartValue[] = operations.map(() => undefined);
  let next = 0;
  for (const start of [...new Set(starts)].sort((left, right) => right - left)) {
    for (let tile = tiles[next]; tile && tile[0] >= start; tile = tiles[next += 1]) {
      const values = tile[1];
      merged = operations.map((operation, part) => mergeParts(operation, merged[part], values[part]));
    }
    totals.set(start, merged);
  }
  return totals;
};

/**
 * Values of a view's features at `t`: each window is `[floor_hop(t - width), t)`.
 *
 * @param state what the item holds; `undefined` when there is none: counts and sums are 0 then, the others absent
 * @param t after everything that the state holds, see {@link isAnswerable}
 */
export const featuresAt = (plan: ViewPlan, state: ViewState | undefined, t: EpochMillis): FeatureValues => {
  const startsOf = (tier: number): readonly EpochMillis[] => plan.features.flatMap((feature) => (feature.kind === 'tiled' && feature.tier === tier ? [windowStart(t, feature.window)] : []));
  const totals = plan.tiers.map((_tier, index) => tierTotals(plan, state, index, startsOf(index)));
  const read = (feature: FeatureReader): Value => {
    const start = windowStart(t, feature.window);
    if (feature.kind === 'register') {
      const register = state?.registers[feature.register];
      return register && register.time >= start ? register.value : null;
    }
    const merged = totals[feature.tier]?.get(start) ?? [];
    return feature.finalize(feature.parts.map((part) => merged[part]));
  };
  return Object.fromEntries(plan.features.map((feature) => [feature.name, read(feature)]));
};
