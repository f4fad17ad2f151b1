import { compile } from '../../../core/manifest/compile';
import type { ServingPolicy } from '../../../core/manifest/manifest';
import * as flights from '../../../examples/flights/definitions';
import { manifestOf } from '../../fixtures/contracts';
import { given } from '../../fixtures/flights';

const served = (serving: ServingPolicy) => ({ ...flights, lateArrival: { ...flights.lateArrival, serving } });

describe('how a model is served', () => {
  it('is in the manifest, whose hash tells one policy from another', () => {
    const [none, fails, waits] = [manifestOf(flights), manifestOf(served({ missing: 'fail' })), manifestOf(served({ budgetMilliseconds: 50 }))];
    expect(fails.models['late_arrival@v1']).toMatchObject({ serving: { missing: 'fail' } });
    expect(new Set([none.hash, fails.hash, waits.hash]).size).toBe(3);
  });

  it('changes nothing of what the model means: it needs no other version, and no other training', () => {
    const [none, fails] = [manifestOf(flights), manifestOf(served({ missing: 'fail', budgetMilliseconds: 50 }))].map(({ models }) => given(models['late_arrival@v1']));
    expect([fails?.hash, fails?.inputsHash]).toEqual([none?.hash, none?.inputsHash]);
  });

  it.each([
    ['a budget of nothing', { budgetMilliseconds: 0 }, /budgetMilliseconds 0; it is a whole number of milliseconds from 1 to 25000/u],
    ['a budget longer than the API waits', { budgetMilliseconds: 25_001 }, /budgetMilliseconds 25001/u],
    ['a share of more than all', { log: { share: 1.5 } }, /serving\.log\.share 1\.5; it is a number from 0, for none, to 1/u],
    ['half a millisecond', { budgetMilliseconds: 0.5 }, /budgetMilliseconds 0\.5/u],
    ['an endpoint of an odd size', { endpoint: { kind: 'serverless', memoryMegabytes: 1500, maxConcurrency: 5 } } as const, /memoryMegabytes 1500; it is 1024, 2048/u],
    ['an endpoint for nobody', { endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 0 } } as const, /maxConcurrency 0; it is a whole number from 1 to 200/u],
    ['a machine of another service', { endpoint: { kind: 'real-time', instanceType: 'm5.large', instances: 1 } } as const, /instanceType 'm5\.large'; it is one of SageMaker's/u],
    ['no machine', { endpoint: { kind: 'real-time', instanceType: 'ml.m5.large', instances: 0 } } as const, /instances 0/u],
    ['another kind of endpoint', { endpoint: { kind: 'batch' as 'real-time', instanceType: 'ml.m5.large', instances: 1 } }, /kind 'batch'; it is 'serverless' or 'real-time'/u],
    ['to wait longer for state and endpoint than the API does', { budgetMilliseconds: 20_000, endpoint: { kind: 'serverless', memoryMegabytes: 1024, maxConcurrency: 5 } } as const, /waits 20000 ms for its state and 10000 ms for its endpoint; both together are at most 25000 ms/u],
    ['another word', { missing: 'guess' as 'fail' }, /serving\.missing 'guess'; it is 'fail' or 'default'/u],
  ])('refuses %s', (_what, serving, problem) => {
    const compilation = compile(served(serving));
    expect(compilation).toEqual({ ok: false, problems: [{ definition: 'model late_arrival@v1', problem: expect.stringMatching(problem) as string }] });
  });

  it.each([{ budgetMilliseconds: 1 }, { budgetMilliseconds: 25_000 }, { missing: 'default' as const },
    { endpoint: { kind: 'serverless', memoryMegabytes: 6144, maxConcurrency: 200 } } as const, { budgetMilliseconds: 5000, endpoint: { kind: 'real-time', instanceType: 'ml.c6i.large', instances: 2, timeoutMilliseconds: 20_000 } } as const])('takes %j', (serving) => {
    expect(compile(served(serving)).ok).toBe(true);
  });
});
