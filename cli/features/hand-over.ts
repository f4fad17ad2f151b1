import { setTimeout as sleep } from 'node:timers/promises';
import type { NextGeneration } from '../../core/feature/generation';
import { finish, flip, follow, isFollowed, notHandedOver } from '../../core/feature/generation';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import type { FollowedShardLag } from './followed-shards';
import { followedShards } from './followed-shards';
import { createFollower, deleteFollower, enableFollower, hasFollower, isAggregating } from './mapping';
import type { Progress } from './rebuild-place';
import { generationStoreOf, plansNamed } from './rebuild-place';
import type { Work } from './work';
import { readWork, writeWork } from './work';

const [second, minute] = [1000, 60_000];
/** A follower that gets no further for so long has something that a person must mend. */
const longestStandstill = 10 * minute;

/** The follower begins so long before the seam: arrivals in a shard are not quite in order. */
export const overlap = 5 * minute;

/** Lets the follower fold into generations that are filled; its mapping is there, and switched off. */
export const followFilled = async (context: Context, filled: readonly Work[]): Promise<void> => {
  for (const each of filled) if (each.next) await writeWork(context, each, follow(each.kept.generations, each.next));
};

/** Work that the follower does, and what belongs to it: filled up to the same seam, when a command was broken off before it could say so. */
const underWay = async (context: Context): Promise<readonly Work[]> => {
  const all = await readWork(context, plansNamed(context, []));
  const seams = new Set(all.flatMap(({ next }) => (next && isFollowed(next) ? [next.seam] : [])));
  return all.filter(({ next }) => next && (isFollowed(next) || (next.stage === 'filled' && seams.has(next.seam))));
};

/**
 * Refuses work that the aggregator must end.
 *
 * @throws CommandError when its mapping is switched off
 */
export const requireAggregating = async (context: Context): Promise<void> => {
  if (!(await isAggregating(context))) throw new CommandError(`The event source mapping of ${context.names.function('feature-aggregator')} is switched off: the aggregator could never take a new generation over.`, { next: 'switch it on (aws lambda update-event-source-mapping --enabled), then run the same command again' });
};

/** Waits until the follower is near the end of the stream. */
const catchUp = async (context: Context, { plan }: Work, next: NextGeneration, begins: number, mayBeBehind: number, onProgress: Progress): Promise<void> => {
  let [seen, movedAt] = ['', Date.now()];
  for (;;) {
    const shards = await followedShards(context, plan.view, next, begins);
    const behind = Math.max(0, ...shards.map((shard) => shard.behind));
    if (behind <= mayBeBehind) return;
    onProgress(0.7, `following the stream into ${plan.name}, ${Math.ceil(behind / second)} s behind`);
    const now = placesOf(shards);
    if (now !== seen) [seen, movedAt] = [now, Date.now()];
    if (Date.now() - movedAt > longestStandstill) {
      const stuck = shards.filter((shard) => shard.behind > mayBeBehind).map(({ shard }) => shard);
      throw new CommandError(`The follower of ${plan.name} has got no further for ${longestStandstill / minute} minutes in ${stuck.join(', ')}.`, { next: `look at the log of ${context.names.function('generation-follower')}, then run the same command again: it goes on from here` });
    }
    await sleep(second);
  }
};

const placesOf = (shards: readonly FollowedShardLag[]): string => shards.map(({ shard, followed }) => `${shard} ${followed ?? ''}`).join('\n');

/**
 * Lets the follower catch up with the stream, changes reads to what it folds, and ends it when the aggregator has taken over:
 * for all views of which a generation is filled and on its way.
 */
export const followAndHandOver = async (context: Context, onProgress: Progress, { mayBeBehind, formerFor }: { readonly mayBeBehind: number; readonly formerFor: number }): Promise<void> => {
  await requireAggregating(context);
  await followFilled(context, (await underWay(context)).filter(({ next }) => next?.stage === 'filled'));
  const work = await underWay(context);
  const begins = Math.min(...work.map(({ next }) => next?.seam ?? Date.now())) - overlap;
  if (!(await hasFollower(context))) await createFollower(context, begins);
  await enableFollower(context);
  for (const each of work) {
    if (each.next?.stage !== 'following') continue;
    await catchUp(context, each, each.next, begins, mayBeBehind, onProgress);
    await writeWork(context, each, flip(each.kept.generations, each.next));
  }
  const flippedAt = Date.now();
  const store = generationStoreOf(context);
  for (let open = await underWay(context), step = 0; open.length > 0; open = await underWay(context), step += 1) {
    onProgress(0.9, `handing over ${open.map(({ plan }) => plan.name).join(', ')}`);
    if (step > 0) await sleep(second);
    if (Date.now() - flippedAt < formerFor) continue;
    await requireAggregating(context);
    for (const { plan, kept, next } of open) {
      // When the aggregator has changed something meanwhile, what was looked at may be old: look again.
      if (next && notHandedOver(next, await followedShards(context, plan.view, next, begins)).length === 0) await store.write(plan.view, finish(kept.generations, Date.now()), kept.version);
    }
  }
  await deleteFollower(context);
};
