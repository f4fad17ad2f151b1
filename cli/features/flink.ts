import { flinkGeneration } from '../../core/feature/flink-views';
import type { ViewPlan } from '../../core/window';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import { installHops } from '../../lib/runtime/rebuild/install-hops';
import type { Context } from '../context';
import type { PublishedGeneration } from './publish';
import type { Progress } from './rebuild-place';
import { rebuildPlace } from './rebuild-place';
import { readWork, writeWork } from './work';

/**
 * Puts all that raw holds into the items of views that Flink works out, and has them read. Flink goes on meanwhile: of each hop
 * stays what more events are counted in. Safe to run at any time, and again.
 */
export const publishHops = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress): Promise<readonly PublishedGeneration[]> => {
  const published: PublishedGeneration[] = [];
  for (const [index, work] of (await readWork(context, plans)).entries()) {
    const { plan, kept } = work;
    const place = rebuildPlace(context, (share, step) => { onProgress((index + share) / plans.length, step); });
    const built = await buildGeneration(place, plan, flinkGeneration, Number.MAX_SAFE_INTEGER, installHops(plan, place.fold));
    if (kept.generations.serving === undefined) await writeWork(context, work, { ...kept.generations, serving: flinkGeneration });
    published.push({ view: plan.name, generation: flinkGeneration, ...built });
  }
  return published;
};

/** Fills the views of Flink's that are not read yet. */
export const fillHops = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress): Promise<readonly (PublishedGeneration & { readonly alreadyReady: boolean })[]> => {
  const waiting = new Set((await readWork(context, plans)).filter(({ kept }) => kept.generations.serving === undefined).map(({ plan }) => plan.name));
  const published = await publishHops(context, plans.filter(({ name }) => waiting.has(name)), onProgress);
  return [...plans.filter(({ name }) => !waiting.has(name)).map(({ name }) => ({ view: name, generation: flinkGeneration, alreadyReady: true })), ...published.map((each) => ({ ...each, alreadyReady: false }))];
};
