import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localEnvironment } from '../core/environment';
import { judgeBundle } from '../lib/constructs/judge-bundle';
import { sparkDirectory, sparkSetUp, pythonFor } from '../local/programs';
import type { EnginesWorld } from './engines-world';
import { bucketsOf, cluster, credentials, objectsIn, paths, publish, region, topics } from './engines-world';
import { flightsExample } from './flights';
import { benchDirectory } from './peers';
import { watchTree } from './process-tree';

/** What an engine of its own processes came to. */
export interface EngineRun {
  readonly events: number;
  /** From the start of its first process to the first thing that it has written. */
  readonly startSeconds: number;
  /** From the start of its first process to the last event. */
  readonly seconds: number;
  readonly startCpuSeconds: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

const root = join(__dirname, '..');
const version = 'bench';
const longest = 20 * 60_000;

const settings = 'import pathlib, sys; sys.path.insert(0, sys.argv[1]); import spark_settings; spark_settings.write(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4])';

const words = (buckets: ReturnType<typeof bucketsOf>, judge: string, brokers: string): readonly string[] => Object.entries({
  environment: 'bench', region, topic: topics.events, brokers: `PLAINTEXT://${brokers}`, cluster, 'consumer-group': 'bench-ingest-stream', checkpoint: `s3://${buckets.curated}/streaming/`, judge,
  'raw-bucket': buckets.raw, 'quarantine-bucket': buckets.quarantine, 'activations-path': paths.activations, 'activation-seconds': '60', 'tombstones-path': paths.tombstones, 'registry-name': 'contracts',
  // The deployed job's; an epoch begins when the one before it has ended.
  version, 'version-parameter': paths.version, 'trigger-seconds': '1', 'records-at-once': String(localEnvironment().streaming.recordsAtOnce),
}).flatMap(([name, value]) => [`--${name}`, value]);

interface Said { readonly message?: string; readonly accepted?: number; readonly rejected?: number }

const saidIn = (line: string): Said => {
  try {
    return line.startsWith('{') ? JSON.parse(line) as Said : {};
  } catch {
    return {};
  }
};

/** Runs the streaming job over all events of the topic, and has it end as a deploy would. */
export const runSpark = async (world: EnginesWorld, events: number): Promise<EngineRun> => {
  const { generatedDirectory } = await flightsExample();
  const [spark, directory, buckets] = [sparkDirectory(), join(benchDirectory, 'engines-spark'), bucketsOf('spark')];
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  if (spawnSync(pythonFor(undefined), [sparkSetUp, spark], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) throw new Error('Spark could not be brought to this machine: see above; npm run spark does it again.');
  const python = join(spark, 'venv', 'bin', 'python');
  if (spawnSync(python, ['-c', settings, join(root, 'local', 'launcher'), directory, spark, world.cloud.endpoint], { stdio: 'inherit' }).status !== 0) throw new Error('The settings of Spark could not be written: see above.');
  const judge = judgeBundle(generatedDirectory, localEnvironment());
  await publish(world, paths.version, version);
  const began = performance.now();
  const job = spawn(python, [join(root, 'glue-jobs', 'stream_job.py'), ...words(buckets, judge, world.brokers)], {
    cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    env: { ...credentials(world.cloud.endpoint), PATH: `${join(spark, 'venv', 'bin')}:${process.env['PATH'] ?? ''}`, HOME: directory, TMPDIR: directory, JAVA_HOME: join(spark, 'java'), SPARK_CONF_DIR: directory, SPARK_LOCAL_DIRS: directory, SPARK_LOCAL_IP: '127.0.0.1', PYTHONPATH: join(root, 'glue-jobs'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  const ended = once(job, 'close');
  const lines: string[] = [];
  const kept = { events: 0, at: 0 };
  createInterface({ input: job.stderr }).on('line', (line) => { lines.push(line); if (lines.length > 30) lines.shift(); });
  createInterface({ input: job.stdout }).on('line', (line) => {
    const { message, accepted = 0, rejected = 0 } = saidIn(line);
    if (message !== 'epoch kept') return;
    kept.events += accepted + rejected;
    kept.at = performance.now();
  });
  const tree = watchTree(job.pid ?? -1);
  try {
    let start: { readonly seconds: number; readonly cpuSeconds: number } | undefined;
    for (; kept.events < events; await delay(200)) {
      if (job.exitCode !== null || performance.now() - began > longest) throw new Error(`The streaming job has kept ${kept.events} of ${events} events, and ${job.exitCode === null ? 'takes too long' : 'has ended'}:\n${lines.join('\n')}`);
      if (start === undefined && await objectsIn(world, buckets.raw, 'raw/')) start = { seconds: (performance.now() - began) / 1000, cpuSeconds: tree.used().cpuSeconds };
    }
    const { cpuSeconds, memoryBytes } = tree.used();
    await publish(world, paths.version, 'another');
    await Promise.race([ended, delay(60_000, undefined, { ref: false })]);
    return { events: kept.events, startSeconds: start?.seconds ?? 0, startCpuSeconds: start?.cpuSeconds ?? 0, seconds: (kept.at - began) / 1000, cpuSeconds, memoryBytes };
  } finally {
    tree.stop();
    // What it has started is in its group.
    try { process.kill(-(job.pid ?? 0), 'SIGKILL'); } catch { /* All of them have ended. */ }
  }
};
