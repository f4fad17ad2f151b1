import { isDeepStrictEqual } from 'node:util';
import type { EpochMillis } from '../../event/time';
import type { FoldOptions } from '../fold';
import { emptyState, expiryOf } from '../fold';
import { windowStart } from '../hop';
import { wholeIn } from '../part';
import type { TierPlan, ViewPlan } from '../plan';
import type { Register } from '../register';
import { newerRegister } from '../register';
import type { Tile, ViewState } from '../state';
import type { Partial } from './partial';

/** What became of partials; their sum is how many there were. */
export interface ReplaceCounts {
  /** Took the place of what the item held for their hop. */
  readonly replaced: number;
  /** Dropped: of as many events as the item's own, or of fewer, as Flink sends them again after a restart. */
  readonly known: number;
  /** Dropped: older than every window. */
  readonly late: number;
}

export interface ReplaceResult {
  readonly state: ViewState;
  readonly counts: ReplaceCounts;
  /** Whether there is anything to write. */
  readonly changed: boolean;
}

interface Draft { tiers: Map<EpochMillis, Tile>[]; registers: (Register | undefined)[]; newest: EpochMillis; arrival: EpochMillis }

const draftOf = ({ tiers, registers, newest, arrival }: ViewState): Draft => ({ tiers: tiers.map((tiles) => new Map(tiles)), registers: [...registers], newest, arrival });

/** How many events a tile is of. */
const rowsOf = ({ rows }: TierPlan, tile: Tile | undefined): number => (rows === undefined || !tile ? 0 : Number(wholeIn(tile[rows])));

const take = (plan: ViewPlan, draft: Draft, { tier, start, rows, tile, registers, newest: newestOfHop }: Partial): keyof ReplaceCounts => {
  const [tierPlan, tiles] = [plan.tiers[tier], draft.tiers[tier]];
  if (!tierPlan || !tiles) return 'late';
  const newest = Math.max(draft.newest, newestOfHop);
  const isInTier = start >= windowStart(newest, tierPlan);
  const held = tiles.get(start);
  // A partial is of ever more events: one of fewer was made before, or from a part of the topic alone. The newest value that it brings is of one of them all the same.
  const isNew = isInTier && rows >= rowsOf(tierPlan, held) && !isDeepStrictEqual(held, tile);
  if (isNew) tiles.set(start, tile);
  let isNewer = false;
  let isInRegister = false;
  plan.registers.forEach((register, index) => {
    const brought = registers[index];
    if (!brought || brought.time < windowStart(newest, register)) return;
    isInRegister = true;
    const kept = newerRegister(draft.registers[index], brought);
    isNewer ||= !isDeepStrictEqual(kept, draft.registers[index]);
    draft.registers[index] = kept;
  });
  if (!isInTier && !isInRegister) return 'late';
  draft.newest = newest;
  return isNew || isNewer ? 'replaced' : 'known';
};

/** Forgets what no window reads any more, as a fold does. */
const finish = (plan: ViewPlan, { tiers, registers, newest, arrival }: Draft, options: FoldOptions): ViewState => ({
  tiers: tiers.map((tiles, index) => {
    const tier = plan.tiers[index];
    return new Map([...tiles].filter(([start]) => !tier || start >= windowStart(newest, tier)).sort(([left], [right]) => left - right));
  }),
  registers: registers.map((register, index) => {
    const kept = plan.registers[index];
    return register && kept && register.time < windowStart(newest, kept) ? undefined : register;
  }),
  // Nothing of a stream is folded into such an item: what came is told by the events of its hops.
  newest, arrival, watermarks: [], ring: [], expiresAt: expiryOf(plan, arrival, options),
});

/**
 * Puts partials of one entity into its state, each in the place of what the state held for its hop: never added to it, so
 * that a partial may come twice, or an older one after a newer. One of fewer events than the state's own is dropped, but
 * for the newest values that it brings: a Flink that was restored sends less for a while, and one that began anew sends it all again.
 *
 * Partials of many hops and times may come in any order. As records of a fold do, one that arrived after the item had
 * expired begins it anew.
 *
 * @param state what the item holds; `undefined` when there is none
 */
export const replacePartials = (plan: ViewPlan, state: ViewState | undefined, partials: readonly Partial[], options: FoldOptions): ReplaceResult => {
  let draft = draftOf(state ?? emptyState(plan));
  const counts = { replaced: 0, known: 0, late: 0 };
  for (const partial of partials) {
    const expiresAt = draft.arrival === 0 ? 0 : expiryOf(plan, draft.arrival, options);
    if (expiresAt > 0 && partial.arrival > expiresAt * 1000) draft = draftOf(emptyState(plan));
    const outcome = take(plan, draft, partial);
    counts[outcome] += 1;
    // What is late keeps an item alive too, as in a fold.
    if (outcome !== 'known') draft.arrival = Math.max(draft.arrival, partial.arrival);
  }
  const next = finish(plan, draft, options);
  return { state: next, counts, changed: state === undefined ? counts.replaced > 0 : !isDeepStrictEqual(next, state) };
};
