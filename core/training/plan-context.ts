import type { Window } from '../window/hop';
import type { Statement } from './sql';
import type { ViewParts } from './view-parts';

/** What the parts of a view's plan are made from. */
export interface PlanContext {
  readonly parts: ViewParts;
  /** Table, or view of the database, of the feature view's rows: `entity`, `known`, `effective`, `source`, `id`, and `t<i>`, `x<i>`, `n<i>`: what a row brings to each part. */
  readonly rows: string;
  /** Table of distinct `entity` and `moment`. */
  readonly points: string;
  /** Milliseconds by which the latest row became known after its effective time. */
  readonly lateness: number;
  /** A table's name in SQL, apart from those of other views. */
  readonly table: (name: string) => string;
}

/** Part of a plan: statements in order, the tables they leave, and how the values' query joins them to `point`. */
export interface PlanPart {
  readonly statements: readonly Statement[];
  readonly tables: readonly string[];
  readonly joins: readonly string[];
}

export const createTable = (step: string, table: string, query: string): Statement => ({ step, sql: `CREATE OR REPLACE TEMP TABLE ${table} AS ${query}` });

/** What is read as a table is, and worked out where it is read. */
export const createView = (step: string, view: string, query: string): Statement => ({ step, sql: `CREATE OR REPLACE TEMP VIEW ${view} AS ${query}` });

/** Windows with their indices, and those of a part's uses. */
export const usedWindows = (windows: readonly Window[], uses: Iterable<number>): readonly { readonly index: number; readonly window: Window }[] =>
  [...new Set(uses)].sort((left, right) => left - right).flatMap((index) => { const window = windows[index]; return window ? [{ index, window }] : []; });
