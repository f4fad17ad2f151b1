import { isDeepStrictEqual } from 'node:util';
import type { EpochMillis } from '../event/time';
import { windowStart } from './hop';
import type { ViewPlan } from './plan';
import type { ViewState } from './state';

/** By what two states differ: tiles and registers. Watermarks, rings and expiry depend on batches, and are not compared. */
export interface StateDifference {
  readonly tiles: readonly { readonly hop: number; readonly start: EpochMillis }[];
  /** Keys of the registers. */
  readonly registers: readonly string[];
}

/** How many tiles and registers differ. */
export const differenceSize = ({ tiles, registers }: StateDifference): number => tiles.length + registers.length;

/**
 * Compares the canonical content of two states, as far back as the windows of the newer one reach.
 *
 * @param left `undefined` for nothing at all
 */
export const differenceOf = (plan: ViewPlan, left: ViewState | undefined, right: ViewState | undefined): StateDifference => {
  const newest = Math.max(left?.newest ?? 0, right?.newest ?? 0);
  return {
    tiles: plan.tiers.flatMap((tier, index) => {
      const [one, other] = [left?.tiers[index], right?.tiers[index]];
      const starts = new Set([...one?.keys() ?? [], ...other?.keys() ?? []]);
      return [...starts].filter((start) => start >= windowStart(newest, tier) && !isDeepStrictEqual(one?.get(start), other?.get(start))).sort((a, b) => a - b).map((start) => ({ hop: tier.hop, start }));
    }),
    registers: plan.registers.filter((_register, index) => !isDeepStrictEqual(left?.registers[index], right?.registers[index])).map(({ key }) => key),
  };
};
