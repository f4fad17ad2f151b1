import type { Window } from '../window/hop';
import type { PlanContext, PlanPart } from './plan-context';
import { createTable, usedWindows } from './plan-context';
import type { Statement } from './sql';
import { binSql } from './sql';
import { lowerEnd, totalColumn } from './view-parts';

const columns = (context: PlanContext, each: (column: string) => string): string => context.parts.totals.map((_part, index) => each(`t${index}`)).join(', ');

/** One end of the windows of every point: its number among the ends of a point, and its moment from the point's. */
interface End { readonly number: number; readonly moment: (point: string) => string }

/**
 * Running totals at ends of windows: rows and ends are put in order of entity and time together, so that one sort finds
 * them all; a join for each window would sort the rows each time. An end stands before the rows of its own moment, which it
 * does not count. Totals run on from one entity to the next, since a window without partitions streams and one with
 * partitions is ten times slower: what comes of earlier entities is the same at both ends of a window and cancels out.
 * Entities are numbers here, which sort twice as fast as text.
 */
const totalsAtEnds = (context: PlanContext, names: { readonly ends: string; readonly numbered: string; readonly entities: string }, time: 'known' | 'effective', ends: readonly End[], count: number): Statement =>
  createTable(`running totals by ${time} time`, names.ends, `
  SELECT * FROM (SELECT place, ${columns(context, (column) => `sum(${column}) OVER running AS ${column}`)}
    FROM (SELECT entities.number, source.${time} AS instant, CAST(NULL AS BIGINT) AS place, ${columns(context, (column) => `source.${column}`)} FROM ${context.rows} AS source JOIN ${names.entities} AS entities USING (entity)
      ${ends.map(({ number, moment }) => `UNION ALL SELECT entities.number, ${moment('point.moment')}, point.number * ${count} + ${number}, ${columns(context, () => '0')} FROM ${names.numbered} AS point JOIN ${names.entities} AS entities USING (entity)`).join('\n      ')}
      ORDER BY number, instant, place NULLS LAST)
    WINDOW running AS (ROWS UNBOUNDED PRECEDING))
  WHERE place IS NOT NULL`);

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
  const names = { numbered: table('numbered_points'), entities: table('numbered_entities'), ends: table('totals_at_ends') };
  const lowerNames = lateness > 0 ? { ...names, ends: table('totals_at_lower_ends') } : names;
  const totals = table('totals');
  const late = (index: number): string => table(`late_${index}`);
  const isLate = ({ width }: Window): boolean => lateness > width;
  const lateWindows = windows.filter(({ window }) => isLate(window));
  const count = windows.length + 1;
  const upper: End = { number: 0, moment: (point) => point };
  const lower = windows.map(({ window }, place): End => ({ number: place + 1, moment: (point) => lowerEnd(point, window) }));
  const total = (index: number, window: Window, part: number): string =>
    `upper_end.t${part} - lower_${index}.t${part}${isLate(window) ? ` + coalesce(late_${index}.t${part}, 0)` : ''} AS ${totalColumn(index, part)}`;
  return {
    statements: [
      createTable('numbers of moments', names.numbered, `SELECT row_number() OVER () AS number, entity, moment FROM ${points}`),
      createTable('numbers of entities', names.entities, `SELECT row_number() OVER () AS number, entity FROM (SELECT DISTINCT entity FROM ${points})`),
      totalsAtEnds(context, names, 'known', lateness > 0 ? [upper] : [upper, ...lower], count),
      ...(lateness > 0 ? [totalsAtEnds(context, lowerNames, 'effective', lower, count)] : []),
      ...lateWindows.map(({ index, window }) => lateTotals(context, late(index), window)),
      createTable('window totals', totals, `
        SELECT point.entity, point.moment, ${windows.flatMap(({ index, window }) => parts.totals.flatMap(({ uses }, part) => (uses.has(index) ? [total(index, window, part)] : []))).join(', ')}
        FROM ${names.numbered} AS point JOIN ${names.ends} AS upper_end ON upper_end.place = point.number * ${count}
        ${windows.map(({ index, window }, place) => `JOIN ${lowerNames.ends} AS lower_${index} ON lower_${index}.place = point.number * ${count} + ${place + 1}
        ${isLate(window) ? `LEFT JOIN ${late(index)} AS late_${index} ON late_${index}.entity = point.entity AND late_${index}.moment = point.moment` : ''}`).join('\n')}`),
    ],
    tables: [names.numbered, names.entities, names.ends, ...(lateness > 0 ? [lowerNames.ends] : []), totals, ...lateWindows.map(({ index }) => late(index))],
    joins: [`LEFT JOIN ${totals} AS totals ON totals.entity = point.entity AND totals.moment = point.moment`],
  };
};
