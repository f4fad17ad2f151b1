import { setTimeout as sleep } from 'node:timers/promises';
import type { Generations, NextGeneration } from '../../core/feature/generation';
import { begin, finish, flip, follow, notHandedOver } from '../../core/feature/generation';
import type { ViewPlan } from '../../core/window';
import type { BuiltGeneration } from '../../lib/runtime/rebuild/build';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import type { KeptGenerations } from '../../lib/runtime/generation-store';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { followedShards } from './followed-shards';
import { createFollower, deleteFollower, enableFollower, hasFollower } from './mapping';
import { requireCompleteRaw } from './raw-is-complete';
import type { Progress } from './rebuild-place';
import { generationStoreOf, rebuildPlace } from './rebuild-place';

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

/** A view whose next generation is on its way. */
interface Work { readonly plan: ViewPlan; readonly kept: KeptGenerations; readonly next: NextGeneration }

const defaults = { seamBack: hour, mayBeBehind: 10 * second, formerFor: 30 * second, lastInvocation: 2 * minute } as const;
/** The follower begins so long before the seam: arrivals in a shard are not quite in order. */
const overlap = 5 * minute;

/**
 * Makes a new generation of views from raw, while the stream is being folded, and changes reads to it. Safe to break off
 * anywhere: the same command goes on where it was. One such work is under way in an environment at a time.
 *
 * @throws CommandError when another rebuild is under way, or the stream no longer holds what came after the seam
 */
export const publishGenerations = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress, options: PublishOptions = {}): Promise<readonly PublishedGeneration[]> => {
  const { seamBack, mayBeBehind, formerFor, lastInvocation } = { ...defaults, ...options };
  const store = generationStoreOf(context);
  const retention = context.environment.streamRetentionHours * hour;

  const write = async ({ plan, kept }: Work, generations: Generations): Promise<KeptGenerations> => {
    if (!(await store.write(plan.view, generations, kept.version))) throw new CommandError(`The generations of ${plan.name} were changed by somebody else; is another rebuild running?`, { next: 'wait for it, then run the same command again' });
    return { generations, version: kept.version + 1 };
  };
  const readAll = async (): Promise<readonly Work[]> => {
    const found = await store.read(plans.map(({ view }) => view));
    return plans.flatMap((plan) => {
      const kept = [...found].find(([name]) => name === plan.name)?.[1];
      return kept?.generations.next ? [{ plan, kept, next: kept.generations.next }] : [];
    });
  };

  if (plans.length === 0) return [];
  const under = await othersUnderWay(context, plans);
  if (under.length > 0) throw new CommandError(`A rebuild of ${under.join(', ')} is under way; one is at a time.`, { next: `npx headrace features rebuild ${under[0] ?? ''} --publish, which goes on with it` });
  const built = new Map<string, BuiltGeneration>();
  let work = await readAll();

  const waiting = plans.filter(({ name }) => !work.some(({ plan }) => plan.name === name));
  if (waiting.length > 0 && work.some(({ next }) => next.stage !== 'filling'))
    throw new CommandError(`A rebuild of ${work.map(({ plan }) => plan.name).join(', ')} is under way, without ${waiting.map(({ name }) => name).join(', ')}; one is at a time.`, { next: `npx headrace features rebuild ${work.map(({ plan }) => plan.name).join(' ')} --publish, which goes on with it` });

  // What is not being followed yet begins anew, all of it: the follower reads the stream for all of them.
  if (work.every(({ next }) => next.stage === 'filling')) {
    const found = await store.read(plans.map(({ view }) => view));
    const lastFinished = Math.max(0, ...[...found.values()].map(({ generations }) => generations.finishedAt ?? 0));
    await deleteFollower(context);
    if (lastFinished + lastInvocation > Date.now()) onProgress(0, 'waiting for what the follower of the rebuild before may still be doing');
    await sleep(Math.max(0, lastFinished + lastInvocation - Date.now()));
    await requireCompleteRaw(context, seamBack + overlap);
    const seam = Date.now() - seamBack;
    const begun: Work[] = [];
    for (const plan of plans) {
      const kept = [...found].find(([name]) => name === plan.name)?.[1] ?? { generations: {}, version: 0 };
      const generations = begin(kept.generations, seam);
      if (generations.next) begun.push({ plan, next: generations.next, kept: await write({ plan, kept, next: generations.next }, generations) });
    }
    for (const [index, { plan, next }] of begun.entries())
      built.set(plan.name, await buildGeneration(rebuildPlace(context, (share, step) => { onProgress((0.7 * (index + share)) / begun.length, step); }), plan, next.generation, seam));
    if (Date.now() - seam > retention - hour) throw new CommandError(`Filling took so long that the stream will soon not hold what came after ${new Date(seam).toISOString()}.`, { next: 'let the stream keep records longer (streamRetentionHours), deploy, and run the same command again' });
    await createFollower(context, seam - overlap);
    for (const each of begun) await write(each, follow(each.kept.generations, each.next));
    work = await readAll();
  }

  // Of a command that was broken off between two of these writes.
  for (const each of work) if (each.next.stage === 'filling') await write(each, follow(each.kept.generations, each.next));
  work = await readAll();
  const begins = Math.min(...work.map(({ next }) => next.seam)) - overlap;
  if (!(await hasFollower(context))) await createFollower(context, begins);
  await enableFollower(context);

  for (const each of work) {
    if (each.next.stage !== 'following') continue;
    for (;;) {
      const shards = await followedShards(context, each.plan.view, each.next, begins);
      const behind = Math.max(0, ...shards.map((shard) => shard.behind));
      if (behind <= mayBeBehind) break;
      onProgress(0.7, `following the stream into ${each.plan.name}, ${Math.ceil(behind / second)} s behind`);
      await sleep(second);
    }
    await write(each, flip(each.kept.generations, each.next));
  }
  const flippedAt = Date.now();

  for (let open = await readAll(), step = 0; open.length > 0; open = await readAll(), step += 1) {
    onProgress(0.9, `handing over ${open.map(({ plan }) => plan.name).join(', ')}`);
    if (step > 0) await sleep(second);
    if (Date.now() - flippedAt < formerFor) continue;
    for (const each of open) {
      const shards = await followedShards(context, each.plan.view, each.next, begins);
      // When the aggregator has changed something meanwhile, what was looked at may be old: look again.
      if (notHandedOver(each.next, shards).length === 0) await store.write(each.plan.view, finish(each.kept.generations, Date.now()), each.kept.version);
    }
  }
  await deleteFollower(context);
  const found = await store.read(plans.map(({ view }) => view));
  return plans.map((plan) => ({ view: plan.name, generation: [...found].find(([name]) => name === plan.name)?.[1].generations.serving ?? 0, ...built.get(plan.name) }));
};

/** Views of the environment, other than these, whose next generation is on its way. */
const othersUnderWay = async (context: Context, plans: readonly ViewPlan[]): Promise<readonly string[]> => {
  const names = new Set(plans.map(({ name }) => name));
  const found = await generationStoreOf(context).read(Object.values(context.manifest.views).filter(({ from }) => from.kind === 'event'));
  return [...found].filter(([name, { generations }]) => generations.next && !names.has(name)).map(([name]) => name);
};
