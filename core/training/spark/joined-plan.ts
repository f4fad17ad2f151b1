import type { Window } from '../../window/hop';
import { usedWindows } from '../plan-context';
import { hopFloorSql } from '../sql';
import { entriesAlias, lowerEnd } from '../view-parts';
import type { SparkPlanContext, SparkPlanPart } from './plan-context';
import { createView } from './views';

/*
 * What no running aggregate gives is joined: each window's rows to its points. Bins a hop wider than the window, of which a
 * window touches two at most, make that a join by equality.
 */

/** Points with the bins that their windows touch. */
export const binsOf = (points: string, window: Window): string =>
  `(SELECT entity, moment, explode(array_distinct(array(${hopFloorSql(lowerEnd('moment', window), window.width + window.hop)}, ${hopFloorSql('moment - 1', window.width + window.hop)}))) AS bin FROM ${points})`;

/** Whether a row of `rows` is in the window of a point of `probes`. */
export const inWindow = (window: Window): string => `rows.entity = probes.entity AND rows.bin = probes.bin AND rows.known < probes.moment AND rows.effective >= ${lowerEnd('probes.moment', window)}`;

/**
 * The sketches of each window: lists of `k` and `v`, ascending by `k`. The rows of a window are joined once for all of its
 * sketches.
 */
export const sketchPlan = ({ parts, rows, points, view }: SparkPlanContext): SparkPlanPart => {
  const made = usedWindows(parts.windows, parts.sketches.flatMap(({ uses }) => [...uses])).map(({ index, window }) =>
    ({ window, alias: `sketches_${index}`, sketches: parts.sketches.flatMap(({ combine, uses }, part) => (uses.has(index) ? [{ part, combine, name: entriesAlias(index, part) }] : [])) }));
  return {
    statements: made.map(({ window, alias, sketches }) => createView(`sketches of ${window.width} ms`, view(alias), `
      SELECT entity, moment, ${sketches.map(({ part, combine, name }) => `named_struct('entries', array_sort(collect_list(CASE WHEN part = ${part} THEN named_struct('k', k, 'v', ${combine}_v) END))) AS ${name}`).join(', ')}
      FROM (SELECT entity, moment, part, k, CAST(max(v) AS BIGINT) AS max_v, CAST(sum(v) AS BIGINT) AS sum_v
        FROM (SELECT probes.entity, probes.moment, inline(brought)
          FROM ${binsOf(points, window)} AS probes JOIN (SELECT entity, known, effective, ${hopFloorSql('effective', window.width + window.hop)} AS bin,
              array(${sketches.map(({ part }) => `named_struct('part', ${part}, 'k', CAST(s${part}_k AS BIGINT), 'v', CAST(s${part}_v AS BIGINT))`).join(', ')}) AS brought FROM ${rows}) AS rows
            ON ${inWindow(window)}) WHERE k IS NOT NULL GROUP BY entity, moment, part, k)
      GROUP BY entity, moment`)),
    found: made.map(({ alias }) => ({ view: view(alias), alias })),
  };
};
