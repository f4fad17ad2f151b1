/*
 * Runs a bundled Lambda in a process that stays, as Lambda's runtime does: `handler-process BUNDLE REQUESTS`.
 * A command `{from, count}` answers that many requests one after another: the milliseconds of each, and of each answer the
 * first prediction, or the first entity's flights of a week. With `every` a request is due each so many milliseconds, and
 * its time counts from then.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

interface Answer { readonly statusCode: number; readonly body: string }
type Handler = (event: unknown, context: unknown) => Promise<Answer>;

const [bundle = '', file = ''] = process.argv.slice(2);
const { handler } = createRequire(bundle)(bundle) as { readonly handler: Handler };
const requests = JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[];
const context = { functionName: 'prediction-api', getRemainingTimeInMillis: () => 29_000 };

interface Command { readonly from: number; readonly count: number; readonly every?: number }
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps until then, and does nothing meanwhile, as what is frozen between two invocations; timers of Node are a millisecond late. */
const sleepUntil = async (due: number): Promise<void> => {
  // What the last answer has left to do is done before.
  await new Promise((resolve) => { setImmediate(resolve); });
  const milliseconds = due - performance.now();
  if (milliseconds > 0) Atomics.wait(nothing, 0, 0, milliseconds);
};

const measure = async ({ from, count, every }: Command): Promise<unknown> => {
  const first = performance.now();
  const milliseconds: number[] = [];
  const predictions: number[] = [];
  for (let index = from; index < from + count; index += 1) {
    const due = every === undefined ? undefined : first + (index - from) * every;
    if (due !== undefined) await sleepUntil(due);
    const began = due ?? performance.now();
    const answer = await handler(requests[index % requests.length], context);
    milliseconds.push(performance.now() - began);
    if (answer.statusCode !== 200) throw new Error(`request ${index} was answered with ${answer.statusCode}: ${answer.body}`);
    const { predictions: predicted, results } = JSON.parse(answer.body) as { readonly predictions?: readonly { readonly prediction: number }[]; readonly results?: readonly { readonly features: Readonly<Record<string, number>> }[] };
    predictions.push(predicted?.[0]?.prediction ?? results?.[0]?.features['flights_7d'] ?? Number.NaN);
  }
  return { milliseconds, predictions };
};

const serve = async (): Promise<void> => {
  for await (const line of createInterface({ input: process.stdin }))
    writeSync(3, `${JSON.stringify(await measure(JSON.parse(line) as Command))}\n`);
};

void serve();
