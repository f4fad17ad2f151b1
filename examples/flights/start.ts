import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LocalCloud } from '../../local/cloud';
import { commandOf, isRunning } from '../../local/process';
import { setIngestion } from './ingestion';
import { flightsProject } from './project';
import { displayOn } from './progress';
import type { RunResult } from './run';
import { runFlights } from './run';
import { explanationOf } from './start-error';

const usage = `npm start [-- OPTIONS]   the whole platform on this machine, with real flights
  --once    stop when two days were played; the last line on stdout is a JSON object
  --ingestion kinesis|msk
            what events come in by: a stream of Kinesis, or a topic of Kafka, whose broker is then brought to this machine (about 80 MB)
  --fresh   forget what earlier runs have kept, and begin at the first of June again
`;

/** Milliseconds that work which was broken off gets to come to a good place. */
const grace = 3_000;

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

/** Milliseconds within which signals are one and the same: whoever sends it to the group is also passed on by npm and by set-up. */
const sameSignal = 1_000;

/** Ends this process where it stands: threads that are in the middle of native work abort when they are ended in order, and what they do can be done again. */
const endAtOnce = (): void => { process.kill(process.pid, 'SIGKILL'); };

/** Resolves at the first Ctrl-C, or when asked to terminate; a second one ends the process at once. */
const interruption = (): Promise<'interrupted'> => new Promise((resolve) => {
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {
    first ??= Date.now();
    resolve('interrupted');
    if (Date.now() - first > sameSignal) endAtOnce();
  });
});

/** The process of another `npm start` that works in the same home directory. */
const otherStart = (file: string): number | undefined => {
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN;
  return Number.isInteger(other) && other !== process.pid && isRunning(other) && commandOf(other).includes(join('flights', basename(__filename))) ? other : undefined;
};

/** `npm start`; gives the exit code. */
const start = async (words: readonly string[]): Promise<number> => {
  let options: { once?: boolean | undefined; fresh?: boolean | undefined; ingestion?: string | undefined; help?: boolean | undefined };
  try {
    options = parseArgs({ args: [...words], options: { once: { type: 'boolean' }, fresh: { type: 'boolean' }, ingestion: { type: 'string' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
  if (options.help) { process.stderr.write(usage); return 0; }
  const { ingestion = 'kinesis' } = options;
  if (ingestion !== 'kinesis' && ingestion !== 'msk') {
    process.stderr.write(`--ingestion is kinesis or msk, not '${ingestion}'.\n${usage}`);
    return 2;
  }
  setIngestion({ ingestion });

  const { home } = flightsProject();
  const processFile = join(home, 'start.pid');
  const other = otherStart(processFile);
  if (other !== undefined) {
    process.stderr.write(`npm start runs already, as process ${other}: two would play the same flights.\nnext: try what it prints at its end, or stop it with Ctrl-C\n`);
    return 1;
  }
  const logFile = join(home, 'logs', 'start.log');
  mkdirSync(join(home, 'logs'), { recursive: true });
  writeFileSync(processFile, String(process.pid));
  writeFileSync(logFile, '');
  const log = (line: string): void => appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`);
  const display = displayOn(process.stderr, log);
  const interrupted = interruption();
  const controller = new AbortController();
  let cloud: LocalCloud | undefined;

  /** Stops the local cloud, with its state kept; one that was there before stays. */
  const stop = async (): Promise<void> => {
    const running = cloud;
    if (running?.attached) display.say('The local cloud ran before, and runs on: npx headrace local stop');
    else if (running) await display.run({ name: 'stop', usually: 3, work: () => running.stop(), summary: () => 'the local cloud has stopped; what it holds is kept' });
  };

  const work = runFlights({ display, log, signal: controller.signal, fresh: options.fresh === true, ingestion, onCloud: (started) => { cloud = started; } });
  let result: RunResult | 'interrupted';
  try {
    result = await Promise.race([work, interrupted]);
    if (result !== 'interrupted' && !options.once) {
      display.say('', 'It runs until Ctrl-C.');
      // Waiting for a signal alone does not keep a process going.
      const going = setInterval(() => undefined, 60_000);
      await interrupted;
      clearInterval(going);
      display.close();
    }
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const { message, next } = explanationOf(error);
    display.say('', message, `log:  ${logFile}`, `next: ${next}`);
    await stop();
    return 1;
  }
  if (result === 'interrupted') {
    display.close();
    display.say('Stopping …');
    controller.abort();
    const ended = await Promise.race([work.then(() => true, () => true), sleep(grace).then(() => false)]);
    await stop();
    if (!ended) endAtOnce();
    return 1;
  }
  await stop();
  if (options.once) process.stdout.write(`${JSON.stringify({ ...result, seconds: display.seconds() })}\n`);
  return 0;
};

// What was broken off may still wait for an answer that never comes.
if (require.main === module) void start(process.argv.slice(2)).then((code) => process.exit(code), (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
