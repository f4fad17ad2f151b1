import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { LakePlace } from './lake-place';

const repository = join(__dirname, '..', '..', '..', '..');

/** Ways to commit that lose or double rows; a test must find each of them out. */
export type Mutant = 'insert only' | 'handle loaded last';

/** What came of some objects. */
export interface Compacted {
  readonly done: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** A process that compacts what it is told to. */
export interface CompactorProcess {
  /** Undefined when it was killed meanwhile. */
  readonly compact: (keys: readonly string[]) => Promise<Compacted | undefined>;
  /** Any other task of lake_worker.py; undefined when it was killed meanwhile. */
  readonly ask: <Answer>(task: 'make' | 'predict' | 'maintain' | 'tag' | 'split' | 'places' | 'tagged' | 'delete' | 'erase' | 'search' | 'strand' | 'grep' | 'landing' | 'keep' | 'open' | 'go on', ...words: readonly (string | number | boolean | null | readonly (string | readonly string[])[])[]) => Promise<Answer | undefined>;
  readonly kill: () => void;
  readonly end: () => Promise<void>;
}

/** Starts a compactor: the module that is deployed, in a process of its own. `pausing`: its first commit waits for `go on`. */
export const startCompactor = async ({ endpoint, tablesFile, database, raw, curated, sizes }: LakePlace, { mutant, pausing = false }: { readonly mutant?: Mutant; readonly pausing?: boolean } = {}): Promise<CompactorProcess> => {
  const python = join(repository, '.headrace', 'venv', 'bin', 'python');
  const words = [join(__dirname, 'lake_worker.py'), tablesFile, database, raw, curated, ...(mutant === undefined ? [] : [mutant]), ...(pausing ? ['pausing'] : [])];
  const process_: ChildProcessByStdio<Writable, Readable, null> = spawn(python, words, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', PYTHONPATH: join(repository, 'glue-jobs'), PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' },
  });
  // What is written to a process that was killed is lost, as it should be.
  process_.stdin.on('error', () => undefined);
  const ended = once(process_, 'close');
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | undefined> => { const { value, done } = await lines.next(); return done === true ? undefined : value; };
  await next();
  const ask = async <Answer>(...task: readonly unknown[]): Promise<Answer | undefined> => {
    process_.stdin.write(`${JSON.stringify(task)}\n`);
    const answer = await next();
    return answer === undefined ? undefined : JSON.parse(answer) as Answer;
  };
  return {
    compact: async (keys) => await ask<Compacted>('compact', keys.map((key) => [key, sizes.get(key) ?? 0])),
    ask,
    kill: () => { process_.kill('SIGKILL'); },
    end: async () => { process_.stdin.end(); await ended; },
  };
};
