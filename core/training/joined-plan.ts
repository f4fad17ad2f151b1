import type { Window } from '../window/hop';
import type { PlanContext, PlanPart } from './plan-context';
import { createTable, usedWindows } from './plan-context';
import type { Statement } from './sql';
import { binSql } from './sql';
import { entriesAlias, lowerEnd, oldestAlias } from './view-parts';

/*
 * What no difference of running totals gives: sketches and oldest values. Each window's rows are joined to its points. Bins
 * a hop wider than the window, of which a window touches two at most, make that a join by equality; what it costs is the
 * rows in each window, so that wide windows over busy entities are the slowest thing in a training set.
 */
const rowsOfWindows = ({ rows, points }: PlanContext, window: Window, columns: string, condition: string): string => {
  const size = String(window.width + window.hop);
  return `(SELECT entity, moment, unnest(list_distinct([${binSql(lowerEnd('moment', window), size)}, ${binSql('moment - 1', size)}])) AS bin FROM ${points}) AS probes
    JOIN (SELECT entity, known, effective, ${columns}, ${binSql('effective', size)} AS bin FROM ${rows} WHERE ${condition}) AS found USING (entity, bin)
    WHERE found.known < probes.moment AND found.effective >= ${lowerEnd('probes.moment', window)}`;
};

const joinOf = (table: string, alias: string): string => `LEFT JOIN ${table} AS ${alias} ON ${alias}.entity = point.entity AND ${alias}.moment = point.moment`;
const partOf = (made: readonly { readonly statements: readonly Statement[]; readonly table: string; readonly extra?: string; readonly alias: string }[]): PlanPart => ({
  statements: made.flatMap(({ statements }) => statements),
  tables: made.flatMap(({ table, extra }) => [table, ...(extra === undefined ? [] : [extra])]),
  joins: made.map(({ table, alias }) => joinOf(table, alias)),
});

/** The sketch of each window: a list of `k` and `v`, ascending by `k`. */
export const sketchPlan = (context: PlanContext): PlanPart => partOf(context.parts.sketches.flatMap(({ combine, uses }, part) => usedWindows(context.parts.windows, uses).map(({ index, window }) => {
  const alias = entriesAlias(index, part);
  const table = context.table(alias);
  return { alias, table, statements: [createTable(`sketches of ${window.width} ms`, table, `
    SELECT entity, moment, list({'k': k, 'v': v} ORDER BY k) AS entries
    FROM (SELECT probes.entity, probes.moment, found.k, CAST(${combine}(found.v) AS BIGINT) AS v FROM ${rowsOfWindows(context, window, `s${part}_k AS k, s${part}_v AS v`, `s${part}_k IS NOT NULL`)} GROUP BY ALL)
    GROUP BY ALL`)] };
})));

/** The oldest value of each window, by the rank of its row among all of the entity. */
export const oldestPlan = (context: PlanContext): PlanPart => partOf(context.parts.oldest.flatMap(({ uses }, part) => usedWindows(context.parts.windows, uses).map(({ index, window }) => {
  const alias = oldestAlias(index, part);
  const [table, ranked] = [context.table(alias), context.table(`ranked_for_${alias}`)];
  return { alias, table, extra: ranked, statements: [
    createTable('ranks from the oldest', ranked, `SELECT row_number() OVER () AS rank, entity, known, effective, value
      FROM (SELECT entity, known, effective, o${part} AS value FROM ${context.rows} WHERE o${part} IS NOT NULL ORDER BY entity, effective, source, id)`),
    createTable(`oldest values of ${window.width} ms`, table, `SELECT lowest.entity, lowest.moment, ranked.value
      FROM (SELECT probes.entity, probes.moment, min(found.rank) AS rank FROM ${rowsOfWindows({ ...context, rows: ranked }, window, 'rank', 'TRUE')} GROUP BY ALL) AS lowest
      JOIN ${ranked} AS ranked USING (rank)`),
  ] };
})));
