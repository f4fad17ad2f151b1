import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from './case';
import { caseIn } from './case';
import { benchDirectory, startPeer } from './peers';
import type { Side } from './side';
import type { World } from './training-world';
import { agree, closeWorld, dense, lookupCheck, openWorld, planned, sameTables, sparse } from './training-world';

/** The world, its tables as Parquet files, and a peer that reads them. */
interface PeerWorld { readonly world: World; readonly directory: string; readonly peer: Side }
interface Files { readonly records: string; readonly points: string; readonly directory: string }

/** What Feast may take: far more memory than the 4 GB of ours, and time enough to be called unusable. */
const limits = { gigabytes: 12, gigabytesOnDisk: 20, seconds: 600 };

const openWith = (accounts: number, start: (files: Files) => Promise<Side>) => async (): Promise<PeerWorld> => {
  const world = await openWorld(accounts)();
  const directory = mkdtempSync(join(benchDirectory, 'training-peer-'));
  const close = async (): Promise<void> => {
    await closeWorld(world);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const files = { directory, records: join(directory, 'records.parquet'), points: join(directory, 'points.parquet') };
    await world.database.run({ step: 'files of records', sql: `COPY (SELECT id, "field:account" AS account, make_timestamp_ms(known) AS time, "field:amount" AS amount FROM records) TO '${files.records}' (FORMAT parquet)` });
    await world.database.run({ step: 'files of points', sql: `COPY (SELECT entity AS account, make_timestamp_ms(moment) AS time FROM points) TO '${files.points}' (FORMAT parquet)` });
    // The same files as tables, for the cases in which reading is part of the work.
    await world.database.run({ step: 'records of a file', sql: `CREATE OR REPLACE TEMP VIEW read_records AS SELECT 's' AS source, id, epoch_ms(time) AS known, epoch_ms(time) AS effective, account AS "field:account", amount AS "field:amount" FROM read_parquet('${files.records}')` });
    await world.database.run({ step: 'points of a file', sql: `CREATE OR REPLACE TEMP VIEW read_points AS SELECT account AS entity, epoch_ms(time) AS moment FROM read_parquet('${files.points}')` });
    return { world, directory, peer: await start(files) };
  } catch (error) {
    await close();
    throw error;
  }
};

const close = async ({ world, directory, peer }: PeerWorld): Promise<void> => {
  await peer.close();
  await closeWorld(world);
  rmSync(directory, { recursive: true, force: true });
};

interface Answered { readonly seconds: number | null; readonly points: number; readonly amount: number }

/** Seconds that a peer takes; undefined when it gave up or went beyond what it may take. */
const joined = async ({ peer }: PeerWorld): Promise<number | undefined> => {
  let answer: Answered;
  try { answer = await peer.ask<Answered>({}); } catch (error) {
    if (error instanceof Error && /ended \((?:SIGALRM|SIGKILL|SIGABRT|SIGSEGV)\)/u.test(error.message)) return undefined;
    throw error;
  }
  const { seconds, points, amount } = answer;
  if (seconds === null) return undefined;
  agree({ points, amount });
  return seconds;
};

const asofCase = (engine: 'pandas' | 'polars', join: 'merge_asof' | 'join_asof', goal: number): BenchCase => caseIn({
  id: `training.lookup.${join.replace('_', '-')}`, what: `the newest value before each of a million moments, against ${join} of ${engine}`, unit: 's', better: 'less', goal,
  fair: `the same tables, in memory on both sides, ours in a DuckDB with two threads and 4 GB: ${sameTables(sparse)}. The peer sorts by time, as its join wants it, and joins; handing the tables over as Parquet and reading them is in neither side. It takes no notice of when a row became known, and of rows of one time takes any.`,
  open: openWith(sparse, ({ records, points }) => startPeer('training_asof.py', [engine, records, points], { POLARS_MAX_THREADS: '2' }, 'requirements-training')), close,
  ours: ({ world }) => planned(world, 'newest', lookupCheck), peer: joined,
});

const feastCase = (name: 'sparse' | 'dense', accounts: number, goal: number): BenchCase => caseIn({
  id: `training.lookup-${name}.feast`, what: `the newest value before each of a million moments of ${name === 'sparse' ? 'entities with few rows' : 'busy entities'}, against Feast's historical features`, unit: 's', better: 'less', goal,
  fair: `both sides read the same two Parquet files, each time anew: ${sameTables(accounts)}. Ours has a DuckDB with two threads and 4 GB; the peer is Feast 0.67 with its offline store on DuckDB, get_historical_features to a data frame, with two threads, ${limits.gigabytes} GB of address space, ${limits.gigabytes - 4} GB of it for DuckDB, ${limits.gigabytesOnDisk} GB of disk and ${limits.seconds / 60} minutes; what goes beyond that did not finish. Feast's moments are a millisecond earlier, since it takes rows of the moment itself too.`,
  open: openWith(accounts, ({ records, points, directory }) => {
    const settings = join(directory, 'settings.json');
    writeFileSync(settings, JSON.stringify({ records, points, directory, ...limits }));
    return startPeer('training_feast.py', [settings], { FEAST_USAGE: 'False' }, 'requirements-feast');
  }), close,
  ours: ({ world }) => planned(world, 'newest', lookupCheck, ['read_records', 'read_points']), peer: joined,
});

/** Newest values against other libraries' joins in time. */
export const trainingPeerCases: readonly BenchCase[] = [
  asofCase('pandas', 'merge_asof', 1), asofCase('polars', 'join_asof', 0.5),
  feastCase('sparse', sparse, 5), feastCase('dense', dense, 50),
];
