import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Drained, DriverStatus } from './event-source/driver';
import { LocalCloudError } from './local-cloud-error';
import type { Paths } from './paths';
import { pathsIn } from './paths';
import { commandOf, endLeftovers, fetchJson, isPortTaken, isRunning, signalAndWait, startDetached, tailOf, waitFor } from './process';
import { brokerProgram, driverProgram, emulatorProgram, kafkaDirectory, kafkaSetUp, pythonFor } from './programs';

/** Where and how a local cloud runs. */
export interface LocalCloudOptions {
  /** @default 4566, or HEADRACE_LOCAL_PORT */
  readonly port?: number;
  /** Directory of state and logs. @default `.headrace` in the working directory, or HEADRACE_HOME */
  readonly home?: string;
  /** Region whose mappings are driven. @default us-east-1, or AWS_REGION */
  readonly region?: string;
  /** Python with local/requirements.txt installed. @default `.headrace/venv`, or HEADRACE_PYTHON */
  readonly python?: string;
  /** Forgets everything that an earlier run kept. */
  readonly fresh?: boolean;
  /** Runs a Kafka broker too, which the first time brings Kafka to this machine. @default whether an earlier run had one */
  readonly kafka?: boolean;
  /** The broker's. @default 4526 above `port`, so 9092 where that is the default, or HEADRACE_LOCAL_KAFKA_PORT */
  readonly kafkaPort?: number;
  /** Seconds between snapshots. @default 5 */
  readonly saveSeconds?: number;
}

/** What `drained` waits for. */
interface DrainOptions {
  /** Do not wait for batches to fill: spares the batching windows. @default false */
  readonly endWindows?: boolean;
  /** Milliseconds. @default 60,000 */
  readonly timeout?: number;
}

/** A local cloud that runs. */
export interface LocalCloud {
  readonly endpoint: string;
  /** `host:port` of the Kafka broker; undefined when there is none. */
  readonly bootstrapServers: string | undefined;
  readonly home: string;
  /** It ran already when it was asked for. */
  readonly attached: boolean;
  /** Waits until every enabled mapping has consumed what its stream held at the call. Throws when that takes too long, with what is waited for. */
  readonly drained: (options?: DrainOptions) => Promise<void>;
  /** Takes a snapshot now; what was done before the call survives a kill. */
  readonly save: () => Promise<void>;
  /** Stops cleanly, with everything kept. */
  readonly stop: () => Promise<void>;
  /** Ends all processes at once, as a crash would; what came after the last snapshot is lost. */
  readonly kill: () => Promise<void>;
}

/** What is known of the local cloud of a home directory. */
export interface LocalCloudStatus {
  readonly running: boolean;
  readonly endpoint: string | null;
  readonly home: string;
  readonly emulator: { readonly pid: number; readonly version: string; readonly savedAt: string | null; readonly saveFailures: number } | null;
  readonly eventSource: (DriverStatus & { readonly pid: number }) | null;
  readonly kafka: { readonly pid: number; readonly bootstrapServers: string } | null;
}

interface Recorded {
  readonly pid: number;
  readonly port: number;
}

interface EmulatorStatus {
  readonly pid: number;
  readonly data: string;
  readonly emulator: string;
  readonly saved_at: number | null;
  readonly save_failures: number;
}

const portRelease = 2_000;
const emulatorStart = 60_000;
const driverStart = 30_000;
const driverStop = 25_000;
const brokerStart = 60_000;
const brokerStop = 20_000;
const emulatorStop = 90_000;

const homeOf = (options: Pick<LocalCloudOptions, 'home'>): string => options.home ?? process.env['HEADRACE_HOME'] ?? join(process.cwd(), '.headrace');

const aPort = (what: string, variable: string, given: number | undefined, otherwise: number): number => {
  const port = given ?? Number(process.env[variable] ?? otherwise);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new LocalCloudError(`${what} must be a whole number from 1 to 65535, not ${process.env[variable] ?? port}.`, `set ${variable}, for instance to ${otherwise}`);
  return port;
};

const defaultPort = 4566;
const defaultBrokerPort = 9092;

const portOf = (options: LocalCloudOptions): number => aPort("The local cloud's port", 'HEADRACE_LOCAL_PORT', options.port, defaultPort);

/** Two clouds on two ports have brokers on two ports. */
const brokerPortOf = (options: LocalCloudOptions, port: number): number => {
  const apart = defaultBrokerPort - defaultPort;
  return aPort("The Kafka broker's port", 'HEADRACE_LOCAL_KAFKA_PORT', options.kafkaPort, port + apart <= 65_535 ? port + apart : port - apart);
};

const recorded = (file: string): Recorded | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Recorded;
  } catch {
    // Broken off while it was written: whoever wrote it is gone.
    return undefined;
  }
};

const endpointOf = (port: number): string => `http://127.0.0.1:${port}`;

const emulatorAt = (port: number): Promise<EmulatorStatus | undefined> => fetchJson<EmulatorStatus>(`${endpointOf(port)}/_headrace/status`);

/** The process that a file names, when it runs and is what it says: process ids are used again. */
const runningAs = (file: string, program: string): Recorded | undefined => {
  const found = recorded(file);
  return found && isRunning(found.pid) && commandOf(found.pid).includes(program) ? found : undefined;
};

const runningEmulator = (paths: Paths): Recorded | undefined => runningAs(paths.emulatorFile, emulatorProgram);
const runningDriver = (paths: Paths): Recorded | undefined => runningAs(paths.driverFile, driverProgram);
const runningBroker = (paths: Paths): Recorded | undefined => runningAs(paths.brokerFile, brokerProgram);

const startEmulator = async (paths: Paths, port: number, brokerPort: number, options: LocalCloudOptions): Promise<void> => {
  // The system frees the port of a killed emulator a moment after its end.
  if (!(await waitFor(async () => !(await isPortTaken(port)), portRelease, () => false))) {
    const other = await emulatorAt(port);
    throw new LocalCloudError(
      other ? `Port ${port} is taken by the local cloud of another directory, ${other.data}.` : `Port ${port} is taken by another program.`,
      'set HEADRACE_LOCAL_PORT to a free port, or stop what uses it',
    );
  }
  const python = pythonFor(options.python);
  // Code of Lambda functions that a killed emulator left.
  rmSync(paths.temporary, { recursive: true, force: true });
  mkdirSync(paths.temporary, { recursive: true });
  const child = startDetached(emulatorProgram, python, { paths, port, brokerPort, region: options.region, saveSeconds: options.saveSeconds });
  const ready = await waitFor(async () => (await emulatorAt(port))?.pid === child.pid, emulatorStart, () => child.hasExited());
  if (ready) return;
  child.end();
  throw new LocalCloudError(`The emulator did not start:\n${tailOf(paths.emulatorLog)}`, 'npx headrace doctor');
};

/** Brings Kafka to this machine; a moment when it is there. */
const bringKafka = async (python: string): Promise<void> => {
  const child = spawn(python, [kafkaSetUp, kafkaDirectory()], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close') as [number | null];
  if (code !== 0) throw new LocalCloudError('Kafka is not there.', 'mend what it says above, then give the same command again');
};

const startBroker = async (paths: Paths, port: number, brokerPort: number, options: LocalCloudOptions): Promise<void> => {
  const python = pythonFor(options.python);
  await bringKafka(python);
  // One whose process was killed, or that did not come to answer, and is in no file.
  await endLeftovers(`${brokerProgram} ${kafkaDirectory()} ${paths.brokerData} `);
  rmSync(paths.brokerFile, { force: true });
  if (!(await waitFor(async () => !(await isPortTaken(brokerPort)), portRelease, () => false)))
    throw new LocalCloudError(`Port ${brokerPort}, the Kafka broker's, is taken by another program.`, 'set HEADRACE_LOCAL_KAFKA_PORT to a free port, or stop what uses it');
  const child = startDetached(brokerProgram, python, { paths, port, brokerPort, region: options.region });
  const ready = await waitFor(async () => recorded(paths.brokerFile)?.pid === child.pid, brokerStart, () => child.hasExited());
  if (ready) return;
  child.end();
  throw new LocalCloudError(`The Kafka broker did not start:\n${tailOf(paths.brokerLog)}`, `read ${paths.brokerLog}`);
};

const startDriver = async (paths: Paths, port: number, brokerPort: number, options: LocalCloudOptions): Promise<void> => {
  rmSync(paths.driverFile, { force: true });
  const child = startDetached(driverProgram, undefined, { paths, port, brokerPort, region: options.region });
  const ready = await waitFor(async () => recorded(paths.driverFile)?.pid === child.pid, driverStart, () => child.hasExited());
  if (ready) return;
  child.end();
  throw new LocalCloudError(`The event source driver did not start:\n${tailOf(paths.driverLog)}`, 'npx headrace doctor');
};

/** Ends what runs of a local cloud: the driver first, so that no batch is cut off. */
const end = async (paths: Paths, signal: 'SIGTERM' | 'SIGKILL', onStep: (step: string) => void = () => undefined): Promise<void> => {
  const driver = runningDriver(paths);
  const emulator = runningEmulator(paths);
  const broker = runningBroker(paths);
  if (driver) {
    onStep(`batches that functions are working on come to their end, for ${driverStop / 1000} s at most`);
    await signalAndWait(driver.pid, signal, driverStop);
  }
  if (emulator) {
    onStep('the emulator saves what it holds, and ends');
    await signalAndWait(emulator.pid, signal, emulatorStop);
  }
  if (broker) await signalAndWait(broker.pid, signal, brokerStop);
  await endLeftovers(join(paths.temporary, 'ministack-lambda-'));
  // Runs of Glue jobs, of which one that streams ends with nothing.
  await endLeftovers(join(paths.temporary, 'glue-'));
  rmSync(paths.driverFile, { force: true });
  rmSync(paths.emulatorFile, { force: true });
  rmSync(paths.brokerFile, { force: true });
};

const driverAnswer = async <Answer>(paths: Paths, path: string): Promise<Answer> => {
  const driver = runningDriver(paths);
  const answer = driver && (await fetchJson<Answer>(`${endpointOf(driver.port)}${path}`, 0));
  if (!answer) throw new LocalCloudError(`The event source driver does not answer; its log is ${paths.driverLog}.`, 'npx headrace local start');
  return answer;
};

const bootstrapServersOf = (broker: Recorded | undefined): string | undefined => broker && `127.0.0.1:${broker.port}`;

const cloudAt = (paths: Paths, port: number, attached: boolean): LocalCloud => ({
  endpoint: endpointOf(port),
  bootstrapServers: bootstrapServersOf(runningBroker(paths)),
  home: paths.home,
  attached,
  drained: async ({ endWindows = false, timeout = 60_000 } = {}) => {
    const result = await driverAnswer<Drained>(paths, `/drained?timeout=${timeout}${endWindows ? '&windows=end' : ''}`);
    if (!result.drained) throw new LocalCloudError(`After ${timeout / 1000} s there is still something to consume:\n${result.waitingFor.join('\n')}`, `read ${paths.driverLog}`);
  },
  save: async () => {
    const answer = await fetchJson<{ readonly saved: boolean }>(`${endpointOf(port)}/_headrace/save`, 0, 'POST');
    if (!answer?.saved) throw new LocalCloudError(`The local cloud could not save its state:\n${tailOf(paths.emulatorLog)}`, `read ${paths.emulatorLog}`);
  },
  stop: () => end(paths, 'SIGTERM'),
  kill: () => end(paths, 'SIGKILL'),
});

/**
 * Starts a local cloud, or finds the one that runs: an emulator of AWS on loopback and the driver of its event sources,
 * and where it is asked for a Kafka broker, as processes of their own that outlive the caller. State of an earlier run is there again.
 *
 * @throws LocalCloudError when the port is taken, the Python environment is missing, or a process does not start
 */
export const startLocalCloud = async (options: LocalCloudOptions = {}): Promise<LocalCloud> => {
  const paths = pathsIn(homeOf(options));
  const port = portOf(options);
  const brokerPort = brokerPortOf(options, port);
  const withKafka = options.kafka ?? (options.fresh !== true && existsSync(paths.brokerData));
  const found = runningEmulator(paths);
  if (found && options.fresh) throw new LocalCloudError(`The local cloud runs (port ${found.port}); its state cannot be removed.`, 'npx headrace local stop');
  if (found && found.port !== port) throw new LocalCloudError(`The local cloud of ${paths.home} runs on port ${found.port} already, not on ${port}.`, 'npx headrace local stop');
  if (found && (await emulatorAt(port))?.pid !== found.pid)
    throw new LocalCloudError(`The emulator (process ${found.pid}) runs but does not answer on port ${port}.`, 'npx headrace local stop');
  const attached = found !== undefined && runningDriver(paths) !== undefined;
  if (attached && (!withKafka || runningBroker(paths))) return cloudAt(paths, port, true);
  if (options.fresh) rmSync(paths.data, { recursive: true, force: true });
  mkdirSync(paths.data, { recursive: true });
  mkdirSync(paths.logs, { recursive: true });
  if (!found) {
    // A driver whose emulator is gone would write into the new one.
    await end(paths, 'SIGKILL');
    await startEmulator(paths, port, brokerPort, options);
  }
  try {
    if (withKafka && !runningBroker(paths)) await startBroker(paths, port, brokerPort, options);
    if (!runningDriver(paths)) await startDriver(paths, port, brokerPort, options);
  } catch (error) {
    if (!found) await end(paths, 'SIGTERM');
    throw error;
  }
  return cloudAt(paths, port, attached);
};

/**
 * Stops the local cloud of a home directory, with everything kept; false when none ran.
 *
 * @param onStep takes what is waited for
 */
export const stopLocalCloud = async (options: Pick<LocalCloudOptions, 'home'> = {}, onStep: (step: string) => void = () => undefined): Promise<boolean> => {
  const paths = pathsIn(homeOf(options));
  const ran = [runningEmulator(paths), runningDriver(paths), runningBroker(paths)].some((process) => process !== undefined);
  await end(paths, 'SIGTERM', onStep);
  return ran;
};

/** What runs in a home directory. */
export const localCloudStatus = async (options: Pick<LocalCloudOptions, 'home'> = {}): Promise<LocalCloudStatus> => {
  const paths = pathsIn(homeOf(options));
  const [emulator, driver, broker] = [runningEmulator(paths), runningDriver(paths), runningBroker(paths)];
  const status = emulator && (await emulatorAt(emulator.port));
  const eventSource = driver && (await fetchJson<DriverStatus>(`${endpointOf(driver.port)}/status`));
  return {
    running: status !== undefined && eventSource !== undefined,
    endpoint: emulator ? endpointOf(emulator.port) : null,
    home: paths.home,
    emulator: status ? { pid: status.pid, version: status.emulator, savedAt: status.saved_at === null ? null : new Date(status.saved_at * 1000).toISOString(), saveFailures: status.save_failures } : null,
    eventSource: driver && eventSource ? { ...eventSource, pid: driver.pid } : null,
    kafka: broker ? { pid: broker.pid, bootstrapServers: `127.0.0.1:${broker.port}` } : null,
  };
};

export { LocalCloudError } from './local-cloud-error';
