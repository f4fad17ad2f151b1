import { setTimeout as sleep } from 'node:timers/promises';
import { begin, filled, isFollowed } from '../../core/feature/generation';
import type { ViewPlan } from '../../core/window';
import type { BuiltGeneration } from '../../lib/runtime/rebuild/build';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { followAndHandOver, followFilled, overlap, requireAggregating } from './hand-over';
import { createFollower, deleteFollower } from './mapping';
import { requireCompleteRaw } from './raw-is-complete';
import type { Progress } from './rebuild-place';
import { plansNamed, rebuildPlace } from './rebuild-place';
import type { Work } from './work';
import { readWork, writeWork } from './work';

const [second, minute, hour] = [1000, 60_000, 3_600_000];

export interface PublishOptions {
  /** How far back the seam lies: raw is complete so far back, milliseconds. */
  readonly seamBack?: number;
  /** The follower may be so far behind the stream when reads change, milliseconds. */
  readonly mayBeBehind?: number;
  /** The former generation is folded at least so long after reads have changed, as readers remember what is served for ten seconds; milliseconds. */
  readonly formerFor?: number;
  /** After the follower's mapping is gone, an invocation of it may go on for so long, milliseconds. */
  readonly lastInvocation?: number;
}

export interface PublishedGeneration extends Partial<BuiltGeneration> { readonly view: string; readonly generation: number }

const defaults = { seamBack: hour, mayBeBehind: 10 * second, formerFor: 30 * second, lastInvocation: 2 * minute } as const;

/** Fills a generation of each view from raw, up to one seam, and has the follower ready. */
const fillNext = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress, { seamBack, lastInvocation }: Required<PublishOptions>): Promise<ReadonlyMap<string, BuiltGeneration>> => {
  const retention = context.environment.streamRetentionHours * hour;
  const before = await readWork(context, plans);
  const lastFinished = Math.max(0, ...(await readWork(context, plansNamed(context, []))).map(({ kept }) => kept.generations.finishedAt ?? 0));
  const goneAt = (await deleteFollower(context)) ? Date.now() : lastFinished;
  if (goneAt + lastInvocation > Date.now()) onProgress(0, 'waiting for what the follower of the rebuild before may still be doing');
  await sleep(Math.max(0, goneAt + lastInvocation - Date.now()));
  await requireCompleteRaw(context, seamBack + overlap);
  const seam = Date.now() - seamBack;
  const begun: Work[] = [];
  for (const each of before) begun.push(await writeWork(context, each, begin(each.kept.generations, seam, Date.now())));
  const built = new Map<string, BuiltGeneration>();
  const done: Work[] = [];
  for (const [index, each] of begun.entries()) {
    if (!each.next) continue;
    built.set(each.plan.name, await buildGeneration(rebuildPlace(context, (share, step) => { onProgress((0.7 * (index + share)) / begun.length, step); }), each.plan, each.next.generation, seam));
    done.push(await writeWork(context, each, filled(each.kept.generations, each.next)));
  }
  if (Date.now() - seam > retention - hour) throw new CommandError(`Filling took so long that the stream will soon not hold what came after ${new Date(seam).toISOString()}.`, { next: 'let the stream keep records longer (streamRetentionHours), deploy, and run the same command again' });
  await createFollower(context, seam - overlap);
  await followFilled(context, done);
  return built;
};

/**
 * Makes a new generation of views from raw, while the stream is being folded, and changes reads to it. Safe to break off
 * anywhere: the same command goes on where it was, as does any other that finds work of a former one unfinished.
 *
 * @throws CommandError when the environment moves from one way in to another, the aggregator is switched off, raw is not complete up to the seam, or the stream no longer holds what came after it
 */
export const publishGenerations = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress, options: PublishOptions = {}): Promise<readonly PublishedGeneration[]> => {
  const settings: Required<PublishOptions> = { ...defaults, ...options };
  if (plans.length === 0) return [];
  if (context.environment.ingestionBefore !== undefined) throw new CommandError(`${context.environment.name} is moving from ${context.environment.ingestionBefore} to ${context.environment.ingestion}, and a new generation follows one way in: ${plans.map(({ name }) => name).join(', ')} cannot be filled now.`, { next: 'end the move (docs/engines.md), then run the same command again' });
  await requireAggregating(context);
  const built = new Map<string, BuiltGeneration>();
  let left = plans;
  // What a command that was broken off has left: all of that shares one follower, and is brought to its end first.
  const underWay = (await readWork(context, plansNamed(context, []))).filter(({ next }) => next && isFollowed(next));
  if (underWay.length > 0) {
    const begunAt = Math.min(...underWay.map(({ next }) => next?.begunAt ?? 0));
    await followAndHandOver(context, onProgress, settings);
    const finished = new Map((await readWork(context, plans)).map(({ plan, kept }) => [plan.name, kept.generations.finishedAt ?? 0]));
    // One is at a time: what was finished since that work was begun belongs to it.
    left = plans.filter(({ name }) => !((finished.get(name) ?? 0) > begunAt));
  }
  if (left.length > 0) {
    for (const [name, counts] of await fillNext(context, left, onProgress, settings)) built.set(name, counts);
    await followAndHandOver(context, onProgress, settings);
  }
  return (await readWork(context, plans)).map(({ plan, kept }) => ({ view: plan.name, generation: kept.generations.serving ?? 0, ...built.get(plan.name) }));
};
