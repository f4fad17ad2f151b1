/** Fuzzes the contracts for a while: `node setup/run.mjs test/fuzz/contracts.ts [--seconds 300] [--seed N]`. Ends with what it tried, or with the smallest input that breaks a promise. */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { contracts, manifest } from '../fixtures/contracts';
import { naiveJudge } from './naive-judge';
import { anything, isKeptRightly } from './properties';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' }, seed: { type: 'string', default: String(Date.now() % 2 ** 31) } } });
const until = Date.now() + Number(values.seconds) * 1000;
const property = fc.property(anything, isKeptRightly(contracts, naiveJudge(manifest)));

let runs = 0;
for (let seed = Number(values.seed); Date.now() < until; seed += 1) {
  const result = fc.check(property, { numRuns: 5000, seed });
  runs += result.numRuns;
  if (result.failed) {
    const [found] = result.counterexample ?? [];
    process.stdout.write(`seed ${seed}: ${JSON.stringify(Buffer.from(found ?? []).toString('utf8'))} (base64 ${Buffer.from(found ?? []).toString('base64')})\n`);
    process.exitCode = 1;
    break;
  }
}
const { rss } = process.memoryUsage();
process.stdout.write(`${runs} inputs from seed ${values.seed} on, ${Math.round(rss / 2 ** 20)} MB\n`);
