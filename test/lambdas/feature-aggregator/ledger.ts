import type { PreparedRecord, ViewPlan, ViewState } from '../../../core/window';
import { emptyState, encodeState } from '../../../core/window';
import type { Tile } from '../../../core/window/state';
import { floorHop, windowStart } from '../../../core/window/hop';
import { mergeParts } from '../../../core/window/part';
import { newerRegister } from '../../../core/window/register';

/** The stated horizon of a producer's duplicates, in identities of an item. */
export const horizon = 32;

/** Tiles and registers as bytes: what the guarantee speaks of. Watermarks, rings and expiry depend on batches. */
export const canonical = (plan: ViewPlan, state: ViewState | undefined): string =>
  Buffer.from(encodeState(plan, { ...(state ?? emptyState(plan)), watermarks: [], ring: [], arrival: 0, expiresAt: 0 })).toString('hex');

/**
 * What an item is to hold by docs/guarantees.md, in the plainest way: a list of events, each identity once within the
 * horizon, forgotten when the item has expired; then tiles from those that are in time.
 *
 * @param records of one entity, in an order in which they may have been folded
 * @param retention of the stream, milliseconds
 */
export const ledger = (plan: ViewPlan, records: readonly PreparedRecord[], retention: number): string => {
  let counted: PreparedRecord[] = [];
  let remembered: number[] = [];
  let expires = Number.POSITIVE_INFINITY;
  let newestArrival = 0;
  for (const record of records) {
    if (record.arrival > expires) [counted, remembered, newestArrival] = [[], [], 0];
    newestArrival = Math.max(newestArrival, record.arrival);
    expires = Math.ceil((newestArrival + plan.reach + retention) / 1000) * 1000;
    if (remembered.slice(-horizon).includes(record.identity)) continue;
    remembered.push(record.identity);
    counted.push(record);
  }
  const newest = Math.max(0, ...counted.map(({ effectiveTime }) => effectiveTime));
  const tiers = plan.tiers.map((tier, index) => {
    const tiles = new Map<number, Tile>();
    for (const { effectiveTime, tiers: brought } of counted) {
      const start = floorHop(effectiveTime, tier.hop);
      if (start < windowStart(newest, tier)) continue;
      const before = tiles.get(start);
      tiles.set(start, tier.parts.map(({ operation }, part) => mergeParts(operation, before?.[part], brought[index]?.[part])));
    }
    return new Map([...tiles].sort(([left], [right]) => left - right));
  });
  const registers = plan.registers.map((register, index) => counted
    .filter(({ effectiveTime }) => effectiveTime >= windowStart(newest, register)).map((record) => record.registers[index]).reduce(newerRegister, undefined));
  return canonical(plan, { ...emptyState(plan), tiers, registers, newest });
};
