/** Fuzzes the contracts for a while: `node setup/run.mjs test/fuzz/contracts.ts [--seconds 300] [--seed N]`. Ends with what it tried, or with the smallest input that breaks a promise. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { contracts, manifest } from '../fixtures/contracts';
import { anyFrame, isReceivedRightly } from './frames';
import { naiveJudge } from './naive-judge';
import { anything, isKeptRightly } from './properties';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' }, seed: { type: 'string', default: String(Date.now() % 2 ** 31) } } });
const until = Date.now() + Number(values.seconds) * 1000;
const keptRightly = isKeptRightly(contracts, naiveJudge(manifest));
const properties = [fc.asyncProperty(anything, (data) => Promise.resolve(keptRightly(data))), fc.asyncProperty(anyFrame, isReceivedRightly)];

const fuzz = async (): Promise<void> => {
  let runs = 0;
  for (let seed = Number(values.seed); Date.now() < until && process.exitCode === undefined; seed += 1) for (const property of properties) {
    const result = await fc.check(property, { numRuns: 5000, seed });
    runs += result.numRuns;
    if (!result.failed) continue;
    const found = Buffer.from(result.counterexample?.[0] ?? []);
    process.stdout.write(`seed ${seed}: ${JSON.stringify(found.toString('utf8'))} (base64 ${found.toString('base64')})\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`${runs} inputs from seed ${values.seed} on, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB\n`);
};

void fuzz();
