import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { count, entity, event, featureView, float, int, last, over, string, sum } from '../core/definition';
import { compile } from '../core/manifest/compile';
import { densityOf } from '../core/training/density';
import { viewPlan } from '../core/training/view-plan';
import { lowerEnd } from '../core/training/view-parts';
import { windowOf } from '../core/window/hop';
import type { Database } from '../lib/runtime/duckdb';
import { withDatabase } from '../lib/runtime/duckdb';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { benchDirectory } from './peers';

const [labels, rows, days] = [1_000_000, 10_000_000, 180];
const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
/** Windows of the cases; the wide one decides what joining costs. */
const widths = ['1h', '7d'] as const;

const payment = event('payment', { version: 1, partitionBy: 'account', fields: { account: string(), amount: float(), kind: int() } });
const account = entity('account', { id: string() });
const spending = featureView('spending', { version: 1, entity: account, from: payment, by: (f) => ({ id: f.account }), features: (f) => [over([...widths], { payments: count(), amount: sum(f.amount) })] });
const newest = featureView('newest', { version: 1, entity: account, from: payment, by: (f) => ({ id: f.account }), features: (f) => [over('lifetime', { amount: last(f.amount) })] });

const definitionsOf = () => {
  const compiled = compile({ payment, account, spending, newest });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.manifest;
};

/** A world of so many accounts: their payments, evenly spread over half a year, each known as it happens, and moments at which features are wanted. */
interface World { readonly database: Database; readonly close: () => void; readonly closed: Promise<void>; readonly pairs: number }

const openWorld = async (accounts: number): Promise<World> => {
  const directory = join(benchDirectory, 'training');
  mkdirSync(directory, { recursive: true });
  return await new Promise<World>((resolve, reject) => {
    const closed = withDatabase(directory, async (database) => {
      // Numbers that look as if at random, the same each time.
      const time = (number: string): string => `CAST(${begin} + (${number}) % ${days * day} AS BIGINT)`;
      await database.run({ step: 'payments', sql: `CREATE TABLE records AS SELECT 's' AS source, i::VARCHAR AS id, known, known AS effective, 'a' || (i * 7919) % ${accounts} AS "field:account", (i % 1000) / 4.0::DOUBLE AS "field:amount", (i % 7)::DOUBLE AS "field:kind"
        FROM (SELECT i, ${time('i * 1000003')} AS known FROM range(${rows}) AS t(i))` });
      await database.run({ step: 'moments', sql: `CREATE TEMP TABLE points AS SELECT DISTINCT 'a' || (i * 104729) % ${accounts} AS entity, ${time('i * 15485863 + 777')} AS moment FROM range(${labels}) AS t(i)` });
      const [found] = await database.rows(`SELECT sum(r.n::DOUBLE * p.n) AS pairs FROM (SELECT "field:account" AS entity, count(*) AS n FROM records GROUP BY ALL) AS r JOIN (SELECT entity, count(*) AS n FROM points GROUP BY ALL) AS p USING (entity)`);
      await new Promise<void>((close) => { resolve({ database, close, get closed() { return closed; }, pairs: Number(found?.['pairs'] ?? 0) }); });
    }, { threads: 2 });
    closed.catch(reject);
  });
};

/** What both sides must agree on; the sums are of quarters, which doubles hold. */
let answers = new Set<string>();
const timed = async ({ database }: World, work: () => Promise<void>, check: string): Promise<number> => {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const [answer] = await database.rows(check);
  answers.add(JSON.stringify(answer));
  if (answers.size > 1) throw new Error(`The sides have found ${[...answers].join(' and ')}: they do not do the same work.`);
  return seconds;
};

const range = { from: begin, to: begin + days * day };

const planned = async (world: World, name: 'spending' | 'newest', check: string): Promise<number> => {
  const manifest = definitionsOf();
  const [view, of] = [manifest.views[`${name}@v1`], manifest.entities['account']];
  if (!view || !of) throw new Error('The definitions of the bench did not compile as they are named.');
  const density = densityOf(view, { rows, points: labels, pairs: world.pairs }, range);
  process.stderr.write(`  ${density}\n`);
  return await timed(world, async () => {
    for (const statement of viewPlan(view, of, { records: 'records', points: 'points', values: 'found', earliest: range.from, latest: range.to, lateness: 0, density })) await world.database.run(statement);
  }, check);
};

const windowCheck = 'SELECT count(*) AS points, sum("feature:payments_1h") AS hour, sum("feature:payments_7d") AS week, sum("feature:amount_7d") AS amount FROM found';
const naiveWindows = async (world: World): Promise<number> => await timed(world, async () => {
  const within = (index: 0 | 1): string => `effective >= ${lowerEnd('moment', windowOf(widths[index]))}`;
  await world.database.run({ step: 'naive', sql: `CREATE OR REPLACE TEMP TABLE found AS SELECT points.entity, moment, count(id) FILTER (${within(0)})::DOUBLE AS "feature:payments_1h", count(id)::DOUBLE AS "feature:payments_7d", coalesce(sum("field:amount") FILTER (${within(0)}), 0) AS "feature:amount_1h", coalesce(sum("field:amount"), 0) AS "feature:amount_7d"
    FROM points LEFT JOIN records ON records."field:account" = points.entity AND known < moment AND ${within(1)} GROUP BY ALL` });
}, windowCheck);

const lookupCheck = 'SELECT count(*) AS points, sum("feature:amount_lifetime") AS amount FROM found';
const bareAsof = async (world: World): Promise<number> => await timed(world, async () => {
  await world.database.run({ step: 'ASOF', sql: `CREATE OR REPLACE TEMP TABLE found AS SELECT points.entity, moment, "field:amount" AS "feature:amount_lifetime" FROM points ASOF LEFT JOIN records ON records."field:account" = points.entity AND known < moment` });
}, lookupCheck);

const open = (accounts: number) => async (): Promise<World> => {
  answers = new Set();
  return await openWorld(accounts);
};
const close = async ({ close: end, closed }: World): Promise<void> => {
  end();
  await closed;
};
const [sparse, dense] = [1_000_000, 1000];
const fair = (accounts: number): string => `the same tables in one DuckDB with two threads and 4 GB: ${labels} moments and ${rows} rows of ${accounts} entities, evenly over ${days} days; equal counts and sums. Ours chooses its plan by counts; choosing is not timed, reading neither.`;

/** Training sets: how fast windows and newest values are found for a million moments among ten million rows. */
export const trainingCases: readonly BenchCase[] = [
  caseIn({ id: 'training.lookup.asof-limit', what: 'the newest value before each of a million moments, against a bare ASOF join of DuckDB', unit: 's', better: 'less', goal: 0.77, fair: fair(sparse), open: open(sparse), close, ours: async (world) => await planned(world, 'newest', lookupCheck), peer: bareAsof }),
  caseIn({ id: 'training.windows-dense.naive', what: 'windows of an hour and a week at a million moments of busy entities, against a range join in DuckDB', unit: 's', better: 'less', goal: 10, fair: fair(dense), open: open(dense), close, ours: async (world) => await planned(world, 'spending', windowCheck), peer: naiveWindows }),
  caseIn({ id: 'training.windows-sparse.naive', what: 'the same of entities with few rows', unit: 's', better: 'less', goal: 0.8, fair: fair(sparse), open: open(sparse), close, ours: async (world) => await planned(world, 'spending', windowCheck), peer: naiveWindows }),
];
