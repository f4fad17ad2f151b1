import { mkdirSync } from 'node:fs';
import { isoText } from '../../../core/event/time';
import { flinkViews } from '../../../core/feature/flink-views';
import type { EntityDefinition, EventDefinition, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { viewsReadBy } from '../../../core/model/inputs';
import type { ConsistencyReport } from '../../../core/monitoring/consistency';
import { consistencyCheck } from '../../../core/monitoring/consistency';
import type { LoggedPrediction } from '../../../core/monitoring/logged-prediction';
import type { Marks } from '../../../core/monitoring/watermark-chains';
import { dropCopies } from '../../../core/training/raw-records';
import type { FeatureValues, FoldOptions, ViewPlan } from '../../../core/window';
import { planView } from '../../../core/window';
import type { Database } from '../duckdb';
import { withDatabase } from '../duckdb';
import type { RawPlace } from '../raw-files';
import { listRaw } from '../raw-files';
import { lines, loadLines, shardPlaces } from '../rebuild/entity-states';
import type { TrainingPlace } from '../training/place';
import { foldedFeatures } from './folded-features';
import type { DatasetPlace } from './known-features';
import { knownFeatures, knownRows, momentsOf } from './known-features';
import type { LogPlace, LogRange } from './logged-predictions';
import { loadPredictions, readPredictions } from './logged-predictions';
import { rowFeatures } from './row-features';
import type { WantedFeatures } from './wanted';

/** Where logged predictions and what they were made from are read. */
export interface MonitoringPlace extends TrainingPlace, DatasetPlace, LogPlace {
  readonly fold: FoldOptions;
  readonly now: () => number;
  /** Takes the share that is done, 0 to 1, and what is being done. */
  readonly onProgress: (share: number, step: string) => void;
}

/** More predictions than these are not folded in one run: what is in memory is their features. */
const mostChecked = 100_000;

const hour = 3_600_000;

/** A view that a model reads for a slot. */
interface Lookup { readonly name: string; readonly slot: string; readonly plan: ViewPlan; readonly entity: EntityDefinition }

const lookupsOf = ({ manifest }: RawPlace, model: ModelDefinition): readonly Lookup[] => viewsReadBy(model).map(({ slot, view, version }) => {
  const name = versionedName({ name: view, version });
  const definition = manifest.views[name];
  const entity = definition && manifest.entities[definition.entity];
  if (!entity) throw new Error(`The model ${versionedName(model)} reads the feature view ${name}, which the manifest does not have; compile the definitions again.`);
  return { name: `${slot}.${name}`, slot, plan: planView(manifest, definition), entity };
});

/** What a prediction's features came to, view by view. */
interface Found { readonly logged: LoggedPrediction; readonly folded: Map<string, FeatureValues>; readonly known: Map<string, FeatureValues>; isCovered: boolean }

const noMarks: Marks = new Map();

const wantsOf = (found: readonly Found[], { name, slot }: Lookup): readonly WantedFeatures[] =>
  found.map(({ logged: { moment, entities, watermarks } }) => ({ key: entities[slot] ?? {}, moment, marks: watermarks?.get(name) ?? noMarks }));

const put = (found: readonly Found[], into: 'folded' | 'known', { name }: Lookup, features: readonly (FeatureValues | undefined)[]): void => {
  for (const [index, each] of found.entries()) {
    const values = features[index];
    if (values) each[into].set(name, values);
  }
};

/** Works out what raw gives for the views over one event type. */
const checkEvents = async (place: MonitoringPlace, database: Database, source: EventDefinition, lookups: readonly Lookup[], all: readonly Found[]): Promise<void> => {
  const { earliest } = momentsOf(all.map(({ logged }) => logged));
  const from = lookups.some(({ plan }) => plan.isForever) ? 0 : earliest - Math.max(...lookups.map(({ plan }) => plan.reach));
  const rebuild = { ...place, stateTable: '' };
  const now = place.now();
  await loadLines(rebuild, database, source, await listRaw(place, source), from);
  const places = await shardPlaces(database, now);
  // An hour after a record arrived raw has it in any case, as for a seam.
  const reaches = ({ arrival, watermarks }: LoggedPrediction, { name }: Lookup): boolean => arrival < now - hour || [...watermarks?.get(name) ?? noMarks].every(([shard, mark]) => (places.get(shard)?.last ?? '') >= mark);
  for (const each of all) each.isCovered &&= lookups.every((lookup) => reaches(each.logged, lookup));
  const found = all.filter(({ isCovered }) => isCovered);
  for (const lookup of lookups) put(found, 'folded', lookup, (await foldedFeatures({ database, manifest: place.manifest, fold: place.fold, lines }, lookup.plan, wantsOf(found, lookup))).features);
  await database.run(dropCopies(source, lines));
  for (const lookup of lookups) put(found, 'known', lookup, await knownFeatures(database, lines, { view: lookup.plan.view, entity: lookup.entity, wants: wantsOf(found, lookup) }));
};

/** Works out what raw gives for a view over a dataset. */
const checkRows = async (place: MonitoringPlace, database: Database, lookup: Lookup, all: readonly Found[]): Promise<void> => {
  const { plan, entity } = lookup;
  const dataset = place.manifest.datasets[versionedName(plan.view.from)];
  if (!dataset) throw new Error(`The feature view ${plan.name} is made from ${versionedName(plan.view.from)}, which the manifest does not have; compile the definitions again.`);
  const seen = await rowFeatures(place, database, plan, dataset, entity, wantsOf(all, lookup));
  for (const [index, each] of all.entries()) each.isCovered &&= seen[index] !== undefined;
  put(all, 'folded', lookup, seen);
  put(all, 'known', lookup, await knownRows(place, database, dataset, { view: plan.view, entity, wants: wantsOf(all, lookup) }) ?? []);
};

/**
 * Holds the inputs of logged predictions against raw: each value must be what a fold of exactly those records gives that its
 * state had folded, by the watermarks that were logged with it. How far that is from what was known before the moment, which a
 * training set would have, stands beside it.
 *
 * @param most predictions that are looked at
 */
export const checkConsistency = async (place: MonitoringPlace, model: ModelDefinition, range: LogRange, most = mostChecked): Promise<ConsistencyReport> => {
  mkdirSync(place.directory, { recursive: true });
  return await withDatabase(place.directory, async (database) => {
    const predictions = await loadPredictions(place, database, model, range);
    const read = await readPredictions(place, database, model, most);
    const all = read.flatMap((logged): Found[] => (logged.watermarks === undefined ? [] : [{ logged, folded: new Map(), known: new Map(), isCovered: true }]));
    const unmarked: ReadonlySet<string> = new Set(flinkViews(place.manifest).map(versionedName));
    const lookups = lookupsOf(place, model).filter(({ plan }) => !unmarked.has(plan.name));
    const check = consistencyCheck(model, unmarked);
    for (const logged of read) if (logged.watermarks === undefined) check.addUnread(logged);
    if (all.length > 0) {
      for (const [source, own] of Map.groupBy(lookups, ({ plan }) => versionedName(plan.view.from))) {
        place.onProgress(0.3, `folding ${source}`);
        const event = place.manifest.events[source];
        if (event) await checkEvents(place, database, event, own, all);
        else for (const lookup of own) await checkRows(place, database, lookup, all);
      }
      for (const each of all) if (each.isCovered) check.add(each);
    }
    return check.result({ from: isoText(range.from), to: isoText(range.to), predictions, unread: read.length - all.length, uncovered: all.filter(({ isCovered }) => !isCovered).length });
  });
};
