import type { Window } from '../window/hop';
import type { PlanContext, PlanPart } from './plan-context';
import { createTable, usedWindows } from './plan-context';
import { binSql, hopFloorSql } from './sql';
import { extremeColumn, extremesAlias, lowerEnd } from './view-parts';
import type { ExtremePlan } from './view-parts';

type Columns = (each: (part: ExtremePlan, column: string) => string) => string;

const sameHop = ({ hop }: Window): string => `${hopFloorSql('known', hop)} = ${hopFloorSql('effective', hop)}`;

/** Extremes over the rows that became known in the hop in which they happened: such a row is in the window exactly when its known-at is, as windows begin at a hop. */
const framed = ({ rows, points, lateness }: PlanContext, window: Window, columns: Columns): string => `
  SELECT entity, instant AS moment, ${columns((_part, column) => column)}
  FROM (SELECT entity, instant, is_point, ${columns(({ pick }, column) => `${pick}(${column}) OVER in_window AS ${column}`)}
    FROM (SELECT entity, known AS instant, FALSE AS is_point, ${columns(({ pick }, column) => `${pick}(${column}) AS ${column}`)} FROM ${rows} ${lateness > 0 ? `WHERE ${sameHop(window)}` : ''} GROUP BY entity, known
      UNION ALL SELECT entity, moment, TRUE, ${columns(() => 'NULL')} FROM ${points})
    WINDOW in_window AS (PARTITION BY entity ORDER BY instant RANGE BETWEEN (instant - ${lowerEnd('instant', window)}) PRECEDING AND 1 PRECEDING))
  WHERE is_point`;

/**
 * Extremes over the rows that became known in a later hop. One counts only if its known-at lies in the window; bins a hop
 * wider than the window, of which a point's window touches two at most, make that a join by equality.
 */
const strayed = ({ rows, points }: PlanContext, window: Window, columns: Columns): string => {
  const size = String(window.width + window.hop);
  return `
  SELECT probes.entity, probes.moment, ${columns(({ pick }, column) => `${pick}(strays.${column}) AS ${column}`)}
  FROM (SELECT entity, moment, unnest(list_distinct([${binSql(lowerEnd('moment', window), size)}, ${binSql('moment - 1', size)}])) AS bin FROM ${points}) AS probes
  JOIN (SELECT *, ${binSql('known', size)} AS bin FROM ${rows} WHERE NOT (${sameHop(window)})) AS strays USING (entity, bin)
  WHERE strays.known < probes.moment AND strays.effective >= ${lowerEnd('probes.moment', window)}
  GROUP BY ALL`;
};

/** Smallest and largest values of each window. */
export const extremePlan = (context: PlanContext): PlanPart => {
  const { parts, lateness, table } = context;
  const windows = usedWindows(parts.windows, parts.extremes.flatMap(({ uses }) => [...uses]));
  const queryOf = (index: number, window: Window): string => {
    const columns: Columns = (each) => parts.extremes.flatMap((part, number) => (part.uses.has(index) ? [each(part, extremeColumn(number))] : [])).join(', ');
    if (lateness === 0) return framed(context, window, columns);
    return `SELECT entity, moment, ${columns(({ pick }, column) => `${pick}(${column}) AS ${column}`)} FROM (${framed(context, window, columns)} UNION ALL ${strayed(context, window, columns)}) GROUP BY ALL`;
  };
  return {
    statements: windows.map(({ index, window }) => createTable(`extremes of ${window.width} ms`, table(extremesAlias(index)), queryOf(index, window))),
    tables: windows.map(({ index }) => table(extremesAlias(index))),
    joins: windows.map(({ index }) => `LEFT JOIN ${table(extremesAlias(index))} AS ${extremesAlias(index)} ON ${extremesAlias(index)}.entity = point.entity AND ${extremesAlias(index)}.moment = point.moment`),
  };
};
