import { curatedTables } from '../lake/curated-table';
import type { Manifest } from '../manifest/manifest';
import type { Finding } from './finding';

/** The functions that look into stores: one in TypeScript for records and items, one in Python for tables and files. */
export type StoreWorker = 'subject-eraser' | 'lake-eraser';

/** A place that keeps data of people. A store that is new joins here, and in the worker that knows how to look into it. */
export interface Store { readonly store: string; readonly worker: StoreWorker }

/** What a worker is told, and tells: it is called with its own answer until it is done. */
export interface StoreOrder extends Store {
  readonly erasure: string;
  /** Whether what is found is erased, or only counted. */
  readonly erases: boolean;
  /** ISO 8601: when this round began to erase. */
  readonly startedAt: string;
  readonly found: Finding;
  readonly isDone: boolean;
  /** Where the worker goes on, in words of its own. */
  readonly after?: string;
}

/** Name of the store that a curated table is. */
export const tableStore = (table: string): string => `table:${table}`;

/**
 * Every store in which subjects are looked for: where records come in before where they are taken to.
 * Last come those that are made of others. What somebody has taken out (a query's answer, a copy of a training set) is none:
 * nobody knows where it is.
 */
export const storesOf = (manifest: Manifest): readonly Store[] => [
  { store: 'landing', worker: 'lake-eraser' },
  ...(['raw', 'quarantine', 'failures', 'state'] as const).map((store) => ({ store, worker: 'subject-eraser' as const })),
  ...curatedTables(manifest).map(({ name }) => ({ store: tableStore(name), worker: 'lake-eraser' as const })),
  // Of definitions that are no longer there: only their worker knows which.
  { store: 'former tables', worker: 'lake-eraser' },
  // Files first: what writes them into a table reads them.
  { store: 'features', worker: 'lake-eraser' },
  { store: 'feature tables', worker: 'lake-eraser' },
];
