import fc from 'fast-check';
import type { Mutant } from './simulator';
import { differencesAfter, schedules } from './simulator';

/** How many schedules are tried; a soak test tries more. */
const runs = Number(process.env['HEADRACE_SCHEDULES'] ?? 10_000);

const check = (numRuns: number, mutant: Mutant = {}, seed?: number) => fc.check(fc.asyncProperty(schedules, async (schedule) => {
  const differences = await differencesAfter(schedule, mutant);
  fc.pre(differences !== undefined);
  expect(differences).toEqual([]);
}), { numRuns, ...(seed === undefined ? {} : { seed, endOnFailure: true }) });

describe('the canonical state of every item, after any schedule of faults', () => {
  it(`equals the ledger of the stated guarantee, in ${runs} schedules`, async () => {
    const result = await check(runs);
    expect(result.failed ? fc.defaultReportMessage(result) : 'no difference').toBe('no difference');
  }, 3_600_000);
});

describe('a schedule finds out', () => {
  const widest = 7 * 86_400_000;
  it.each<[string, Mutant]>([
    ['records under the watermark that are not dropped', { seen: (_plan, state) => ({ ...state, watermarks: [], ring: [] }) }],
    ['writes without a condition', { withoutCondition: true }],
    ['a watermark that is written apart from its state', { watermarkApart: true }],
    ['a ring that is off', { seen: (_plan, state) => ({ ...state, ring: [] }) }],
    ['shards that do not wait for their parents', { parentsIgnored: true }],
    ['a wall clock in the fold', { wallClock: true }],
    ['a late rule over the longest window alone', { plan: (plan) => ({ ...plan, tiers: plan.tiers.map((tier) => ({ ...tier, width: widest })) }) }],
  ])('%s', async (_what, mutant) => {
    expect((await check(3_000, mutant, 5)).failed).toBe(true);
  }, 120_000);
});
