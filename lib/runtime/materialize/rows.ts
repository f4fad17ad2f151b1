import { stateOfAbsence, stateOfRow, type BatchRank } from '../../../core/dataset/current-row';
import { positionOf } from '../../../core/event/position';
import type { Row } from '../../../core/expression/evaluate';
import { onlineRows } from '../../../core/training/online-rows';
import { readRows } from '../../../core/training/dataset-rows';
import type { ViewPlan, ViewState } from '../../../core/window';
import { bringBatches } from '../batch-files';
import type { Database } from '../duckdb';
import type { CurrentView, CurrentPlace } from './place';

/** What is to be online of one entity. */
export interface WantedItem { readonly entity: string; /** The entity as SQL has it: work goes on after it. */ readonly place: string; readonly state: ViewState }

export interface WantedOptions {
  /** Batches whose rows are to be online, the oldest first. */
  readonly read: readonly BatchRank[];
  /** Batches whose rows may be online. */
  readonly leftBy: readonly BatchRank[];
  readonly after?: string;
}

/** What is to be online of a dataset's view, in the order of its entities, some thousand at a time; what is in memory is that. */
export const wantedItems = async function* wantedItems(place: Pick<CurrentPlace, 'raw' | 'directory'>, database: Database, { view, dataset, entity }: CurrentView, plan: ViewPlan, { read, leftBy, after }: WantedOptions): AsyncGenerator<readonly WantedItem[]> {
  const [rows, left] = ['online_rows', 'left_rows'];
  await database.run(readRows(dataset, await bringBatches(place.raw, place.directory, dataset, read), rows));
  if (leftBy.length > 0) await database.run(readRows(dataset, await bringBatches(place.raw, place.directory, dataset, leftBy), left));
  const newest = read.at(-1);
  const fields = Object.keys(dataset.fields);
  const query = onlineRows(view, entity, dataset, { rows, ...(leftBy.length > 0 ? { left } : {}), ...(after === undefined ? {} : { after }) });
  for await (const found of database.stream(query)) {
    yield found.flatMap(([text, present, rank, known, position, ...cells]): WantedItem[] => {
      const row: Row = Object.fromEntries(fields.map((name, index) => [name, cells[index] ?? null]));
      const [key, batch] = [plan.entityOf(row), present === true ? read[Number(rank)] : newest];
      if (key === undefined || batch === undefined) return [];
      return [{ entity: key, place: String(text), state: present === true ? stateOfRow(plan, batch, { position: positionOf(String(position)), knownAt: Number(known), row }) : stateOfAbsence(plan, batch) }];
    });
  }
};
