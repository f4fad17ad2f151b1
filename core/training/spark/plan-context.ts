import type { Statement } from '../sql';
import type { ViewParts } from '../view-parts';

/** What the parts of a view's plan on Spark are made from. */
export interface SparkPlanContext {
  readonly parts: ViewParts;
  /** View of the rows: `entity`, `known`, `effective`, `source`, `id`, and what a row brings to each part: `t<i>`, `x<i>`, `n<i>`, `o<i>`, `s<i>_k` and `s<i>_v`. */
  readonly rows: string;
  /** View of distinct `entity` and `moment`. */
  readonly points: string;
  /** A view's name in SQL, apart from those of other views. */
  readonly view: (name: string) => string;
}

/** Part of a plan: statements in order, and views of `entity`, `moment` and what features read, by the alias under which they do. */
export interface SparkPlanPart { readonly statements: readonly Statement[]; readonly found: readonly { readonly view: string; readonly alias: string }[] }
