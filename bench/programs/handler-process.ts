/*
 * Runs a bundled Lambda in a process that stays, as Lambda's runtime does: `handler-process BUNDLE REQUESTS`.
 * A command `{from, count}` answers that many requests one after another: the milliseconds of each, and of each answer the
 * first prediction, or the first entity's flights of a week.
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

const measure = async ({ from, count }: { readonly from: number; readonly count: number }): Promise<unknown> => {
  const milliseconds: number[] = [];
  const predictions: number[] = [];
  for (let index = from; index < from + count; index += 1) {
    const began = performance.now();
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
    writeSync(3, `${JSON.stringify(await measure(JSON.parse(line) as { from: number; count: number }))}\n`);
};

void serve();
