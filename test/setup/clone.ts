import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** How the stand-ins for npm and Python behave. */
export interface Behaviour {
  readonly npm?: 'works' | 'fails' | 'hangs' | 'waits for go-on' | 'runs no scripts' | 'is missing';
  readonly pip?: 'works' | 'fails';
  /** Version of the Python on PATH; `undefined` for none. */
  readonly python?: string | undefined;
  readonly canMakeEnvironments?: boolean;
}

/** How a set-up ended: what it said went to stderr, what it printed to stdout. */
export interface Ended { readonly code: number | null; readonly said: string; readonly printed: string }

/** npm, as far as the set-up sees it: puts the Node that is pinned and the loader of TypeScript into node_modules. */
const npmProgram = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const behaviour = process.env.NPM_BEHAVIOUR;
appendFileSync(process.env.CALLS, 'npm ' + process.argv[2] + ' ' + process.env.ONNXRUNTIME_NODE_INSTALL + '\\n');
writeFileSync('npm-process', String(process.pid));
rmSync('node_modules', { recursive: true, force: true });
if (behaviour === 'fails') { console.error('npm error network getaddrinfo ENOTFOUND registry'); process.exit(1); }
if (behaviour === 'hangs') setInterval(() => undefined, 1000);
else {
  mkdirSync('node_modules/tsx/dist', { recursive: true });
  writeFileSync('node_modules/tsx/dist/loader.mjs', '');
  if (behaviour !== 'runs no scripts') { mkdirSync('node_modules/node/bin', { recursive: true }); symlinkSync(process.execPath, 'node_modules/node/bin/node'); }
  if (behaviour === 'waits for go-on') { const waiting = setInterval(() => { if (existsSync('go-on')) clearInterval(waiting); }, 20); }
}
`;

/** Python with venv and pip, as far as the set-up sees them. */
const pythonProgram = `#!/bin/sh
case "$1 $2" in
  *version_info*) echo "$PYTHON_VERSION" | { IFS=. read -r major minor; echo "$major $minor"; } ;;
  *ensurepip*) test "$CAN_MAKE_ENVIRONMENTS" = true ;;
  '-m venv')
    echo 'python venv' >> "$CALLS"
    /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
  '-m pip')
    echo 'python pip' >> "$CALLS"
    echo '  Downloading ministack-1.0.0-py3-none-any.whl (1 MB)'
    /bin/mkdir -p "\${0%/bin/python}/lib/python3/site-packages/ministack-1.0.0.dist-info"
    if test "$PIP_BEHAVIOUR" = fails; then echo 'ERROR: Connection broken' >&2; exit 1; fi ;;
esac
`;

/** A clone of the project, reduced to what the set-up reads, on a machine that has stand-ins for npm and Python and nothing else. */
export interface Clone {
  readonly write: (file: string, content: string) => void;
  readonly read: (file: string) => string;
  readonly has: (file: string) => boolean;
  /** What npm and Python were asked for since the last question, in their order. */
  readonly calls: () => readonly string[];
  readonly start: (behaviour?: Behaviour, words?: readonly string[]) => { readonly child: ChildProcess; readonly ended: Promise<Ended> };
  readonly run: (behaviour?: Behaviour, words?: readonly string[]) => Promise<Ended>;
  readonly remove: () => void;
}

const endOf = (child: ChildProcess): Promise<Ended> => new Promise((resolve, reject) => {
  let said = '';
  let printed = '';
  child.stderr?.on('data', (text: Buffer) => { said += text.toString(); });
  child.stdout?.on('data', (text: Buffer) => { printed += text.toString(); });
  child.on('error', reject);
  child.on('close', (code) => { resolve({ code, said, printed }); });
});

/** Makes a clone in a temporary directory. */
export const makeClone = (): Clone => {
  const directory = mkdtempSync(join(tmpdir(), 'headrace-set-up-'));
  const callLog = join(directory, 'calls');

  const write: Clone['write'] = (file, content) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);
  };
  const start: Clone['start'] = ({ npm = 'works', pip = 'works', canMakeEnvironments = true, ...rest } = {}, words = []) => {
    const python = 'python' in rest ? rest.python : '3.12';
    // Of its own: another set-up of this clone may be at work with its.
    const programs = mkdtempSync(join(directory, 'programs-'));
    const writeProgram = (name: string, source: string): void => { writeFileSync(join(programs, name), source, { mode: 0o755 }); };
    const ps = ['/bin/ps', '/usr/bin/ps'].find((file) => existsSync(file));
    if (ps !== undefined) symlinkSync(ps, join(programs, 'ps'));
    if (npm !== 'is missing') writeProgram('npm', npmProgram);
    if (python !== undefined) writeProgram('python3', pythonProgram);
    const child = spawn(process.execPath, [join(directory, 'setup', 'run.mjs'), ...words], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: programs, CALLS: callLog, NPM_BEHAVIOUR: npm, PIP_BEHAVIOUR: pip, PYTHON_VERSION: python, CAN_MAKE_ENVIRONMENTS: String(canMakeEnvironments) },
    });
    return { child, ended: endOf(child) };
  };

  cpSync(join(__dirname, '..', '..', 'setup'), join(directory, 'setup'), { recursive: true });
  write('package-lock.json', '{ "packages": { "": {}, "node_modules/tsx": {} } }');
  write('.npmrc', '');
  for (const file of ['local/requirements.txt', 'glue-jobs/requirements.txt', 'glue-jobs/requirements-lake.txt', 'cli/requirements.txt', 'test/requirements.txt']) write(file, 'ministack==1.0.0\n');
  write('program.mjs', 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;');
  write('waits.mjs', 'process.on("SIGTERM", () => { console.log("stopped cleanly"); process.exit(0); }); console.log("waits"); setInterval(() => undefined, 1000);');

  return {
    write,
    start,
    run: (behaviour, words) => start(behaviour, words).ended,
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    has: (file) => existsSync(join(directory, file)),
    calls: () => {
      const calls = existsSync(callLog) ? readFileSync(callLog, 'utf8').trim().split('\n') : [];
      rmSync(callLog, { force: true });
      return calls;
    },
    remove: () => { rmSync(directory, { recursive: true, force: true }); },
  };
};
