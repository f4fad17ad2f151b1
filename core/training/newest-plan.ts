import type { PlanContext, PlanPart } from './plan-context';
import { createTable } from './plan-context';
import { newestAlias } from './view-parts';

/**
 * Newest values: the row that is newest of all that were known before the moment decides for every width, since when it
 * is older than a window then so is every other. Rows are ranked by (effective time, source, id); the highest rank known
 * so far is a running maximum in order of known-at. Ranks run on from one entity to the next, so that a running maximum
 * over all of them is each entity's own.
 */
export const newestPlan = ({ parts, rows, points, table }: PlanContext): PlanPart => {
  const plans = parts.newest.map((_part, part) => {
    const [ranked, progress, newest] = [table(`ranked_${part}`), table(`progress_${part}`), table(newestAlias(part))];
    return {
      tables: [ranked, progress, newest],
      statements: [
        createTable('ranks', ranked, `SELECT row_number() OVER () AS rank, entity, known, effective, value
          FROM (SELECT entity, known, effective, n${part} AS value FROM ${rows} WHERE n${part} IS NOT NULL ORDER BY entity, effective, source, id)`),
        createTable('highest ranks so far', progress, `SELECT entity, instant, max(rank) OVER (ROWS UNBOUNDED PRECEDING) AS rank
          FROM (SELECT entity, known AS instant, max(rank) AS rank FROM ${ranked} GROUP BY ALL ORDER BY entity, instant)`),
        createTable('newest values', newest, `SELECT found.entity, found.moment, ranked.effective, ranked.value
          FROM (SELECT point.entity, point.moment, progress.rank FROM ${points} AS point
            ASOF JOIN ${progress} AS progress ON progress.entity = point.entity AND progress.instant < point.moment) AS found
          JOIN ${ranked} AS ranked USING (rank)`),
      ],
      join: `LEFT JOIN ${newest} AS ${newestAlias(part)} ON ${newestAlias(part)}.entity = point.entity AND ${newestAlias(part)}.moment = point.moment`,
    };
  });
  return { statements: plans.flatMap(({ statements }) => statements), tables: plans.flatMap(({ tables }) => tables), joins: plans.map(({ join }) => join) };
};
