import { stateOfAbsence, stateOfRow, type BatchRank } from '../../../core/dataset/current-row';
import { positionOf } from '../../../core/event/position';
import type { Row } from '../../../core/expression/evaluate';
import { sha256 } from '../../../core/manifest/hash';
import { onlineRows } from '../../../core/training/online-rows';
import { readRows } from '../../../core/training/dataset-rows';
import type { ViewPlan, ViewState } from '../../../core/window';
import { bringBatches, bringHeldBatches } from '../batch-files';
import type { Database } from '../duckdb';
import type { CurrentPlace, CurrentView } from './place';

/** What is to be online of one entity. */
export interface WantedItem { readonly entity: string; readonly state: ViewState }

/** What is to be online of a view over a dataset. */
export interface WantedItems {
  /** Tells the rows that were read from any others. */
  readonly content: string;
  /** Batches whose rows may be online and that raw does not hold any more: which of them are gone is not known. */
  readonly unknown: readonly string[];
  /** In the order of the entities, some thousand at a time; what is in memory is that. `past`: so many are left out. */
  readonly items: (past?: number) => AsyncIterable<readonly WantedItem[]>;
}

/**
 * Reads the rows of batches, and gives what is to be online of them.
 *
 * @param read batches whose rows are to be online, the oldest first
 * @param leftBy batches whose rows may be online
 * @throws Error when raw does not hold one of the batches that are to be online
 */
export const wantedItems = async (place: Pick<CurrentPlace, 'raw' | 'directory'>, database: Database, { view, dataset, entity }: CurrentView, plan: ViewPlan, { read, leftBy }: { readonly read: readonly BatchRank[]; readonly leftBy: readonly BatchRank[] }): Promise<WantedItems> => {
  const [rows, left] = ['online_rows', 'left_rows'];
  const [brought, leaving] = [await bringBatches(place.raw, place.directory, dataset, read), await bringHeldBatches(place.raw, place.directory, dataset, leftBy)];
  await database.run(readRows(dataset, brought, rows));
  if (leaving.length > 0) await database.run(readRows(dataset, leaving, left));
  const newest = read.at(-1);
  const fields = Object.keys(dataset.fields);
  return {
    content: sha256([...brought, ...leaving].map(({ batch, contentHash }) => `${batch} ${contentHash}`).join('\n')).slice(0, 16),
    unknown: leftBy.flatMap(({ batch }) => (leaving.some((each) => each.batch === batch) ? [] : [batch])),
    items: async function* items(past = 0) {
      const query = onlineRows(view, entity, dataset, { rows, past, ...(leaving.length > 0 ? { left } : {}) });
      for await (const found of database.stream(query)) {
        yield found.flatMap(([, present, rank, known, position, ...cells]): WantedItem[] => {
          const row: Row = Object.fromEntries(fields.map((name, index) => [name, cells[index] ?? null]));
          const [key, batch] = [plan.entityOf(row), present === true ? read[Number(rank)] : newest];
          if (key === undefined || batch === undefined) return [];
          return [{ entity: key, state: present === true ? stateOfRow(plan, batch, { position: positionOf(String(position)), knownAt: Number(known), row }) : stateOfAbsence(plan, batch) }];
        });
      }
    },
  };
};
