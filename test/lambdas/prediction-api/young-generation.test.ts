import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { youngGenerationOptions } from '../../../lib/constructs/young-generation';

const repository = join(__dirname, '..', '..', '..');

/** How often a process collects its young generation while 400 requests leave a megabyte each behind. */
const collections = (options: string, before: string): number => {
  const program = `
    const { PerformanceObserver, constants } = require('node:perf_hooks');
    ${before}
    let count = 0;
    new PerformanceObserver((list) => { count += list.getEntries().filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MINOR).length; }).observe({ entryTypes: ['gc'] });
    const request = (left) => {
      if (left === 0) { setTimeout(() => { process.stdout.write(String(count)); }, 50); return; }
      const garbage = Array.from({ length: 1024 }, () => new Array(128).fill(left));
      setImmediate(request, garbage.length > 0 ? left - 1 : 0);
    };
    request(400);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', '-e', program], { cwd: repository, encoding: 'utf8', env: { PATH: process.env['PATH'], NODE_OPTIONS: options } });
  expect([status, stderr]).toEqual([0, '']);
  return Number(stdout);
};

describe('the young generation of the prediction API', () => {
  it('is collected each few dozen requests, and not at one in a few', () => {
    const grown = collections(youngGenerationOptions(1769), `require('./lambdas/prediction-api/young-generation').growYoungGeneration();`);
    expect(grown).toBeGreaterThan(0);
    expect(collections('', '')).toBeGreaterThan(4 * grown);
  }, 60_000);

  it.each([[1769, 64], [1024, 64], [1023, 32], [512, 32], [128, 8]])('has of %d MB a space of %d MB', (memory, space) => {
    expect(youngGenerationOptions(memory)).toBe(`--max-semi-space-size=${space}`);
  });
});
