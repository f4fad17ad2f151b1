import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { watchTree, type TreeUse } from './process-tree';

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

/** An engine at work. */
export interface EngineProcess {
  readonly job: ChildProcessByStdio<null, Readable, Readable>;
  /** Settles when it has ended, and with it what it was started with. */
  readonly ended: Promise<unknown>;
  readonly hasEnded: () => boolean;
  /** Seconds since it was started. */
  readonly seconds: () => number;
  readonly used: () => TreeUse;
  /** Ends it with all that it has started. */
  readonly end: () => void;
}

/** Starts an engine as the leader of a group of processes, which ends with this one. */
export const startEngine = (command: string, words: readonly string[], { directory, environment }: { readonly directory: string; readonly environment: Readonly<Record<string, string>> }): EngineProcess => {
  const began = performance.now();
  const job = spawn(command, words, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: environment });
  const group = job.pid;
  if (group === undefined) throw new Error(`${command} could not be started; npm run spark and npm run flink bring what it needs.`);
  const ended = once(job, 'close');
  const tree = watchTree(group);
  const kill = (): void => { try { process.kill(-group, 'SIGKILL'); } catch { /* All of them have ended. */ } };
  process.once('exit', kill);
  return {
    job, ended, hasEnded: () => job.exitCode !== null || job.signalCode !== null, seconds: () => (performance.now() - began) / 1000, used: tree.used,
    end: () => {
      tree.stop();
      process.removeListener('exit', kill);
      kill();
    },
  };
};
