import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { count, entity, event, featureView, float, int, last, over, string, sum } from '../core/definition';
import { compile } from '../core/manifest/compile';
import { densityOf } from '../core/training/density';
import { viewPlan } from '../core/training/view-plan';
import type { Database } from '../lib/runtime/duckdb';
import { withDatabase } from '../lib/runtime/duckdb';
import { benchDirectory } from './peers';

/** What there is of everything: moments at which values are wanted, rows, and days over which both are spread. */
const [labels, rows, days] = [1_000_000, 10_000_000, 180];
const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);
/** Windows of the cases; the wide one decides what joining costs. */
export const widths = ['1h', '7d'] as const;

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
export interface World {
  readonly database: Database;
  readonly accounts: number;
  /** Pairs of a row and a moment of one account. */
  readonly pairs: number;
  readonly close: () => void;
  readonly closed: Promise<void>;
}

const openDatabase = async (accounts: number): Promise<World> => {
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
      await new Promise<void>((close) => { resolve({ database, accounts, close, get closed() { return closed; }, pairs: Number(found?.['pairs'] ?? 0) }); });
    }, { threads: 2 });
    closed.catch(reject);
  });
};

/** What both sides must agree on; the sums are of quarters, which doubles hold. */
const answers = new Set<string>();

/** @throws Error when another side has found something else */
export const agree = (answer: Readonly<Record<string, unknown>>): void => {
  answers.add(JSON.stringify(answer));
  if (answers.size > 1) throw new Error(`The sides have found ${[...answers].join(' and ')}: they do not do the same work.`);
};

/** Seconds that a side takes to fill the table `found`. */
export const timed = async ({ database }: World, work: () => Promise<void>, check: string): Promise<number> => {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const [answer] = await database.rows(check);
  agree(answer ?? {});
  return seconds;
};

const range = { from: begin, to: begin + days * day };

/**
 * Seconds that the platform's plan takes; it is chosen by counts that are known before.
 *
 * @param records what the rows are read from
 */
export const planned = async (world: World, name: 'spending' | 'newest', check: string, [records, points] = ['records', 'points']): Promise<number> => {
  const manifest = definitionsOf();
  const [view, of] = [manifest.views[`${name}@v1`], manifest.entities['account']];
  if (!view || !of) throw new Error('The definitions of the bench did not compile as they are named.');
  const density = densityOf(view, { rows, points: labels, pairs: world.pairs }, range);
  process.stderr.write(`  ${density}\n`);
  return await timed(world, async () => {
    for (const statement of viewPlan(view, of, { records, points, values: 'found', earliest: range.from, latest: range.to, lateness: 0, density })) await world.database.run(statement);
  }, check);
};

/** What is compared of newest values. */
export const lookupCheck = 'SELECT count(*) AS points, sum("feature:amount_lifetime") AS amount FROM found';

export const openWorld = (accounts: number) => async (): Promise<World> => {
  answers.clear();
  return await openDatabase(accounts);
};

export const closeWorld = async ({ close, closed }: World): Promise<void> => {
  close();
  await closed;
};

/** Accounts of the cases: each with few rows, and each with many. */
export const [sparse, dense] = [1_000_000, 1000];

/** What the sides of every case have alike. */
export const sameTables = (accounts: number): string => `${labels} moments and ${rows} rows of ${accounts} entities, evenly over ${days} days; equal counts and sums`;
