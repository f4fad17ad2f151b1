import { isFlinkView } from '../../core/feature/flink-views';
import type { ViewDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ViewPlan } from '../../core/window';
import { planView } from '../../core/window';
import { awsService } from '../../lib/runtime/aws-request';
import type { GenerationStore } from '../../lib/runtime/generation-store';
import { dynamoGenerationStore } from '../../lib/runtime/generation-store';
import type { BuildPlace } from '../../lib/runtime/rebuild/build';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { rawPlace } from '../raw-place';
import { viewNamed } from './named';
import { tombstonesOf } from './tombstones';

/** Takes the share that is done, 0 to 1, and what is being done. */
export type Progress = (share: number, step: string) => void;

/** Where a rebuild of this environment reads and works on this machine. */
export const rebuildPlace = (context: Context, onProgress: Progress): BuildPlace => ({
  ...rawPlace(context), stateTable: context.names.stateTable, fold: { streamRetention: context.environment.streamRetentionHours * 3_600_000 }, onProgress,
  tombstones: tombstonesOf(context),
});

export const generationStoreOf = ({ names }: Context): GenerationStore => dynamoGenerationStore({ table: names.stateTable, service: awsService('dynamodb') });

const windowsNamed = ({ manifest }: Context, viewNames: readonly string[], wants: (view: ViewDefinition) => boolean): readonly ViewPlan[] => {
  const views: readonly ViewDefinition[] = viewNames.length > 0 ? viewNames.map((name) => viewNamed(manifest, name)) : Object.values(manifest.views);
  return [...new Map(views.map((view) => [versionedName(view), view])).values()].filter((view) => view.from.kind === 'event' && wants(view)).map((view) => planView(manifest, view));
};

/** The views that the aggregator folds among those that a command line names; all of them when it names none. */
export const plansNamed = (context: Context, viewNames: readonly string[]): readonly ViewPlan[] => windowsNamed(context, viewNames, (view) => !isFlinkView(view));

/** The views that Flink works out among them. */
export const flinkNamed = (context: Context, viewNames: readonly string[]): readonly ViewPlan[] => windowsNamed(context, viewNames, isFlinkView);

/** The generation of a view that is served. */
export const servingGeneration = async (context: Context, view: ViewDefinition): Promise<number> => {
  const serving = (await generationStoreOf(context).read([view])).get(versionedName(view))?.generations.serving;
  if (serving === undefined) throw new CommandError(`The feature view ${versionedName(view)} has not been filled yet.`, { next: `npx headrace features fill --env ${context.environment.name}` });
  return serving;
};
