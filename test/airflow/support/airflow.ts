import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');
const requirements = join(root, 'test', 'airflow', 'requirements.txt');

/** Airflow 3.0 runs on these; MWAA has 3.12. */
const pythons = ['python3.12', 'python3.11', 'python3'];

const pythonProgram = (): string => {
  for (const name of pythons) {
    try {
      const minor = Number(execFileSync(name, ['-c', 'import sys, venv, ensurepip; print(sys.version_info[1])'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      if (minor === 11 || minor === 12) return name;
    } catch {
      // Not there, or a shim of a version that is not.
    }
  }
  throw new Error(`Airflow 3.0.6 needs Python 3.11 or 3.12; none of ${pythons.join(', ')} is one that can make virtual environments. Install Python 3.12, then give the same command again.`);
};

/** Installs Airflow at the versions and hashes that are pinned, once for them; gives the directory of its programs. */
export const installAirflow = (): string => {
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const venv = join(root, '.headrace', `airflow-${pins}`);
  // Without it an installation was broken off: what is there may be half of it.
  const stamp = join(venv, '.headrace-installed');
  if (!existsSync(stamp)) {
    rmSync(venv, { recursive: true, force: true });
    execFileSync(pythonProgram(), ['-m', 'venv', venv], { stdio: ['ignore', 'inherit', 'inherit'] });
    execFileSync(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '--only-binary=:all:', '-r', requirements], { stdio: ['ignore', 'inherit', 'inherit'] });
    writeFileSync(stamp, '');
  }
  return venv;
};

/** Where an Airflow of the tests has its files, its metadata and its ports: of the API server, and the two after it for logs. */
export interface AirflowPlace { readonly home: string; readonly packageDirectory: string; readonly metadata: { readonly host: string; readonly port: number }; readonly port: number }

/** Process ids of a task, and of the executor's worker that has it. */
export interface TaskProcess { readonly worker: number; readonly task: number }

/** An Airflow on this machine. */
export interface Airflow {
  /** Runs a command of its command line to its end. */
  readonly run: (...words: readonly string[]) => Promise<{ readonly code: number; readonly output: string }>;
  /** Starts API server, scheduler, DAG processor and triggerer, with the local executor at parallelism 2. */
  readonly start: () => Promise<void>;
  /** The tasks that run now. */
  readonly taskProcesses: () => readonly TaskProcess[];
  readonly stop: () => Promise<void>;
}

const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) { resolve(); return; }
  child.once('exit', () => { resolve(); });
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 15_000).unref();
});

const answering = async (url: string): Promise<void> => {
  for (const end = Date.now() + 120_000; ; await pause(500)) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > end) throw new Error(`nothing answered at ${url} for two minutes; its log is in the home of this Airflow.`);
  }
};

/** Worker processes of an executor below its scheduler that have a task, from the kernel. */
const workersBelow = (scheduler: number): readonly TaskProcess[] => {
  const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n').map((line) => /^\s*(?<pid>\d+)\s+(?<parent>\d+)\s+(?<words>.*)$/u.exec(line)?.groups)
    .map((found) => ({ pid: Number(found?.['pid']), parent: Number(found?.['parent']), words: found?.['words'] ?? '' }));
  const childrenOf = (pid: number) => all.filter(({ parent, words }) => parent === pid && words.startsWith('airflow worker'));
  return childrenOf(scheduler).flatMap(({ pid: worker }) => childrenOf(worker).map(({ pid: task }) => ({ worker, task })));
};

/** An Airflow with the DAG package of a directory, over a database `airflow` that is there and empty. */
export const airflowIn = (venv: string, { home, packageDirectory, metadata, port }: AirflowPlace): Airflow => {
  mkdirSync(home, { recursive: true });
  const environment = {
    ...process.env,
    PATH: `${join(venv, 'bin')}:${process.env['PATH'] ?? ''}`,
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__DAGS_FOLDER: join(packageDirectory, 'dags'),
    AIRFLOW__CORE__PLUGINS_FOLDER: join(packageDirectory, 'plugins'),
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    AIRFLOW__CORE__PARALLELISM: '2',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'True',
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
    AIRFLOW__CORE__FERNET_KEY: Buffer.alloc(32, 1).toString('base64'),
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
    AIRFLOW__API__HOST: '127.0.0.1',
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__WORKERS: '1',
    AIRFLOW__API__SECRET_KEY: 'of-the-tests',
    AIRFLOW__API_AUTH__JWT_SECRET: 'of-the-tests-and-long-enough-for-the-algorithm-that-signs-with-it',
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `postgresql+psycopg2://postgres@${metadata.host}:${metadata.port}/airflow`,
    AIRFLOW__LOGGING__BASE_LOG_FOLDER: join(home, 'logs'),
    AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT: String(port + 1),
    AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT: String(port + 2),
    AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: '5',
    AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC: '1',
    AIRFLOW__SCHEDULER__PARSING_CLEANUP_INTERVAL: '2',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC: '3',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '20',
    AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL: '5',
  };
  const running: { readonly name: string; readonly child: ChildProcess }[] = [];
  return {
    run: async (...words) => {
      try {
        const { stdout, stderr } = await promisify(execFile)('airflow', [...words], { env: environment, cwd: home, maxBuffer: 64 * 1024 * 1024 });
        return { code: 0, output: stdout + stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string };
        return { code: typeof code === 'number' ? code : 1, output: `${stdout ?? ''}${stderr ?? ''}` };
      }
    },
    start: async () => {
      for (const name of ['api-server', 'dag-processor', 'triggerer', 'scheduler']) {
        const log = openSync(join(home, `${name}.log`), 'a');
        running.push({ name, child: spawn('airflow', [name], { env: environment, cwd: home, stdio: ['ignore', log, log] }) });
        closeSync(log);
        // Tasks report to the API server: a task that is there before it has failed.
        if (name === 'api-server') await answering(`http://127.0.0.1:${port}/api/v2/version`);
      }
    },
    taskProcesses: () => running.flatMap(({ name, child }) => (name === 'scheduler' && child.pid !== undefined ? workersBelow(child.pid) : [])),
    stop: async () => {
      // The API server last: the others report to it while they end.
      for (const { child } of running.splice(0).reverse()) await ended(child);
    },
  };
};
