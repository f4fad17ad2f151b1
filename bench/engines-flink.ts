import { createInterface } from 'node:readline';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import { environmentOf } from '../core/environment';
import { planView } from '../core/window';
import { decodePartial, flinkSql } from '../core/window/flink';
import { flinkArchive } from '../lib/constructs/flink-archive';
import { flinkDirectory } from '../local/programs';
import { startEngine, type EngineRun } from './engine-process';
import { runPartials, type LambdaRun } from './engines-lambda';
import { messagesOn, topics, type EnginesWorld } from './engines-world';
import { benchDirectory } from './peers';

/** What Flink came to, with what it has sent. */
export interface FlinkRun extends EngineRun {
  readonly messages: number;
  /** Messages that are no partials. */
  readonly problems: number;
  /** Events in all hops of a view's tier by their last partials; each is to be of all events. */
  readonly counted: Readonly<Record<string, number>>;
  /** The code of the function that puts them into items. */
  readonly partials: LambdaRun;
}

const longestSeconds = 40 * 60;
const opened = ['java.lang', 'java.util', 'java.time', 'java.nio', 'java.net'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** What Managed Flink has for a unit: a state on disk, a checkpoint a minute; of a unit's 4 GB some go to RocksDB. */
const properties = (brokers: string, directory: string): string => JSON.stringify(Object.entries({
  headrace: { brokers: `PLAINTEXT://${brokers}`, accepted: topics.accepted, partials: topics.partials, group: 'bench-features' },
  // The topic ends: with it the watermark goes to the end of time, every hop is sent, and Flink ends.
  accepted: { 'scan.bounded.mode': 'latest-offset' },
  flink: {
    'parallelism.default': '2', 'state.backend.type': 'rocksdb', 'taskmanager.memory.managed.size': '1 gb', 'execution.checkpointing.interval': '60 s', 'execution.checkpointing.min-pause': '30 s',
    'execution.checkpointing.dir': `file://${join(directory, 'checkpoints')}`, 'io.tmp.dirs': join(directory, 'tmp'),
  },
}).map(([PropertyGroupId, PropertyMap]) => ({ PropertyGroupId, PropertyMap })));

interface Message { readonly partition: number; readonly value: Buffer }

/** What Flink has sent, one after the other: all of it would not fit into memory. */
async function* sent(brokers: string): AsyncGenerator<Message> {
  let left = await messagesOn(brokers, topics.partials);
  const consumer = new Consumer({ clientId: 'bench', bootstrapBrokers: [brokers], groupId: 'bench-partials', autocommit: false });
  if (left > 0) {
    const stream = await consumer.consume({ topics: [topics.partials], mode: 'earliest' });
    for await (const { partition, value } of stream) {
      yield { partition, value: value ?? Buffer.alloc(0) };
      if ((left -= 1) === 0) break;
    }
    await stream.close();
  }
  await consumer.close();
}

/** Counts, by view and tier, how many events the last partial of each hop is of. */
const counter = ({ onFlink }: EnginesWorld) => {
  const plans = new Map(Object.entries(onFlink.views).filter(([, { engine }]) => engine === 'flink').map(([name, view]) => [name, planView(onFlink, view)]));
  const last = new Map<string, Map<string, Map<number, number>>>();
  let [problems, messages] = [0, 0];
  return {
    take: ({ value }: Message): void => {
      messages += 1;
      const decoded = decodePartial(value.toString('utf8'), (view) => plans.get(view));
      if (!decoded.ok) { problems += 1; return; }
      const { plan, partial: { tier, entity, start, rows } } = decoded;
      const name = `${plan.name}, hops of ${(plan.tiers[tier]?.hop ?? 0) / 60_000} min`;
      const ofTier = last.get(name) ?? new Map<string, Map<number, number>>();
      last.set(name, ofTier);
      ofTier.set(entity, (ofTier.get(entity) ?? new Map<number, number>()).set(start, rows));
    },
    counts: () => ({ messages, problems, counted: Object.fromEntries([...last].map(([name, entities]) => [name, [...entities.values()].flatMap((hops) => [...hops.values()]).reduce((sum, rows) => sum + rows, 0)])) }),
  };
};

/** Has Flink work out the windows of all accepted events, by the job and the SQL that are deployed. */
export const runFlink = async (world: EnginesWorld, events: number): Promise<FlinkRun> => {
  const directory = join(benchDirectory, 'engines-flink');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'tmp'), { recursive: true });
  const { streamRetentionHours } = environmentOf({ name: 'bench', account: '000000000000', region: 'us-east-1' });
  const sql = flinkSql(world.onFlink, { streamRetention: streamRetentionHours * 3_600_000 });
  if (sql === undefined) throw new Error('The example has no view that Flink could work out.');
  const archive = flinkArchive(sql);
  const [flink, file, manifestFile] = [flinkDirectory(), join(directory, 'application_properties.json'), join(directory, 'manifest.json')];
  writeFileSync(file, properties(world.brokers, directory));
  writeFileSync(manifestFile, JSON.stringify(world.onFlink));
  const engine = startEngine(join(flink, 'java', 'bin', 'java'), ['-Xmx1500m', '-XX:MaxDirectMemorySize=1g', ...opened, '-cp', `${archive}:${join(flink, 'jars', '*')}`, 'headrace.FeatureJob', file], { directory, environment: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' } });
  const lines: string[] = [];
  for (const input of [engine.job.stdout, engine.job.stderr]) createInterface({ input }).on('line', (line) => { lines.push(line); if (lines.length > 30) lines.shift(); });
  let seconds = 0;
  engine.job.once('exit', () => { seconds = engine.seconds(); });
  let start: { readonly startSeconds: number; readonly startCpuSeconds: number } | undefined;
  try {
    while (!engine.hasEnded()) {
      if (engine.seconds() > longestSeconds) throw new Error(`Flink takes too long; it has said:\n${lines.join('\n')}`);
      await Promise.race([engine.ended, delay(200)]);
      if (start === undefined && await messagesOn(world.brokers, topics.partials) > 0) start = { startSeconds: engine.seconds(), startCpuSeconds: engine.used().cpuSeconds };
    }
    await engine.ended;
    if (engine.job.exitCode !== 0) throw new Error(`Flink has ended with ${engine.job.exitCode ?? engine.job.signalCode ?? 'nothing'}:\n${lines.join('\n')}`);
  } finally {
    engine.end();
  }
  const [used, count] = [engine.used(), counter(world)];
  const partials = await runPartials(manifestFile, sent(world.brokers), count.take);
  return { events, startSeconds: 0, startCpuSeconds: 0, ...start, seconds, ...used, ...count.counts(), partials };
};
