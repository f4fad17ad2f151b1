/** `npm test [-- STAGE…]`: the whole check, stage by stage; ends at the first that fails, and always with the closing line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type JestResults, type StageOutcome, addUp, closingLine, isGood, stageLine } from './check/outcome';
import { type Stage, stagesOf } from './check/stages';

const root = join(__dirname, '..');
const reports = join(root, '.headrace', 'reports');
/** Where tests put what they make. Test runners end their workers without their exit handlers, so it is emptied here, after each stage. */
const temporary = join(root, '.headrace', 'test-temporary');
/** What the integration tests call is recorded here, for the stage after them. */
const calls = join(root, '.headrace', 'calls');
/** A check that takes longer hangs: it is ended while there is still time to say so. */
const limitMinutes = 55;
const graceSeconds = 10;

let running: ChildProcess | undefined;
let stoppedBy: string | undefined;

/** Ends the stage that runs, and with it the check. */
const stop = (reason: string): void => {
  stoppedBy ??= reason;
  const child = running;
  child?.kill('SIGTERM');
  setTimeout(() => child?.kill('SIGKILL'), graceSeconds * 1000).unref();
};

const runCommand = ({ command: [command = '', ...words], environment }: Stage): Promise<number> => new Promise((resolve) => {
  // Jest's report goes to stderr, its results to their file.
  running = spawn(command, words, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...environment, TMPDIR: temporary } });
  running.on('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    resolve(1);
  });
  running.on('close', (code) => { resolve(code ?? 1); });
});

const resultsIn = (file: string): JestResults | 'missing' => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as JestResults) : 'missing');

const emptied = (directory: string): void => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
};

/** A full disk shows as any fault in any test; so each stage says what it left. */
const freeGigabytes = (): string => {
  const { bavail, bsize } = statfsSync(root);
  return ((bavail * bsize) / 1e9).toFixed(1);
};

const runStage = async (stage: Stage): Promise<StageOutcome> => {
  const { name, results } = stage;
  process.stdout.write(`\n── ${name}\n`);
  const began = Date.now();
  const code = await runCommand(stage);
  const seconds = (Date.now() - began) / 1000;
  const left = freeGigabytes();
  emptied(temporary);
  process.stdout.write(`── ${name}: ${code === 0 ? 'passed' : `failed (exit code ${code})`} in ${seconds.toFixed(1)} s, ${left} GB of disk left\n`);
  return { name, passed: code === 0, seconds, ...(results === undefined ? {} : { results: resultsIn(results) }) };
};

const runStages = async (stages: readonly Stage[]): Promise<readonly StageOutcome[]> => {
  const outcomes: StageOutcome[] = [];
  for (const stage of stages) {
    const outcome = await runStage(stage);
    outcomes.push(outcome);
    if (!outcome.passed || stoppedBy !== undefined) break;
  }
  return outcomes;
};

const main = async (wanted: readonly string[]): Promise<boolean> => {
  const stages = stagesOf(root, reports, calls);
  const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no stage ${unknown.join(', ')}.\nnext: npm test -- ${stages.map(({ name }) => (name.includes(' ') ? `'${name}'` : name)).join('|')}\n`);
    process.stdout.write(`${closingLine(addUp([]))}\n`);
    return false;
  }
  for (const directory of [reports, temporary]) emptied(directory);
  const asked = stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  // Recordings of another state of the code say nothing about this one.
  if (asked.some(({ environment }) => environment !== undefined)) rmSync(calls, { recursive: true, force: true });
  const outcomes = await runStages(asked);
  rmSync(temporary, { recursive: true, force: true });
  process.stdout.write(`\n${stageLine(outcomes)}\n${stoppedBy === undefined ? '' : `stopped: ${stoppedBy}\n`}${closingLine(addUp(outcomes))}\n`);
  return stoppedBy === undefined && isGood(outcomes);
};

setTimeout(() => { stop(`it took longer than ${limitMinutes} minutes`); }, limitMinutes * 60_000).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { stop(signal); });
void (async () => { process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1; })();
