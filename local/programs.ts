import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LocalCloudError } from './local-cloud-error';
import type { Paths } from './paths';

const here = __dirname;
const isCompiled = !__filename.endsWith('.ts');
/** Where the package is: compiled files stand in its dist/, and what is not compiled (Python, pins) beside their sources. */
export const packageDirectory = isCompiled ? join(here, '..', '..') : join(here, '..');

/** The emulator's launcher, a Python program. */
export const emulatorProgram = join(packageDirectory, 'local', 'launcher', 'main.py');
/** Says whether versions of a schema are compatible; the emulator's schema registry asks it. */
const checkerProgram = join(here, 'schema-registry', isCompiled ? 'main.js' : 'main.ts');
/** Switches of the schema registry's refusals, described in local/launcher/glue_schema_gate.py. */
const registryFaults = ['HEADRACE_LOCAL_SCHEMA_REGISTRY_DENIED', 'HEADRACE_LOCAL_SCHEMA_REGISTRY_RATE'];
/** A directory, when the calls that are made are to be recorded there (local/launcher/calls.py). */
const callsVariable = 'HEADRACE_LOCAL_CALLS';
/** The event source driver. */
export const driverProgram = join(here, 'event-source', isCompiled ? 'main.js' : 'main.ts');

/** Starts the Kafka broker and ends it, a Python program. */
export const brokerProgram = join(packageDirectory, 'local', 'kafka', 'broker.py');

const isClone = existsSync(join(packageDirectory, 'setup'));
/** What brings the Node that the functions need: a clone pins it, an app of one's own may. */
export const nodeRemedy = isClone ? 'npm ci' : 'npm install --save-dev node@24';
/** What brings the Python environment: a clone has a set-up for it, an app of one's own makes it from the package's pins. */
export const pythonRemedy = isClone
  ? 'npm run setup'
  : `python3 -m venv .headrace/venv, then .headrace/venv/bin/pip install --no-deps -r ${['local/requirements.txt', 'glue-jobs/requirements.txt', 'glue-jobs/requirements-lake.txt', 'cli/requirements.txt'].map((file) => join(packageDirectory, file)).join(' -r ')}`;

/** The Node that the project pins, whatever runs this process: the functions need that version. Without one, this process's. */
export const nodeProgram = (): string => {
  const [pinned] = (require.resolve.paths('node/package.json') ?? []).map((directory) => join(directory, 'node', 'bin', 'node')).filter((file) => existsSync(file));
  return pinned ?? process.execPath;
};

/** Where a Python with the emulator may stand, best first. */
export const pythonCandidates = (): readonly string[] => [
  ...(process.env['HEADRACE_PYTHON'] ? [process.env['HEADRACE_PYTHON']] : []),
  ...[...new Set([process.cwd(), packageDirectory])].map((directory) => join(directory, '.headrace', 'venv', 'bin', 'python')),
];

/** What brings Spark to this machine, a Python program. */
export const sparkSetUp = join(packageDirectory, 'local', 'spark', 'set_up.py');

/** What brings Flink to this machine, and makes the archive that it runs, a Python program. */
export const flinkSetUp = join(packageDirectory, 'local', 'flink', 'set_up.py');

/** What brings Kafka to this machine, a Python program. */
export const kafkaSetUp = join(packageDirectory, 'local', 'kafka', 'set_up.py');

const broughtTo = (name: string, variable: string): string => {
  const candidates = [...(process.env[variable] ? [process.env[variable]] : []), ...new Set([process.cwd(), packageDirectory].map((directory) => join(directory, '.headrace', name)))];
  return candidates.find((candidate) => existsSync(join(candidate, 'done'))) ?? candidates[0] ?? '';
};

/** Where Spark stands, or will: in the project, or where HEADRACE_SPARK says. */
export const sparkDirectory = (): string => broughtTo('spark', 'HEADRACE_SPARK');

/** Where Flink stands, or will: in the project, or where HEADRACE_FLINK says. */
export const flinkDirectory = (): string => broughtTo('flink', 'HEADRACE_FLINK');

/** Where Kafka stands, or will: in the project, or where HEADRACE_KAFKA says. */
export const kafkaDirectory = (): string => broughtTo('kafka', 'HEADRACE_KAFKA');

export const pythonFor = (given: string | undefined): string => {
  const candidates = given === undefined ? pythonCandidates() : [given];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found) return found;
  throw new LocalCloudError(`There is no Python environment for the emulator; looked for ${candidates.join(', ')}.`, pythonRemedy);
};

/** What a process of the local cloud is started for. */
export interface Start {
  readonly paths: Paths;
  readonly port: number;
  /** Of the Kafka broker, whether it runs or not. */
  readonly brokerPort: number;
  readonly region?: string | undefined;
  readonly saveSeconds?: number | undefined;
}

const modules = (): string => join(dirname(require.resolve('@aws-sdk/client-s3/package.json')), '..', '..');

/**
 * The environment of the local cloud's processes, and through the emulator of every Lambda function: made here from
 * nothing, so that neither credentials nor settings of the shell reach code that runs locally.
 */
export const environmentFor = (program: string, python: string | undefined, { paths, port, brokerPort, region, saveSeconds }: Start): NodeJS.ProcessEnv => {
  const pass = ['HOME', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', callsVariable, ...registryFaults].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  const none = join(paths.temporary, 'none');
  return {
    ...Object.fromEntries(pass),
    PATH: [dirname(nodeProgram()), ...(python ? [dirname(python)] : []), process.env['PATH'] ?? ''].join(':'),
    TZ: 'UTC',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: region ?? process.env['AWS_REGION'] ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: none,
    AWS_SHARED_CREDENTIALS_FILE: none,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(program === emulatorProgram
      ? {
          GATEWAY_PORT: String(port),
          MINISTACK_REGION: region ?? process.env['AWS_REGION'] ?? 'us-east-1',
          HEADRACE_LOCAL_DATA: paths.data,
          HEADRACE_LOCAL_SPARK: sparkDirectory(),
          HEADRACE_LOCAL_FLINK: flinkDirectory(),
          // Where MSK's control plane says that a cluster's broker is.
          MINISTACK_MSK_BOOTSTRAP: `127.0.0.1:${brokerPort}`,
          HEADRACE_SCHEMA_CHECKER: JSON.stringify(commandFor(checkerProgram, undefined)),
          HEADRACE_LOCAL_SAVE_SECONDS: String(saveSeconds ?? 5),
          TMPDIR: paths.temporary,
          // Functions find the modules that Lambda's own runtime brings.
          NODE_PATH: modules(),
          LOG_LEVEL: 'WARNING',
          PYTHONDONTWRITEBYTECODE: '1',
          PYTHONUNBUFFERED: '1',
        }
      : { HEADRACE_EVENT_SOURCE_FILE: paths.driverFile }),
  };
};

/** The command line of a program. */
export const commandFor = (program: string, python: string | undefined): readonly [string, ...string[]] =>
  program.endsWith('.py') ? [python ?? 'python3', program] : [nodeProgram(), '--import', pathToFileURL(require.resolve('tsx')).href, program];

/** What the broker's program takes after its name. */
export const brokerWords = ({ paths, brokerPort }: Start): readonly string[] => [kafkaDirectory(), paths.brokerData, String(brokerPort), paths.brokerFile];
