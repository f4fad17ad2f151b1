import type { Window } from '../../window/hop';
import { usedWindows } from '../plan-context';
import { hopFloorSql } from '../sql';
import { extremeColumn, extremesAlias, lowerEnd, oldestAlias } from '../view-parts';
import type { SparkPlanContext, SparkPlanPart } from './plan-context';
import { binsOf, inWindow } from './joined-plan';
import { createView } from './views';

/** A column of the rows of which each window wants the smallest or largest. */
interface Pick { readonly column: string; readonly pick: 'min' | 'max'; readonly name: string }

/** The oldest value is that of the smallest row in its order. */
const picksOf = ({ parts }: SparkPlanContext, index: number): readonly Pick[] => [
  ...parts.extremes.flatMap(({ pick, uses }, part) => (uses.has(index) ? [{ column: `x${part}`, pick, name: extremeColumn(part) }] : [])),
  ...parts.oldest.flatMap(({ uses }, part) => (uses.has(index) ? [{ column: `o${part}`, pick: 'min' as const, name: oldestAlias(index, part) }] : [])),
];

const list = (picks: readonly Pick[], each: (pick: Pick) => string): string => picks.map(each).join(', ');

/**
 * Extremes over the rows that became known in the hop in which they happened: such a row is in the window exactly when its
 * known-at is. Spark's frames cannot begin at a hop, and one that slides is worked out anew for every row; so time is cut
 * into blocks, and a window is the end of one block, at most one that is whole, and the beginning of another. Blocks are
 * whole hops and no longer than the window, unless that is shorter than a hop: then it begins where a block does.
 */
const inBlocks = ({ rows, points }: SparkPlanContext, window: Window, picks: readonly Pick[]): string => {
  const size = window.hop * Math.max(1, Math.floor(window.width / window.hop));
  const block = (instant: string): string => hopFloorSql(instant, size);
  const lower = lowerEnd('moment', window);
  const running = (probes: string, order: string): string => `SELECT entity, moment, ${list(picks, ({ name }) => name)}
    FROM (SELECT entity, moment, is_row, ${list(picks, ({ pick, name }) => `${pick}(${name}) OVER of_block AS ${name}`)}
      FROM (SELECT entity, ${block('known')} AS block, known AS instant, 1 AS is_row, CAST(NULL AS BIGINT) AS moment, ${list(picks, ({ column, name }) => `${column} AS ${name}`)}
          FROM ${rows} WHERE ${hopFloorSql('known', window.hop)} = ${hopFloorSql('effective', window.hop)}
        UNION ALL ${probes})
      WINDOW of_block AS (PARTITION BY entity, block ORDER BY ${order} ROWS UNBOUNDED PRECEDING)) WHERE is_row = 0`;
  const none = list(picks, () => 'NULL');
  const beginning = running(`SELECT entity, ${block('moment - 1')}, moment, 0, moment, ${none} FROM ${points}`, 'instant, is_row');
  const end = running(`SELECT entity, ${block('instant')}, instant, 0, moment, ${none} FROM (
      SELECT entity, moment, ${lower} AS instant FROM ${points} WHERE ${block(lower)} < ${block('moment - 1')}
      UNION ALL SELECT entity, moment, ${block(lower)} + ${size} FROM ${points} WHERE ${block(lower)} + ${size} < ${block('moment - 1')})`, 'instant DESC, is_row DESC');
  return `${beginning} UNION ALL ${end}`;
};

/** Extremes over the rows that became known in a later hop, which are joined to the moments. */
const strayed = ({ rows, points }: SparkPlanContext, window: Window, picks: readonly Pick[]): string => `
  SELECT probes.entity, probes.moment, ${list(picks, ({ column, pick, name }) => `${pick}(rows.${column}) AS ${name}`)}
  FROM ${binsOf(points, window)} AS probes JOIN (SELECT *, ${hopFloorSql('effective', window.width + window.hop)} AS bin FROM ${rows} WHERE ${hopFloorSql('known', window.hop)} <> ${hopFloorSql('effective', window.hop)}) AS rows
    ON ${inWindow(window)} GROUP BY probes.entity, probes.moment`;

/** Smallest and largest values of each window, and the oldest. */
export const extremePlan = (context: SparkPlanContext): SparkPlanPart => {
  const { parts, view } = context;
  const windows = usedWindows(parts.windows, [...parts.extremes, ...parts.oldest].flatMap(({ uses }) => [...uses]));
  return {
    statements: windows.map(({ index, window }) => {
      const picks = picksOf(context, index);
      return createView(`extremes of ${window.width} ms`, view(extremesAlias(index)), `SELECT entity, moment, ${list(picks, ({ pick, name }) => `${pick}(${name}) AS ${name}`)}
        FROM (${inBlocks(context, window, picks)} UNION ALL ${strayed(context, window, picks)}) GROUP BY entity, moment`);
    }),
    found: windows.map(({ index }) => ({ view: view(extremesAlias(index)), alias: extremesAlias(index) })),
  };
};
