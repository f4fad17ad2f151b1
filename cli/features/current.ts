import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { versionedName } from '../../core/manifest/manifest';
import type { CurrentComparison } from '../../lib/runtime/materialize/compare';
import { compareCurrentView } from '../../lib/runtime/materialize/compare';
import type { MaterializedView } from '../../lib/runtime/materialize/materialize';
import { materializeView, removeRows } from '../../lib/runtime/materialize/materialize';
import type { CurrentView, MaterializePlace } from '../../lib/runtime/materialize/place';
import { currentGeneration, currentPlace, currentViews } from '../../lib/runtime/materialize/place';
import type { ViewComparison } from '../../lib/runtime/rebuild/compare';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { viewNamed } from './named';
import type { PublishedGeneration } from './publish';
import type { Progress } from './rebuild-place';
import { tombstonesOf } from './tombstones';

/** Where this machine brings rows of an environment's datasets online. */
const currentPlaceOf = (context: Context): MaterializePlace => {
  const { manifest, names, environment, project } = context;
  const directory = join(project.home, 'cache');
  mkdirSync(directory, { recursive: true });
  return { ...currentPlace({ manifest, directory, region: environment.region, rawBucket: names.bucket('raw'), stateTable: names.stateTable, batchTable: names.batchTable }), tombstones: tombstonesOf(context) };
};

/** The views over datasets among those that a command line names; all of them when it names none. */
export const currentNamed = ({ manifest }: Context, viewNames: readonly string[]): readonly CurrentView[] => {
  const all = currentViews(manifest);
  if (viewNames.length === 0) return all;
  const named = new Set(viewNames.map((name) => versionedName(viewNamed(manifest, name))));
  return all.filter(({ view }) => named.has(versionedName(view)));
};

/** Brings views over datasets to what their committed batches say. */
export const materializeViews = async (context: Context, views: readonly CurrentView[]): Promise<readonly MaterializedView[]> => {
  const place = currentPlaceOf(context);
  const done: MaterializedView[] = [];
  for (const current of views) done.push(await materializeView(place, current));
  return done;
};

/** A batch that was just committed is online some seconds later. */
const waits = [10_000];

/** Undefined for a view that waits for the first batch of its dataset. */
const compareOne = (context: Context, place: MaterializePlace, current: CurrentView): Promise<CurrentComparison | undefined> =>
  compareCurrentView(place, current, { region: context.environment.region, table: context.names.stateTable }, { waits });

/** The views over datasets that a command line names, which must be filled; where it names none, all that are. */
const filledViews = async (place: MaterializePlace, context: Context, viewNames: readonly string[]): Promise<readonly CurrentView[]> => {
  const views: CurrentView[] = [];
  for (const current of currentNamed(context, viewNames)) {
    if ((await place.known.read(current.view)).known !== undefined) views.push(current);
    else if (viewNames.length > 0) throw new CommandError(`The feature view ${versionedName(current.view)} waits for the first batch of ${versionedName(current.dataset)}.`, { next: `npx headrace dataset run ${current.dataset.name} --env ${context.environment.name}` });
  }
  return views;
};

/** Compares views over datasets with the rows of their committed batches. */
export const compareCurrent = async (context: Context, viewNames: readonly string[]): Promise<readonly ViewComparison[]> => {
  const place = currentPlaceOf(context);
  const found: ViewComparison[] = [];
  for (const current of await filledViews(place, context, viewNames)) {
    const compared = await compareOne(context, place, current);
    if (compared) found.push(compared.comparison);
  }
  return found;
};

/** Makes every item of views over datasets anew, and takes away those of which no batch has a row. */
export const publishCurrent = async (context: Context, viewNames: readonly string[], onProgress: Progress): Promise<readonly PublishedGeneration[]> => {
  const place = currentPlaceOf(context);
  const views = await filledViews(place, context, viewNames);
  const done: PublishedGeneration[] = [];
  for (const [index, current] of views.entries()) {
    const { view, rows, written } = await materializeView(place, current, { anew: true, onProgress: (count) => { onProgress(index / views.length, `${versionedName(current.view)}: ${count} rows`); } });
    const { strays = [], newest } = await compareOne(context, place, current) ?? {};
    done.push({ view, generation: currentGeneration, records: rows, items: written + (newest === undefined ? 0 : await removeRows(place, current, strays, newest)) });
  }
  return done;
};
