import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const repository = join(__dirname, '..', '..', '..', '..');
const spark = join(repository, '.headrace', 'spark');
const python = join(spark, 'venv', 'bin', 'python');

/** The module of the Glue job, in a process whose session stays: a session takes seconds to start. */
export interface SparkProcess {
  /** Does a task of spark_worker.py. */
  readonly ask: <Answer>(task: 'work' | 'make' | 'events' | 'events paused' | 'race' | 'read' | 'read at' | 'rows' | 'training set' | 'opened' | 'stream', ...words: readonly unknown[]) => Promise<Answer>;
  /** Lets a task go on that says that it waits, and gives its answer. */
  readonly goOn: <Answer>() => Promise<Answer>;
  readonly end: () => Promise<void>;
}

/** Starts Spark, beside a local cloud where it needs one, with the settings that the local cloud gives Glue jobs. */
export const startSpark = async (endpoint = 'http://127.0.0.1:9'): Promise<SparkProcess> => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-spark-'));
  const settings = 'import pathlib, sys; sys.path.insert(0, sys.argv[1]); import spark_settings; spark_settings.write(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4])';
  const { status, stderr } = spawnSync(python, ['-c', settings, join(repository, 'local', 'launcher'), directory, spark, endpoint], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Spark is not set up: ${stderr}. next: npm run spark`);
  const process_ = spawn(python, [join(__dirname, 'spark_worker.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'], HOME: directory, TMPDIR: directory, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test',
      JAVA_HOME: join(spark, 'java'), SPARK_CONF_DIR: directory, SPARK_LOCAL_DIRS: directory, SPARK_LOCAL_IP: '127.0.0.1', PYTHONPATH: join(repository, 'glue-jobs'), PYTHONDONTWRITEBYTECODE: '1', TZ: 'UTC',
    },
  });
  process_.stdin.on('error', () => undefined);
  const ended = once(process_, 'close');
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('Spark has ended');
    return JSON.parse(value);
  };
  const answer = async <Answer>(): Promise<Answer> => {
    const said = await next() as { readonly answer?: Answer; readonly fault?: string } & Answer;
    if (said.fault !== undefined) throw new Error(said.fault);
    return said.answer ?? said;
  };
  await next();
  return {
    ask: async (...task) => {
      process_.stdin.write(`${JSON.stringify(task)}\n`);
      return await answer();
    },
    goOn: async () => {
      process_.stdin.write('\n');
      return await answer();
    },
    end: async () => {
      process_.stdin.end();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
