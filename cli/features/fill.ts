import { begin, finish, flip } from '../../core/feature/generation';
import { versionedName } from '../../core/manifest/manifest';
import type { ViewPlan } from '../../core/window';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { currentNamed, materializeViews } from './current';
import { fillHops } from './flink';
import { deleteFollower, enableAggregator, isAggregating } from './mapping';
import type { PublishOptions } from './publish';
import { publishGenerations } from './publish';
import { flinkNamed, generationStoreOf, plansNamed, rebuildPlace } from './rebuild-place';
import { readWork, writeWork } from './work';

/** What a warm start did for a view. */
export interface FilledView {
  readonly view: string;
  readonly records: number;
  readonly items: number;
  readonly alreadyReady: boolean;
  /** Of a view over a dataset: the dataset of which no batch is committed yet. The first one fills it. */
  readonly waitsFor?: string;
  /** Of a view that Flink works out and that had a history: when a rebuild makes the hops exact that are open now, ISO 8601. */
  readonly rebuildFrom?: string;
}

const hour = 3_600_000;
/** Stands among the views' control items, and is none: says that the aggregator was switched on, and so has a place in the stream. */
const aggregatorStart = { name: 'aggregator', version: 0 } as const;

const hasStarted = async (context: Context): Promise<boolean> =>
  await isAggregating(context) || [...(await generationStoreOf(context).read([aggregatorStart])).values()].some(({ version }) => version > 0);

/** Switches the aggregator on; that it was is written down first, as from then on it no longer begins with the stream's oldest record. */
const startAggregator = async (context: Context): Promise<void> => {
  await generationStoreOf(context).write(aggregatorStart, {}, 0);
  await enableAggregator(context);
};

/** Fills the first generation of views while nobody folds: the aggregator begins with the stream's oldest record afterwards. */
const fillFirst = async (context: Context, plans: readonly ViewPlan[], onProgress: (share: number) => void): Promise<readonly FilledView[]> => {
  const filled: FilledView[] = [];
  // What arrived within the hour the stream holds for certain, and the lake perhaps not yet.
  const seam = Date.now() - hour;
  for (const [index, each] of (await readWork(context, plans)).entries()) {
    const { next, ...generations } = begin(each.kept.generations, seam, Date.now());
    if (!next) continue;
    const { records, items } = await buildGeneration(rebuildPlace(context, (share) => { onProgress((index + share) / plans.length); }), each.plan, next.generation, seam);
    if (Date.now() - seam > (context.environment.streamRetentionHours - 1) * hour) throw new CommandError(`Filling took so long that the stream will soon not hold what came after ${new Date(seam).toISOString()}.`, { next: 'let the stream keep records longer (streamRetentionHours), deploy, and run the same command again' });
    await writeWork(context, each, finish(flip(generations, next)));
    filled.push({ view: each.plan.name, records, items, alreadyReady: false });
  }
  return filled;
};

/** Brings views over datasets to what their committed batches say. */
const fillCurrent = async (context: Context): Promise<readonly FilledView[]> => {
  const views = currentNamed(context, []);
  const done = new Map((await materializeViews(context, views)).map((each) => [each.view, each]));
  const served = await generationStoreOf(context).read(views.map(({ view }) => view));
  return views.map(({ view, dataset }): FilledView => {
    const [name, isServed] = [versionedName(view), served.get(versionedName(view))?.generations.serving !== undefined];
    const { outcome, rows = 0, written = 0 } = done.get(name) ?? {};
    return { view: name, records: rows, items: written, alreadyReady: outcome === 'nothing' && isServed, ...(isServed ? {} : { waitsFor: versionedName(dataset) }) };
  });
};

/**
 * Warm start: fills the state of every view over events that has none yet from raw, and switches on the mapping of the
 * aggregator, which then reads the stream from its oldest record. Once the aggregator was at work, a view that was added is
 * filled beside it, and served when it is complete. Views over datasets get the rows of committed batches. Safe to run twice, and to run again after it was broken off.
 *
 * @param onProgress takes the share that is done, 0 to 1
 */
export const fillFeatures = async (context: Context, onProgress: (share: number) => void = () => undefined, options: PublishOptions = {}): Promise<readonly FilledView[]> =>
{
  // What raw does not hold of a batch must not keep the stream from being folded.
  const windows = await fillWindows(context, onProgress, options);
  const hops = (await fillHops(context, flinkNamed(context, []), onProgress)).map(({ view, records = 0, items = 0, alreadyReady, rebuildFrom }): FilledView => ({ view, records, items, alreadyReady, ...(rebuildFrom === undefined ? {} : { rebuildFrom }) }));
  return [...await fillCurrent(context), ...windows, ...hops];
};

const fillWindows = async (context: Context, onProgress: (share: number) => void, options: PublishOptions): Promise<readonly FilledView[]> => {
  const work = await readWork(context, plansNamed(context, []));
  const waiting = work.filter(({ kept: { generations }, next }) => generations.serving === undefined || next !== undefined).map(({ plan }) => plan);
  const ready = work.filter(({ plan }) => !waiting.includes(plan)).map(({ plan: { name } }): FilledView => ({ view: name, records: 0, items: 0, alreadyReady: true }));
  if (!(await hasStarted(context))) {
    const filled = await fillFirst(context, waiting, onProgress);
    await startAggregator(context);
    return [...ready, ...filled];
  }
  if (!(await isAggregating(context))) await enableAggregator(context);
  // A command that was ended between its last two writes left a follower that has nothing more to do, and costs.
  if (waiting.length === 0) await deleteFollower(context);
  const published = await publishGenerations(context, waiting, onProgress, options);
  return [...ready, ...published.map(({ view, records = 0, items = 0 }): FilledView => ({ view, records, items, alreadyReady: false }))];
};
