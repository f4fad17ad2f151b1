import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

/** A side of a measurement as a process of its own, that lives from the first measurement to the last. */
export interface Side {
  /** Has it do one thing. It reads commands as lines of JSON on its standard input, and answers with lines of JSON on file descriptor 3. */
  readonly ask: <Answer>(command: unknown) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

const linesToShow = 20;

/**
 * Starts a side. What it prints is thrown away, as both sides print the logs of a Lambda.
 *
 * @param environment its whole environment but for PATH and HOME: no settings of the shell reach a measurement
 */
export const startSide = (command: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}): Side => {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, words, { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env: { PATH, HOME, ...environment } });
  const [input, , errors, answers] = child.stdio;
  if (!input || !errors || !(answers instanceof Readable)) throw new Error(`${words.join(' ')} was started without its pipes.`);
  const waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void }[] = [];
  const said: string[] = [];
  createInterface({ input: errors }).on('line', (line) => {
    said.push(line);
    if (said.length > linesToShow) said.shift();
  });
  createInterface({ input: answers }).on('line', (line) => { waiting.shift()?.resolve(line); });
  // What is written to a process that has just ended is answered by its end.
  input.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${words.join(' ')} ended (${why}):\n${said.join('\n')}`));
      resolve();
    };
    child.on('error', (error) => { end(error.message); });
    child.on('close', (code, signal) => { end(signal ?? `exit code ${code}`); });
  });
  return {
    ask: async <Answer>(question: unknown) => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${words.join(' ')} has ended:\n${said.join('\n')}`);
      const answer = new Promise<string>((resolve, reject) => { waiting.push({ resolve, reject }); });
      input.write(`${JSON.stringify(question)}\n`);
      return JSON.parse(await answer) as Answer;
    },
    close: async () => {
      input.end();
      await closed;
    },
  };
};
