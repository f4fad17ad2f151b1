import { flinkGeneration, flinkViews } from '../../core/feature/flink-views';
import { versionedName } from '../../core/manifest/manifest';
import type { ViewPlan } from '../../core/window';
import { applicationName, environmentSql, openUntil } from '../../core/window/flink';
import { awsService } from '../../lib/runtime/aws-request';
import { ServiceFault } from '../../lib/runtime/aws-json';
import { flinkApplications } from '../../lib/runtime/flink-application';
import { buildGeneration } from '../../lib/runtime/rebuild/build';
import { installHops } from '../../lib/runtime/rebuild/install-hops';
import type { Context } from '../context';
import { formerRunEnded } from './former-run';
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

/** A view of Flink's that is read. */
export interface FilledHops extends PublishedGeneration {
  readonly alreadyReady: boolean;
  /** When the hops have passed that were open: a rebuild then puts the events into them that came before Flink. Only where there were some. */
  readonly rebuildFrom?: string;
}

/** Fills the views of Flink's that are not read yet. */
export const fillHops = async (context: Context, plans: readonly ViewPlan[], onProgress: Progress): Promise<readonly FilledHops[]> => {
  const waiting = new Set((await readWork(context, plans)).filter(({ kept }) => kept.generations.serving === undefined).map(({ plan }) => plan.name));
  if (waiting.size > 0) await formerRunEnded(context);
  const published = await publishHops(context, plans.filter(({ name }) => waiting.has(name)), onProgress);
  const until = new Map(plans.map((plan) => [plan.name, new Date(openUntil(plan, Date.now())).toISOString()]));
  return [
    ...plans.filter(({ name }) => !waiting.has(name)).map(({ name }) => ({ view: name, generation: flinkGeneration, alreadyReady: true })),
    ...published.map((each): FilledHops => {
      const rebuildFrom = until.get(each.view);
      return { ...each, alreadyReady: false, ...(each.items && rebuildFrom !== undefined ? { rebuildFrom } : {}) };
    }),
  ];
};

/** The command that puts what raw holds into the items of views that Flink works out. */
const rebuildHops = ({ environment }: Context, views: readonly string[]): string => `npx headrace features rebuild ${views.join(' ')} --publish --env ${environment.name}`;

/** What is to be said of views that were filled while hops were open of which Flink has not seen the beginning; `undefined` where there are none. */
export const unseenHops = (context: Context, filled: readonly Pick<FilledHops, 'view' | 'rebuildFrom'>[]): string | undefined => {
  const unseen = filled.flatMap(({ view, rebuildFrom }) => (rebuildFrom === undefined ? [] : [{ view, rebuildFrom }]));
  if (unseen.length === 0) return undefined;
  const last = unseen.reduce((latest, { rebuildFrom }) => (rebuildFrom > latest ? rebuildFrom : latest), '');
  const views = unseen.map(({ view }) => view);
  return `Flink has not seen what came before it was deployed, so that hops of ${views.join(', ')} that are open now may lack events until they are rebuilt.\nnext: after ${last}, ${rebuildHops(context, views)}`;
};

/**
 * Looks whether the next deploy makes another Flink application, which begins without any state.
 *
 * @returns what is to be said of it when it is deployed; `undefined` where Flink goes on as it is, or there is none
 */
export const flinkBegins = async (context: Context): Promise<string | undefined> => {
  const { manifest, environment, names } = context;
  const sql = environment.ingestion === 'msk' ? environmentSql(manifest, environment) : undefined;
  if (sql === undefined) return undefined;
  const name = applicationName(names, sql);
  try {
    if (await flinkApplications(awsService('kinesisanalytics')).status(name) !== undefined) return undefined;
  } catch (error) {
    // Who deploys by the CDK's roles may look at nothing: that keeps nobody from deploying.
    if (error instanceof ServiceFault && error.code === 'AccessDeniedException') return undefined;
    throw error;
  }
  return `Flink begins without any state, as ${name}, with the first record that its topic keeps. Events of hops that began before that it does not count in full: their features keep what they have, and are exact after ${rebuildHops(context, flinkViews(manifest).map(versionedName))}, when the widest hop that is open now has passed.`;
};
