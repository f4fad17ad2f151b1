import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localEnvironment } from '../core/environment';
import { judgeBundle } from '../lib/constructs/judge-bundle';
import { sparkDirectory, sparkSetUp, pythonFor } from '../local/programs';
import { startEngine, type EngineRun } from './engine-process';
import type { EnginesWorld } from './engines-world';
import { bucketsOf, cluster, credentials, objectsIn, paths, publish, region, topics } from './engines-world';
import { flightsExample } from './flights';
import { benchDirectory } from './peers';

const root = join(__dirname, '..');
const version = 'bench';
const longestSeconds = 40 * 60;

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
  const engine = startEngine(python, [join(root, 'glue-jobs', 'stream_job.py'), ...words(buckets, judge, world.brokers)], { directory, environment: {
    ...credentials(world.cloud.endpoint), PATH: `${join(spark, 'venv', 'bin')}:${process.env['PATH'] ?? ''}`, HOME: directory, TMPDIR: directory, JAVA_HOME: join(spark, 'java'), SPARK_CONF_DIR: directory, SPARK_LOCAL_DIRS: directory, SPARK_LOCAL_IP: '127.0.0.1', PYTHONPATH: join(root, 'glue-jobs'), PYTHONDONTWRITEBYTECODE: '1',
  } });
  const lines: string[] = [];
  const kept = { events: 0, seconds: 0 };
  createInterface({ input: engine.job.stderr }).on('line', (line) => { lines.push(line); if (lines.length > 30) lines.shift(); });
  createInterface({ input: engine.job.stdout }).on('line', (line) => {
    const { message, accepted = 0, rejected = 0 } = saidIn(line);
    if (message !== 'epoch kept') return;
    kept.events += accepted + rejected;
    kept.seconds = engine.seconds();
  });
  try {
    let start: { readonly startSeconds: number; readonly startCpuSeconds: number } | undefined;
    for (; kept.events < events; await delay(200)) {
      if (engine.hasEnded() || engine.seconds() > longestSeconds) throw new Error(`The streaming job has kept ${kept.events} of ${events} events, and ${engine.hasEnded() ? 'has ended' : 'takes too long'}:\n${lines.join('\n')}`);
      if (start === undefined && await objectsIn(world, buckets.raw, 'raw/')) start = { startSeconds: engine.seconds(), startCpuSeconds: engine.used().cpuSeconds };
    }
    const used = engine.used();
    await publish(world, paths.version, 'another');
    await Promise.race([engine.ended, delay(60_000, undefined, { ref: false })]);
    return { ...kept, startSeconds: 0, startCpuSeconds: 0, ...start, ...used };
  } finally {
    engine.end();
  }
};
