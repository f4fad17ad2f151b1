import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Start } from './programs';
import { brokerProgram, brokerWords, commandFor, emulatorProgram, environmentFor } from './programs';

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A process runs; one that has ended but was not yet collected by its parent does not. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/^\d+ \(.*\) Z/s.test(readFileSync(status, 'utf8'));
};

/** The command line of a process; empty when it cannot be read. */
export const commandOf = (pid: number): string => {
  try {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\0', ' ') : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

/** Ids of the processes whose command line holds a text, and of those in the groups that these lead: what they have started may not hold it. */
const processesWith = (text: string): readonly number[] => {
  const all = execFileSync('ps', ['-axww', '-o', 'pid=,pgid=,command='], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n').flatMap((line) => {
    const [, pid, group] = /^\s*(\d+)\s+(\d+)\s/u.exec(line) ?? [];
    return pid === undefined || Number(pid) === process.pid ? [] : [{ pid: Number(pid), group: Number(group), holds: line.includes(text) }];
  });
  const holders = new Set(all.flatMap(({ pid, holds }) => (holds ? [pid] : [])));
  return all.flatMap(({ pid, group }) => (holders.has(pid) || holders.has(group) ? [pid] : []));
};

/**
 * Ends what a killed emulator left of its functions and jobs, with all that these have started. One of them in the middle of
 * a batch would go on writing, into the next emulator on the same port, what that one does not know to have happened.
 *
 * @param text a text that only their command lines hold
 */
export const endLeftovers = async (text: string): Promise<void> => {
  await Promise.all(processesWith(text).map((pid) => signalAndWait(pid, 'SIGKILL', 5_000)));
};

/** Something accepts connections on a port of loopback. */
export const isPortTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });

/**
 * A JSON answer, or undefined when there is none.
 *
 * @param timeout milliseconds; 0: none, for an answer that is worth waiting for
 */
export const fetchJson = async <Answer>(url: string, timeout = 2_000, method: 'GET' | 'POST' = 'GET'): Promise<Answer | undefined> => {
  try {
    const response = await fetch(url, { method, ...(timeout > 0 ? { signal: AbortSignal.timeout(timeout) } : {}) });
    return response.ok ? ((await response.json()) as Answer) : undefined;
  } catch {
    return undefined;
  }
};

/** Waits for something to be so; false when it took too long or cannot become so any more. */
export const waitFor = async (isSo: () => Promise<boolean>, timeout: number, isHopeless: () => boolean): Promise<boolean> => {
  for (const end = Date.now() + timeout; Date.now() < end;) {
    if (await isSo()) return true;
    if (isHopeless()) return false;
    await sleep(50);
  }
  return false;
};

/** Sends a signal and waits until the process has ended; one that does not end in time is killed. */
export const signalAndWait = async (pid: number, signal: 'SIGTERM' | 'SIGKILL', timeout: number): Promise<void> => {
  const send = (name: 'SIGTERM' | 'SIGKILL'): void => {
    try { process.kill(pid, name); } catch { /* it has ended already */ }
  };
  send(signal);
  if (await waitFor(async () => !isRunning(pid), timeout, () => false)) return;
  send('SIGKILL');
  await waitFor(async () => !isRunning(pid), 5_000, () => false);
};

const longestLog = 20_000_000;

/** The end of a log, for an error message. */
export const tailOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n') : '(no log)');

export interface Detached {
  readonly pid: number | undefined;
  readonly hasExited: () => boolean;
  readonly end: () => void;
}

/** Starts a program of the local cloud as a process that outlives this one; its output goes to its log. */
export const startDetached = (program: string, python: string | undefined, start: Start): Detached => {
  const { emulatorLog, brokerLog, driverLog } = start.paths;
  const log = program === emulatorProgram ? emulatorLog : program === brokerProgram ? brokerLog : driverLog;
  if (existsSync(log) && statSync(log).size > longestLog) truncateSync(log);
  const output = openSync(log, 'a');
  const [command, ...words] = commandFor(program, python);
  const child = spawn(command, program === brokerProgram ? [...words, ...brokerWords(start)] : words, { detached: true, stdio: ['ignore', output, output], env: environmentFor(program, python, start), cwd: start.paths.data });
  closeSync(output);
  let exited = false;
  child.once('exit', () => { exited = true; });
  child.once('error', (error) => { exited = true; writeFileSync(log, `${error.message}\n`, { flag: 'a' }); });
  child.unref();
  if (program === emulatorProgram && child.pid !== undefined) writeFileSync(start.paths.emulatorFile, JSON.stringify({ pid: child.pid, port: start.port }));
  return { pid: child.pid, hasExited: () => exited, end: () => { if (!exited) child.kill('SIGKILL'); } };
};
