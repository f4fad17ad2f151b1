import { windowOf } from '../core/window/hop';
import { lowerEnd } from '../core/training/view-parts';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { trainingPeerCases } from './training-peers';
import type { World } from './training-world';
import { closeWorld, dense, lookupCheck, openWorld, planned, sameTables, sparse, timed, widths } from './training-world';

const windowCheck = 'SELECT count(*) AS points, sum("feature:payments_1h") AS hour, sum("feature:payments_7d") AS week, sum("feature:amount_7d") AS amount FROM found';
const naiveWindows = async (world: World): Promise<number> => await timed(world, async () => {
  const within = (index: 0 | 1): string => `effective >= ${lowerEnd('moment', windowOf(widths[index]))}`;
  await world.database.run({ step: 'naive', sql: `CREATE OR REPLACE TEMP TABLE found AS SELECT points.entity, moment, count(id) FILTER (${within(0)})::DOUBLE AS "feature:payments_1h", count(id)::DOUBLE AS "feature:payments_7d", coalesce(sum("field:amount") FILTER (${within(0)}), 0) AS "feature:amount_1h", coalesce(sum("field:amount"), 0) AS "feature:amount_7d"
    FROM points LEFT JOIN records ON records."field:account" = points.entity AND known < moment AND ${within(1)} GROUP BY ALL` });
}, windowCheck);

const bareAsof = async (world: World): Promise<number> => await timed(world, async () => {
  await world.database.run({ step: 'ASOF', sql: `CREATE OR REPLACE TEMP TABLE found AS SELECT points.entity, moment, "field:amount" AS "feature:amount_lifetime" FROM points ASOF LEFT JOIN records ON records."field:account" = points.entity AND known < moment` });
}, lookupCheck);

const fair = (accounts: number): string => `the same tables in one DuckDB with two threads and 4 GB: ${sameTables(accounts)}. Ours chooses its plan by counts; choosing is not timed, reading neither.`;

/** Training sets: how fast windows and newest values are found for a million moments among ten million rows. */
export const trainingCases: readonly BenchCase[] = [
  caseIn({ id: 'training.lookup.asof-limit', what: 'the newest value before each of a million moments, against a bare ASOF join of DuckDB', unit: 's', better: 'less', goal: 0.77, fair: fair(sparse), open: openWorld(sparse), close: closeWorld, ours: async (world) => await planned(world, 'newest', lookupCheck), peer: bareAsof }),
  caseIn({ id: 'training.windows-dense.naive', what: 'windows of an hour and a week at a million moments of busy entities, against a range join in DuckDB', unit: 's', better: 'less', goal: 10, fair: fair(dense), open: openWorld(dense), close: closeWorld, ours: async (world) => await planned(world, 'spending', windowCheck), peer: naiveWindows }),
  caseIn({ id: 'training.windows-sparse.naive', what: 'the same of entities with few rows', unit: 's', better: 'less', goal: 0.8, fair: fair(sparse), open: openWorld(sparse), close: closeWorld, ours: async (world) => await planned(world, 'spending', windowCheck), peer: naiveWindows }),
  ...trainingPeerCases,
];
