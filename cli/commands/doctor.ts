import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';
import { localCloudStatus } from '../../local/cloud';
import { isPortTaken } from '../../local/process';
import { nodeProgram, nodeRemedy, packageDirectory, pythonCandidates, pythonRemedy } from '../../local/programs';
import { CommandError } from '../command-error';
import { environmentNamed } from '../context';
import type { Finding } from '../doctor/finding';
import { well, wrong } from '../doctor/finding';
import { examineTokens } from '../doctor/token-issuer';
import type { Project } from '../project';
import { projectIn } from '../project';

const leastNode = 24;
const leastPython = [3, 11] as const;
const leastDiskGigabytes = 3;

const output = (command: string, words: readonly string[]): string | undefined => {
  const { status, stdout } = spawnSync(command, words, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? stdout.trim() : undefined;
};

const node = (): Finding => {
  const program = nodeProgram();
  const version = output(program, ['--version']);
  if (version === undefined) return wrong('Node', `${program} does not run`, nodeRemedy);
  return Number(version.slice(1).split('.')[0]) >= leastNode ? well('Node', version) : wrong('Node', `${version}; functions need ${leastNode}`, nodeRemedy);
};

const pythonAndEmulator = (): readonly Finding[] => {
  const program = pythonCandidates().find((candidate) => existsSync(candidate));
  if (!program) return [wrong('Python environment', `none at ${pythonCandidates().join(', ')}`, pythonRemedy)];
  const version = output(program, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']);
  if (version === undefined) return [wrong('Python environment', `${program} does not run`, `remove .headrace/venv, then ${pythonRemedy}`)];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > leastPython[0] || (major === leastPython[0] && minor >= leastPython[1]);
  const python = isEnough ? well('Python environment', `${version} at ${program}`) : wrong('Python environment', `${version}; ${leastPython.join('.')} is the least`, `install a newer Python, remove .headrace/venv, then ${pythonRemedy}`);
  const emulator = output(program, ['-c', 'import importlib.metadata; print(importlib.metadata.version("ministack"))']);
  const wanted = /^ministack==(\S+)/m.exec(readFileSync(join(packageDirectory, 'local', 'requirements.in'), 'utf8'))?.[1];
  if (emulator === undefined) return [python, wrong('emulator', 'MiniStack is not installed', pythonRemedy)];
  return [python, emulator === wanted ? well('emulator', `MiniStack ${emulator}`) : wrong('emulator', `MiniStack ${emulator}; ${wanted ?? 'another'} is pinned`, pythonRemedy)];
};

const port = async (project: Project): Promise<Finding> => {
  const text = process.env['HEADRACE_LOCAL_PORT'] ?? '4566';
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) return wrong('port', `HEADRACE_LOCAL_PORT is '${text}'`, 'set HEADRACE_LOCAL_PORT to a whole number from 1 to 65535');
  const { endpoint, running } = await localCloudStatus({ home: project.home });
  if (running && endpoint?.endsWith(`:${number}`)) return well('port', `${number}, the local cloud runs there`);
  if (await isPortTaken(number)) return wrong('port', `${number} is taken by another program`, 'set HEADRACE_LOCAL_PORT to a free port, or stop what uses it');
  return well('port', `${number} is free`);
};

const home = (project: Project): readonly Finding[] => {
  try {
    mkdirSync(project.home, { recursive: true });
    accessSync(project.home, constants.W_OK);
  } catch (error) {
    return [wrong('home', `${project.home} cannot be written: ${error instanceof Error ? error.message : String(error)}`, 'set HEADRACE_HOME to a directory of yours')];
  }
  const { bavail, bsize } = statfsSync(project.home);
  const gigabytes = Math.floor((bavail * bsize) / 1e9);
  return [
    well('home', project.home),
    gigabytes >= leastDiskGigabytes ? well('disk', `${gigabytes} GB free`) : wrong('disk', `${gigabytes} GB free; ${leastDiskGigabytes} are needed`, 'free some space, or set HEADRACE_HOME to another disk'),
  ];
};

/** The packages whose versions must fit each other. */
const pinned = ['aws-cdk', 'aws-cdk-lib', 'esbuild', 'onnxruntime-node', 'tsx'] as const;

const packages = (): readonly Finding[] => {
  const load = createRequire(__filename);
  const own = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as { readonly dependencies?: Readonly<Record<string, string>> };
  return pinned.map((name) => {
    const wanted = own.dependencies?.[name];
    try {
      const { version } = JSON.parse(readFileSync(load.resolve(`${name}/package.json`), 'utf8')) as { readonly version: string };
      return wanted === undefined || version === wanted ? well(name, version) : wrong(name, `${version}; ${wanted} is pinned`, 'npm ci');
    } catch {
      return wrong(name, 'not installed', 'npm ci');
    }
  });
};

/** The environment's settings, and whether what they name outside of AWS is there. */
const environment = async (project: Project, name: string): Promise<readonly Finding[]> => {
  try {
    const found = environmentNamed(project, name);
    return [well('environment', name), ...await examineTokens(found)];
  } catch (error) {
    return [wrong('environment', error instanceof Error ? error.message : String(error), 'mend environments.ts')];
  }
};

/** Everything that is needed from this machine and by an environment, and whether it is there. */
const examine = async (project: Project, name: string): Promise<readonly Finding[]> => [node(), ...pythonAndEmulator(), ...packages(), ...home(project), await port(project), ...await environment(project, name)];

/** `headrace doctor`: what is wrong with this machine, and how to mend it. */
export const registerDoctor = (program: Command): void => {
  program.command('doctor')
    .description('check that this machine has what the project needs, and the environment what it names')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }, command: Command) => {
      const findings = await examine(projectIn(), command.optsWithGlobals<{ env: string }>().env);
      const width = Math.max(...findings.map(({ check }) => check.length));
      const lines = findings.map(({ check, ok, found, remedy }) => `${ok ? 'ok   ' : 'WRONG'} ${check.padEnd(width)}  ${found}${remedy === null ? '' : `\n      ${' '.repeat(width)}  → ${remedy}`}`);
      process.stdout.write(`${options.json ? JSON.stringify(findings) : lines.join('\n')}\n`);
      const [first, ...others] = findings.filter(({ ok }) => !ok);
      if (first) throw new CommandError(`${1 + others.length} of ${findings.length} checks found something wrong.`, first.remedy === null ? {} : { next: first.remedy });
    });
};
