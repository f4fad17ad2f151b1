import type { Scalar } from '../definition/node';
import type { ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { Window } from '../window/hop';
import { windowOf } from '../window/hop';
import { aggregateSql } from './aggregate-sql';
import type { ExpressionScope } from './expression-sql';
import { hopFloorSql } from './sql';

/** What a part of each row comes to in some windows; `uses` are indices into the view's windows. */
export interface PartPlan { readonly ofRow: string; readonly uses: ReadonlySet<number> }
export interface ExtremePlan extends PartPlan { readonly pick: 'min' | 'max' }

/** A sketch: what a row brings is a key and a value, and values of one key are put together. */
export interface SketchPlan { readonly combine: 'sum' | 'max'; readonly key: string; readonly value: string; readonly uses: ReadonlySet<number> }

/** What a view's features need of its rows: equal parts of several features are worked out once. */
export interface ViewParts {
  readonly windows: readonly Window[];
  readonly totals: readonly PartPlan[];
  readonly extremes: readonly ExtremePlan[];
  readonly newest: readonly PartPlan[];
  readonly oldest: readonly PartPlan[];
  readonly sketches: readonly SketchPlan[];
  /** Each feature's value, from the columns that the parts' tables have: {@link totalColumn} and the like. */
  readonly features: readonly { readonly name: string; readonly scalar: Scalar; readonly sql: string }[];
}

/** Column of a part's total in a window, in the table aliased `totals`. */
export const totalColumn = (window: number, part: number): string => `w${window}_t${part}`;
/** Alias of the table with the extremes of one window, and the column of a part in it. */
export const extremesAlias = (window: number): string => `extremes_${window}`;
export const extremeColumn = (part: number): string => `x${part}`;
/** Alias of the table with the newest value of a part: columns `effective` and `value`. */
export const newestAlias = (part: number): string => `newest_${part}`;

/** Alias of the table with a part's oldest value in one window: column `value`. */
export const oldestAlias = (window: number, part: number): string => `oldest_${window}_${part}`;
/** Alias of the table with a part's sketch in one window: column `entries`. */
export const entriesAlias = (window: number, part: number): string => `sketch_${window}_${part}`;

/** Earliest effective time that a window at a point's moment counts. */
export const lowerEnd = (moment: string, { width, hop }: Window): string => hopFloorSql(`${moment} - ${width}`, hop);

/** How far before a moment a view's windows reach at most, milliseconds: what became known before that counts for nothing. */
export const reachOf = ({ features }: Pick<ViewDefinition, 'features'>): number =>
  Math.max(0, ...features.flatMap((feature) => (feature.kind === 'window' ? [windowOf(feature.width)] : [])).map(({ width, hop }) => width + hop));

interface Collected<P> { readonly parts: (P & { uses: Set<number> })[]; readonly add: (part: P, window: number) => number }

/** A list of distinct parts, told apart by `key`. */
const collector = <P>(key: (part: P) => string): Collected<P> => {
  const parts: (P & { uses: Set<number> })[] = [];
  const indices = new Map<string, number>();
  return { parts, add: (part, window) => {
    const index = indices.get(key(part)) ?? parts.push({ ...part, uses: new Set<number>() }) - 1;
    indices.set(key(part), index);
    parts[index]?.uses.add(window);
    return index;
  } };
};

/**
 * Takes a view's features apart.
 *
 * @throws Error naming the view when it has a feature that is no window
 */
export const partsOfView = (view: ViewDefinition, scope: ExpressionScope): ViewParts => {
  const windows = collector<Window>(({ width }) => String(width));
  const totals = collector<{ readonly ofRow: string }>(({ ofRow }) => ofRow);
  const extremes = collector<{ readonly ofRow: string; readonly pick: 'min' | 'max' }>(({ ofRow, pick }) => `${pick} ${ofRow}`);
  const newest = collector<{ readonly ofRow: string }>(({ ofRow }) => ofRow);
  const oldest = collector<{ readonly ofRow: string }>(({ ofRow }) => ofRow);
  const sketches = collector<Omit<SketchPlan, 'uses'>>(({ combine, key, value }) => `${combine} ${key} ${value}`);
  const features = view.features.map((feature) => {
    if (feature.kind !== 'window') throw new Error(`The feature ${feature.name} of ${versionedName(view)} is no window over events; training sets take windows.`);
    const plan = windowOf(feature.width);
    const window = windows.add(plan, 0);
    const sql = aggregateSql(feature.aggregate, {
      total: (ofRow) => `coalesce(totals.${totalColumn(window, totals.add({ ofRow }, window))}, 0)`,
      extreme: (pick, ofRow) => `${extremesAlias(window)}.${extremeColumn(extremes.add({ ofRow, pick }, window))}`,
      newest: (ofRow) => {
        const alias = newestAlias(newest.add({ ofRow }, window));
        return `CASE WHEN ${alias}.effective >= ${lowerEnd('point.moment', plan)} THEN ${alias}.value END`;
      },
      oldest: (ofRow) => `${oldestAlias(window, oldest.add({ ofRow }, window))}.value`,
      sketch: (combine, key, value) => `${entriesAlias(window, sketches.add({ combine, key, value }, window))}.entries`,
    }, scope);
    return { name: feature.name, scalar: feature.scalar, sql };
  });
  return { windows: windows.parts, totals: totals.parts, extremes: extremes.parts, newest: newest.parts, oldest: oldest.parts, sketches: sketches.parts, features };
};
