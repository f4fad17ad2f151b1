import type { Window } from '../window/hop';
import type { PlanContext, PlanPart } from './plan-context';
import { createTable, usedWindows } from './plan-context';
import type { Statement } from './sql';
import { binSql } from './sql';
import { lowerEnd, totalColumn } from './view-parts';

/** Before every row: where an entity's running totals begin. */
const beginning = -(2n ** 62n);

const columns = (context: PlanContext, each: (column: string) => string): string => context.parts.totals.map((_part, index) => each(`t${index}`)).join(', ');

/**
 * Running totals over all rows in order of entity and time. They run on from one entity to the next, since a window
 * without partitions streams and one with partitions is ten times slower; each entity has a row at its beginning, so that
 * the difference of two moments of an entity is its own.
 */
const runningTotals = (context: PlanContext, table: string, time: 'known' | 'effective'): Statement => createTable(`running totals by ${time} time`, table, `
  SELECT entity, instant, ${columns(context, (column) => `sum(${column}) OVER running AS ${column}`)}
  FROM (SELECT entity, ${time} AS instant, ${columns(context, (column) => `sum(${column}) AS ${column}`)} FROM ${context.rows} GROUP BY ALL
    UNION ALL SELECT DISTINCT entity, ${beginning}, ${columns(context, () => 'CAST(0 AS HUGEINT)')} FROM ${context.rows}
    ORDER BY entity, instant)
  WINDOW running AS (ROWS UNBOUNDED PRECEDING)`);

/**
 * What the rows that are older than the window but were not known at the moment come to: the lower end's running total
 * holds them and the upper end's does not. Only a row that became known more than a width after its time can be one.
 * Rows are put into classes by a power of two above their lateness: a row of class S counts only for moments in the same
 * bin of S as its known-at, or in the one before, so that a join by equality finds them.
 */
const lateTotals = (context: PlanContext, table: string, window: Window): Statement => createTable(`rows known more than ${window.width} ms late`, table, `
  WITH late AS (SELECT *, CAST(pow(2, floor(log2(known - effective)) + 1) AS BIGINT) AS class FROM ${context.rows} WHERE known - effective > ${window.width}),
    binned AS (SELECT *, ${binSql('known', 'class')} AS bin FROM late),
    classes AS (SELECT DISTINCT entity, class FROM late),
    probes AS (SELECT point.entity, point.moment, classes.class, ${binSql('point.moment', 'classes.class')} + unnest([0, 1]) AS bin
      FROM ${context.points} AS point JOIN classes USING (entity))
  SELECT probes.entity, probes.moment, ${columns(context, (column) => `sum(binned.${column}) AS ${column}`)}
  FROM probes JOIN binned USING (entity, class, bin)
  WHERE binned.known >= probes.moment AND binned.effective < ${lowerEnd('probes.moment', window)}
  GROUP BY ALL`);

/**
 * Totals of each window: what was known before the moment, less what had happened before the window's lower end, and back
 * again what of that was not known yet. Exact, as totals are whole numbers.
 */
export const totalPlan = (context: PlanContext): PlanPart => {
  const { parts, points, lateness, table } = context;
  if (parts.totals.length === 0) return { statements: [], tables: [], joins: [] };
  const windows = usedWindows(parts.windows, parts.totals.flatMap(({ uses }) => [...uses]));
  const known = table('known_totals');
  const effective = lateness > 0 ? table('effective_totals') : known;
  const upper = table('upper');
  const totals = table('totals');
  const lower = (index: number): string => table(`lower_${index}`);
  const late = (index: number): string => table(`late_${index}`);
  const isLate = ({ width }: Window): boolean => lateness > width;
  const lowerStatement = (index: number, window: Window): Statement => createTable(`lower ends of ${window.width} ms`, lower(index), `
    SELECT ends.entity, ends.moment, ${columns(context, (column) => `running.${column}`)}
    FROM (SELECT DISTINCT entity, ${lowerEnd('moment', window)} AS moment FROM ${points}) AS ends
    ASOF LEFT JOIN ${effective} AS running ON running.entity = ends.entity AND running.instant < ends.moment`);
  const total = (index: number, window: Window, part: number): string =>
    `coalesce(upper_end.t${part}, 0) - coalesce(lower_${index}.t${part}, 0)${isLate(window) ? ` + coalesce(late_${index}.t${part}, 0)` : ''} AS ${totalColumn(index, part)}`;
  return {
    statements: [
      runningTotals(context, known, 'known'),
      ...(lateness > 0 ? [runningTotals(context, effective, 'effective')] : []),
      createTable('upper ends', upper, `SELECT point.entity, point.moment, ${columns(context, (column) => `running.${column}`)}
        FROM ${points} AS point ASOF LEFT JOIN ${known} AS running ON running.entity = point.entity AND running.instant < point.moment`),
      ...windows.map(({ index, window }) => lowerStatement(index, window)),
      ...windows.filter(({ window }) => isLate(window)).map(({ index, window }) => lateTotals(context, late(index), window)),
      createTable('window totals', totals, `
        SELECT upper_end.entity, upper_end.moment, ${windows.flatMap(({ index, window }) => parts.totals.flatMap(({ uses }, part) => (uses.has(index) ? [total(index, window, part)] : []))).join(', ')}
        FROM ${upper} AS upper_end
        ${windows.map(({ index, window }) => `LEFT JOIN ${lower(index)} AS lower_${index} ON lower_${index}.entity = upper_end.entity AND lower_${index}.moment = ${lowerEnd('upper_end.moment', window)}
        ${isLate(window) ? `LEFT JOIN ${late(index)} AS late_${index} ON late_${index}.entity = upper_end.entity AND late_${index}.moment = upper_end.moment` : ''}`).join('\n')}`),
    ],
    tables: [known, ...(lateness > 0 ? [effective] : []), upper, totals, ...windows.map(({ index }) => lower(index)), ...windows.filter(({ window }) => isLate(window)).map(({ index }) => late(index))],
    joins: [`LEFT JOIN ${totals} AS totals ON totals.entity = point.entity AND totals.moment = point.moment`],
  };
};
