import { wholeIn } from '../part';
import type { ViewPlan } from '../plan';
import type { ViewState } from '../state';
import type { Partial } from './partial';

/** What a state that was folded from the lake holds of each hop, as Flink would have sent it. */
export const partialsOfState = (plan: ViewPlan, entity: string, { tiers, registers, newest, arrival }: ViewState): readonly Partial[] => {
  const partials = tiers.flatMap((tiles, tier) => [...tiles].map(([start, tile]): Partial => {
    const rows = plan.tiers[tier]?.rows;
    if (rows === undefined) throw new Error(`The view ${plan.name} counts no rows of its hops: Flink does not work it out.`);
    return { entity, tier, start, rows: Number(wholeIn(tile[rows])), newest, arrival, tile, registers: [] };
  }));
  // The newest values of all hops come with one of them.
  return partials.map((partial, index) => (index === 0 ? { ...partial, registers } : partial));
};
