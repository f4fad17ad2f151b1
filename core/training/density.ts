import type { EntityDefinition, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { ExampleRange, TrainingSetPlanInput } from './training-set-plan';
import { lookupsOf, slotColumn } from './training-set-plan';
import type { Density } from './view-plan';
import { viewEntitySql } from './view-plan';
import { reachOf } from './view-parts';

/** What decides how a view's windows are found. */
export interface DensityCounts {
  /** Rows of the source. */
  readonly rows: number;
  /** Moments of entities at which values are wanted. */
  readonly points: number;
  /** Pairs of a row and a moment of one entity, whatever their times are. */
  readonly pairs: number;
}

/**
 * What joining one row of a window costs, in rows of the source that are put in order. Measured with DuckDB 1.5.5 on two
 * cores, a million rows and 100,000 moments of ever fewer entities: both plans took as long where windows held 7 rows for
 * each row of the source (count and sum of two windows) or 11 (one newest value); with extremes, ordering costs more still.
 */
const rowsOfAJoin = 1 / 7;

/**
 * Pairs of a row and a moment, for each row and moment, up to which comparing all of them costs less than bins. Measured at
 * the same size: with windows of a week up to some thirty, with windows of an hour, which leave fewest of the pairs, up to
 * between three and nine.
 */
const pairsOfABin = 5;

/**
 * One row of {@link DensityCounts} over the tables that a view is worked out from.
 *
 * @param candidates the table of those for whose moments values are wanted
 */
export const densityQuery = (input: TrainingSetPlanInput, view: ViewDefinition, entity: EntityDefinition, candidates = 'candidates'): string => {
  const { table } = input.records(view.from);
  const slots = lookupsOf(input).filter((each) => versionedName(each.view) === versionedName(view)).map(({ slot }) => slotColumn(slot));
  return `WITH records AS (SELECT ${viewEntitySql(view, entity)} AS entity, count(*) AS rows FROM ${table} GROUP BY ALL),
      points AS (SELECT entity, count(*) AS points FROM (${slots.map((slot) => `SELECT ${slot} AS entity FROM ${candidates} WHERE dropped IS NULL`).join(' UNION ALL ')}) GROUP BY ALL)
    SELECT (SELECT sum(rows) FROM records)::DOUBLE AS rows, (SELECT sum(points) FROM points)::DOUBLE AS points, (SELECT sum(rows::DOUBLE * points) FROM records JOIN points USING (entity)) AS pairs`;
};

/**
 * How a view's windows are found best: by joining the rows of windows where there are fewer of them than rows in all, and
 * without bins where there is little to leave out.
 *
 * @param range of the moments
 */
export const densityOf = (view: Pick<ViewDefinition, 'features'>, { rows, points, pairs }: DensityCounts, { from, to }: Pick<ExampleRange, 'from' | 'to'>): Density => {
  if (pairs < pairsOfABin * (rows + points)) return 'scarce';
  const reach = reachOf(view);
  // A moment meets the rows of two bins, each as wide as the widest window; times are taken to be evenly spread.
  const joined = pairs * Math.min(1, (2 * reach) / (reach + to - from));
  return joined * rowsOfAJoin < rows + points ? 'sparse' : 'dense';
};
