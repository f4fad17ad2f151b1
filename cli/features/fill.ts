import { begin, finish, flip } from '../../core/feature/generation';
import type { ViewPlan } from '../../core/window';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import type { Context } from '../context';
import { enableAggregator, isAggregating } from './mapping';
import type { PublishOptions } from './publish';
import { publishGenerations } from './publish';
import { generationStoreOf, plansNamed, rebuildPlace } from './rebuild-place';

/** What a warm start did for a view. */
export interface FilledView { readonly view: string; readonly records: number; readonly items: number; readonly alreadyReady: boolean }

const hour = 3_600_000;

/** Fills the first generation of views while nobody folds: the aggregator begins with the stream's oldest record afterwards. */
const fillFirst = async (context: Context, plans: readonly ViewPlan[], onProgress: (share: number) => void): Promise<readonly FilledView[]> => {
  const store = generationStoreOf(context);
  const filled: FilledView[] = [];
  // What arrived within the hour the stream holds for certain, and the lake perhaps not yet.
  const seam = Date.now() - hour;
  for (const [index, plan] of plans.entries()) {
    const kept = [...await store.read([plan.view])][0]?.[1] ?? { generations: {}, version: 0 };
    const { next, ...generations } = begin(kept.generations, seam);
    if (!next) continue;
    const { records, items } = await buildGeneration(rebuildPlace(context, (share) => { onProgress((index + share) / plans.length); }), plan, next.generation, seam);
    if (!(await store.write(plan.view, finish(flip(generations, next)), kept.version))) throw new Error(`The generations of ${plan.name} were changed by somebody else; is another fill running?`);
    filled.push({ view: plan.name, records, items, alreadyReady: false });
  }
  return filled;
};

/**
 * Warm start: fills the state of every view over events that has none yet from raw, and switches on the mapping of the
 * aggregator, which then reads the stream from its oldest record. While the aggregator is at work, a view that was added is
 * filled beside it, and served when it is complete. Safe to run twice, and to run again after it was broken off.
 *
 * @param onProgress takes the share that is done, 0 to 1
 */
export const fillFeatures = async (context: Context, onProgress: (share: number) => void = () => undefined, options: PublishOptions = {}): Promise<readonly FilledView[]> => {
  const plans = plansNamed(context, []);
  const found = await generationStoreOf(context).read(plans.map(({ view }) => view));
  const waiting = plans.filter((plan) => [...found].find(([name]) => name === plan.name)?.[1].generations.serving === undefined);
  const ready = plans.filter((plan) => !waiting.includes(plan)).map(({ name }): FilledView => ({ view: name, records: 0, items: 0, alreadyReady: true }));
  if (waiting.length === 0 || !(await isAggregating(context))) {
    const filled = await fillFirst(context, waiting, onProgress);
    await enableAggregator(context);
    return [...ready, ...filled];
  }
  const published = await publishGenerations(context, waiting, onProgress, options);
  return [...ready, ...published.map(({ view, records = 0, items = 0 }): FilledView => ({ view, records, items, alreadyReady: false }))];
};
