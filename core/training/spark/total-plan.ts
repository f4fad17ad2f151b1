import { lowerEnd, newestAlias, totalColumn } from '../view-parts';
import { hopFloorSql } from '../sql';
import type { SparkPlanContext, SparkPlanPart } from './plan-context';
import { usedWindows } from '../plan-context';
import { isLifetime } from '../../window/hop';
import { createView } from './views';

/** In the order of time a moment comes before the rows of its own millisecond: neither at its moment nor at a window's lower end does a row count that is not before it. */
const soFar = 'WINDOW so_far AS (PARTITION BY entity ORDER BY instant, is_row ROWS UNBOUNDED PRECEDING)';

/**
 * Totals of each window, and newest values. Spark has no join to the row before; moments are put between the rows instead,
 * and what came before each is a running aggregate of its entity. What is subtracted for the lower end, and added again
 * for rows that came late, is as in totalPlan of DuckDB; the newest row known so far decides for every width.
 */
export const totalPlan = ({ parts, rows, points, view }: SparkPlanContext): SparkPlanPart => {
  const { totals, newest } = parts;
  if (totals.length + newest.length === 0) return { statements: [], found: [] };
  const windows = usedWindows(parts.windows, totals.flatMap(({ uses }) => [...uses]));
  const late = windows.filter(({ window }) => !isLifetime(window));
  const [upper, lower, lateTotals, found] = [view('upper'), view('lower'), view('late'), view('totals')];
  const totalColumns = totals.map((_part, index) => `t${index}`);
  const newestColumns = newest.map((_part, index) => `n${index}`);
  const list = (columns: readonly string[], each: (column: string) => string): string => columns.map((column) => `, ${each(column)}`).join('');
  const used = windows.flatMap(({ index, window }) => totals.flatMap(({ uses }, part) => (uses.has(index) ? [{ index, window, part, column: totalColumn(index, part) }] : [])));
  const statements = [
    createView('what was known before', upper, `SELECT entity, moment${list(totalColumns, (column) => column)}${newestColumns.map((column, index) => `, ${column} AS ${newestAlias(index)}`).join('')}
      FROM (SELECT entity, moment, is_row${list(totalColumns, (column) => `sum(${column}) OVER so_far AS ${column}`)}${list(newestColumns, (column) => `max(${column}) OVER so_far AS ${column}`)}
        FROM (SELECT entity, known AS instant, 1 AS is_row, CAST(NULL AS BIGINT) AS moment${list([...totalColumns, ...newestColumns], (column) => column)} FROM ${rows}
          UNION ALL SELECT entity, moment, 0, moment${list([...totalColumns, ...newestColumns], () => 'NULL')} FROM ${points})
        ${soFar}) WHERE is_row = 0`),
    ...(used.length === 0 ? [] : [createView('what was before the windows', lower, `SELECT entity, moment, ${used.map(({ index, part, column }) => `max(CASE WHEN in_window = ${index} THEN t${part} END) AS ${column}`).join(', ')}
      FROM (SELECT entity, moment, in_window, is_row${list(totalColumns, (column) => `sum(${column}) OVER so_far AS ${column}`)}
        FROM (SELECT entity, effective AS instant, 1 AS is_row, CAST(NULL AS BIGINT) AS moment, -1 AS in_window${list(totalColumns, (column) => column)} FROM ${rows}
          ${windows.map(({ index, window }) => `UNION ALL SELECT entity, ${lowerEnd('moment', window)}, 0, moment, ${index}${list(totalColumns, () => 'NULL')} FROM ${points}`).join('\n')})
        ${soFar}) WHERE is_row = 0 GROUP BY entity, moment`)]),
    ...(late.length === 0 ? [] : [createView('what came late', lateTotals, `
      WITH late AS (SELECT *, ${hopFloorSql('known', 'class')} AS bin FROM (SELECT *, shiftleft(CAST(1 AS BIGINT), length(bin(known - effective))) AS class FROM ${rows} WHERE known - effective > ${Math.min(...late.map(({ window }) => window.width))})),
        classes AS (SELECT DISTINCT entity, class FROM late),
        probes AS (SELECT point.entity, point.moment, classes.class, ${hopFloorSql('point.moment', 'classes.class')} + step * classes.class AS bin
          FROM ${points} AS point JOIN classes ON classes.entity = point.entity CROSS JOIN (VALUES (0), (1)) AS steps(step))
      SELECT probes.entity, probes.moment, ${used.filter(({ window }) => !isLifetime(window)).map(({ window, part, column }) => `sum(CASE WHEN late.effective < ${lowerEnd('probes.moment', window)} THEN late.t${part} END) AS ${column}`).join(', ')}
      FROM probes JOIN late ON late.entity = probes.entity AND late.class = probes.class AND late.bin = probes.bin
      WHERE late.known >= probes.moment GROUP BY probes.entity, probes.moment`)]),
    createView('totals', found, `SELECT upper.entity, upper.moment${newest.map((_part, index) => `, upper.${newestAlias(index)}`).join('')}${used.map(({ window, part, column }) =>
      `, coalesce(upper.t${part}, 0) - coalesce(lower.${column}, 0)${isLifetime(window) ? '' : ` + coalesce(late.${column}, 0)`} AS ${column}`).join('')}
      FROM ${upper} AS upper ${used.length === 0 ? '' : `LEFT JOIN ${lower} AS lower ON lower.entity = upper.entity AND lower.moment = upper.moment`}
      ${late.length === 0 ? '' : `LEFT JOIN ${lateTotals} AS late ON late.entity = upper.entity AND late.moment = upper.moment`}`),
  ];
  return { statements, found: [{ view: found, alias: 'totals' }] };
};
