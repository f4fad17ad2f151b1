import { stateOfRow } from '../../../core/dataset/current-row';
import { placeText, positionOf } from '../../../core/event/position';
import type { Row } from '../../../core/expression/evaluate';
import type { DatasetDefinition, EntityDefinition } from '../../../core/manifest/manifest';
import { readRows } from '../../../core/training/dataset-rows';
import { fieldColumn } from '../../../core/training/expression-sql';
import type { FeatureValues, ViewPlan, ViewState } from '../../../core/window';
import { featuresAt } from '../../../core/window';
import { bringHeldBatches } from '../batch-files';
import type { Database } from '../duckdb';
import type { DatasetPlace } from './known-features';
import type { WantedFeatures } from './wanted';
import { loggedEntitySql, putWantedEntities, wantedEntities } from './wanted';

/** The row of a batch that an item of a dataset's view was made from, as its watermark says; an item without one holds none. */
interface SeenRow { readonly batch: string; readonly place: string }

const seenRow = ({ marks }: WantedFeatures): SeenRow | undefined => {
  const [text] = [...marks.values()];
  const position = text === undefined ? undefined : positionOf(text);
  return position === undefined || position.shard !== 'file' ? undefined : { batch: position.source.replace(/^dataset\//u, ''), place: placeText(position) };
};

/**
 * Works out, for every prediction, the features of a dataset's view from the row of raw that its watermark names.
 *
 * @returns undefined for those of batches that raw does not hold any more, or that were never committed
 */
export const rowFeatures = async (place: DatasetPlace, database: Database, plan: ViewPlan, dataset: DatasetDefinition, entity: EntityDefinition, wants: readonly WantedFeatures[]): Promise<readonly (FeatureValues | undefined)[]> => {
  const named = new Set(wants.flatMap((want) => seenRow(want)?.batch ?? []));
  const batches = await bringHeldBatches(place.raw, place.directory, dataset, (await place.committed(dataset)).filter(({ batch }) => named.has(batch)));
  const entities = wantedEntities(wants, entity);
  await putWantedEntities(database, entities, plan.view, entity);
  await database.run(readRows(dataset, batches, 'seen_rows'));
  const fields = Object.keys(dataset.fields);
  const states = new Map<string, ViewState>();
  const keyOf = (number: number, { batch, place: at }: SeenRow): string => `${number} ${batch} ${at}`;
  const query = `SELECT number, batch_rank, known, position, ${fields.map(fieldColumn).join(', ')} FROM seen_rows JOIN wanted_entities ON wanted_entities.entity = ${loggedEntitySql(plan.view, entity)}`;
  for await (const rows of database.stream(query)) for (const [number, rank, known, text, ...cells] of rows) {
    const batch = batches[Number(rank)];
    if (!batch) continue;
    const [position, row]: [ReturnType<typeof positionOf>, Row] = [positionOf(String(text)), Object.fromEntries(fields.map((name, index) => [name, cells[index] ?? null]))];
    states.set(keyOf(Number(number), { batch: batch.batch, place: placeText(position) }), stateOfRow(plan, batch, { position, knownAt: Number(known), row }));
  }
  const held = new Set(batches.map(({ batch }) => batch));
  const features: (FeatureValues | undefined)[] = wants.map(() => undefined);
  for (const [number, { wants: own }] of entities.entries()) for (const { index, want } of own) {
    const seen = seenRow(want);
    if (seen && !held.has(seen.batch)) continue;
    features[index] = featuresAt(plan, seen && states.get(keyOf(number, seen)), want.moment);
  }
  return features;
};
