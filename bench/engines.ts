import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { EngineRun } from './engine-process';
import { runFlink, type FlinkRun } from './engines-flink';
import { runLambda, type LambdaRun } from './engines-lambda';
import { runSpark } from './engines-spark';
import { closeWorld, fillTopics, landedOf, openWorld, type EnginesWorld, type Filled, type Landed } from './engines-world';

/*
 * The same flights by the code of functions, by Spark and by Flink, one engine after the other. `npm run bench:engines -- 100000`
 * tries it with some of them, and writes no numbers down.
 */

/** Who writes to raw and quarantine. */
const writers = ['validator', 'both', 'spark'] as const;

/** What a run came to, as bench/engines.json has it. */
export interface EnginesRun extends Filled {
  readonly validator: LambdaRun;
  readonly aggregator: LambdaRun;
  readonly both: LambdaRun;
  readonly spark: EngineRun;
  readonly flink: FlinkRun;
  /** What stands in raw and quarantine, by who has written it. */
  readonly landed: Readonly<Record<(typeof writers)[number], Landed>>;
  /** Where two do not come to the same, in words. */
  readonly differences: readonly string[];
  readonly machine: string;
  readonly node: string;
  readonly date: string;
}

type Runs = Pick<EnginesRun, 'aggregator' | 'flink' | 'landed'> & Filled;

const say = (text: string): void => { process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`); };

/** What each engine has made of the events, against how many there are. */
const differencesOf = (world: EnginesWorld, { events, accepted, aggregator, flink, landed }: Runs): readonly string[] => {
  const views = Object.values(world.onFlink.views).filter(({ engine }) => engine === 'flink').length;
  const found: string[] = [];
  const compare = (what: string, value: number, expected: number): void => { if (value !== expected) found.push(`${what}: ${value} instead of ${expected}`); };
  for (const engine of writers) {
    const { raw, identities, quarantine } = landed[engine];
    compare(`${engine}, lines in raw`, raw, accepted);
    compare(`${engine}, events in raw`, identities, accepted);
    compare(`${engine}, lines in quarantine`, quarantine, events - accepted);
  }
  compare('aggregator, rows folded', aggregator.folded, accepted * views);
  compare('Flink, messages that are no partials', flink.problems, 0);
  compare('Flink, views with partials', new Set(Object.keys(flink.counted).map((name) => name.split(',')[0])).size, views);
  for (const [what, rows] of Object.entries(flink.counted)) compare(`Flink, ${what}`, rows, accepted);
  return found;
};

const runEngines = async (count: number): Promise<EnginesRun> => {
  const world = await openWorld();
  try {
    say('filling the topics …');
    const filled = await fillTopics(world, count);
    const told = async <Run extends object>(name: string, run: Promise<Run>): Promise<Run> => {
      say(`${name} …`);
      const came = await run;
      say(`  ${JSON.stringify(came)}`);
      return came;
    };
    const validator = await told('validator', runLambda(world, 'validator', count));
    const aggregator = await told('aggregator', runLambda(world, 'aggregator', count));
    const both = await told('validator and aggregator', runLambda(world, 'both', count));
    const spark = await told('Spark', runSpark(world, filled.events));
    const flink = await told('Flink', runFlink(world, filled.accepted));
    say('comparing …');
    const landed = { validator: await landedOf(world, 'validator'), both: await landedOf(world, 'both'), spark: await landedOf(world, 'spark') };
    const differences = differencesOf(world, { ...filled, aggregator, flink, landed });
    return { ...filled, validator, aggregator, both, spark, flink, landed, differences, machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`, node: process.versions.node, date: new Date().toISOString().slice(0, 10) };
  } finally {
    await closeWorld();
  }
};

const main = async (): Promise<void> => {
  const [asked] = process.argv.slice(2);
  const count = asked === undefined ? Number.POSITIVE_INFINITY : Number(asked);
  if (!(count >= 1)) throw new Error(`'${asked}' is no count of flights; it must be a number from 1, or absent for all of them.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void closeWorld().finally(() => process.exit(1)); });
  const run = await runEngines(count);
  if (asked === undefined) writeFileSync(join(__dirname, 'engines.json'), `${JSON.stringify(run, null, 1)}\n`);
  process.stdout.write(`${JSON.stringify(run)}\n`);
  for (const difference of run.differences) process.stderr.write(`${difference}\n`);
  if (run.differences.length > 0) process.exitCode = 1;
};

if (require.main === module) void main().catch((error: unknown) => { process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`); process.exitCode = 1; });
