import { isLifetime } from '../window/hop';
import type { PlanContext, PlanPart } from './plan-context';
import { createTable, usedWindows } from './plan-context';
import { binSql } from './sql';
import { extremeColumn, extremesAlias, lowerEnd, newestAlias, totalColumn } from './view-parts';

/**
 * Totals, extremes and newest values where few rows lie in the windows of few moments: the rows of each moment's widest
 * window are joined to it, once for all windows. Bins a hop wider than that window, of which it touches two at most, make it
 * a join by equality. What it costs is the rows in windows, and not all rows.
 *
 * @param isScarce entities have so few rows and moments that comparing each with each costs less than bins do
 */
export const sparsePlan = ({ parts, rows, points, table }: PlanContext, isScarce: boolean): PlanPart => {
  if (parts.totals.length + parts.extremes.length + parts.newest.length === 0) return { statements: [], tables: [], joins: [] };
  const { windows } = parts;
  const inWindow = (index: number): string => `found.effective >= lower_${index}`;
  const values = [
    ...parts.totals.flatMap(({ uses }, part) => usedWindows(windows, uses).map(({ index }) => `sum(found.t${part}) FILTER (${inWindow(index)}) AS ${totalColumn(index, part)}`)),
    ...parts.extremes.flatMap(({ uses, pick }, part) => usedWindows(windows, uses).map(({ index }) => `${pick}(found.x${part}) FILTER (${inWindow(index)}) AS w${index}_${extremeColumn(part)}`)),
    // The newest value decides for every width: where it is older than a window, so is every other.
    ...parts.newest.flatMap((_part, part) => [`max(found.effective) FILTER (found.n${part} IS NOT NULL) AS n${part}_effective`, `arg_max(found.n${part}, (found.effective, found.source, found.id)) FILTER (found.n${part} IS NOT NULL) AS n${part}_value`]),
  ];
  const lower = windows.map((window, index) => ({ sql: lowerEnd('moment', window), alias: `lower_${index}` }));
  const size = String(Math.max(...windows.map((window) => (isLifetime(window) ? window.width : window.width + window.hop))));
  const isWhole = isScarce || windows.some(isLifetime);
  const first = `least(${lower.map(({ sql }) => sql).join(', ')})`;
  const direct = table('rows of windows');
  const join = (alias: string, columns: readonly string[]): string => `LEFT JOIN (SELECT entity, moment, ${columns.join(', ')} FROM ${direct}) AS ${alias} ON ${alias}.entity = point.entity AND ${alias}.moment = point.moment`;
  return {
    statements: [createTable('rows of windows', direct, `
      SELECT probes.entity, probes.moment, ${values.join(', ')}
      FROM (SELECT entity, moment, ${first} AS first, ${lower.map(({ sql, alias }) => `${sql} AS ${alias}`).join(', ')}${isWhole ? '' : `, unnest(list_distinct([${binSql(first, size)}, ${binSql('moment - 1', size)}])) AS bin`} FROM ${points}) AS probes
      JOIN (SELECT *${isWhole ? '' : `, ${binSql('effective', size)} AS bin`} FROM ${rows}) AS found USING (entity${isWhole ? '' : ', bin'})
      WHERE found.known < probes.moment AND found.effective >= probes.first
      GROUP BY ALL`)],
    tables: [direct],
    joins: [
      ...(parts.totals.length === 0 ? [] : [join('totals', parts.totals.flatMap(({ uses }, part) => usedWindows(windows, uses).map(({ index }) => totalColumn(index, part))))]),
      ...usedWindows(windows, parts.extremes.flatMap(({ uses }) => [...uses])).map(({ index }) => join(extremesAlias(index), parts.extremes.flatMap(({ uses }, part) => (uses.has(index) ? [`w${index}_${extremeColumn(part)} AS ${extremeColumn(part)}`] : [])))),
      ...parts.newest.map((_part, part) => join(newestAlias(part), [`n${part}_effective AS effective`, `n${part}_value AS value`])),
    ],
  };
};
