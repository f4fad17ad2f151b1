import { unregistered } from '../../../cli/training/registered-version';

const refused = [{ modelVersion: 'bad', verdicts: [{ rule: 'rows', passed: true, value: 5000, limit: 1000 }, { rule: 'auc', passed: false, value: 0.5, limit: 0.71, champion: 0.712, remedy: 'train on a longer range' }] }] as const;

describe('a version that is named', () => {
  it('can be used when it is registered', () => {
    expect(unregistered('late', 'good', [{ modelVersion: 'good' }], refused)).toBeUndefined();
  });

  it('is said to be refused, and why, when the gate has not let it pass', () => {
    expect(unregistered('late', 'bad', [{ modelVersion: 'good' }], refused)).toMatchObject({
      message: 'The gate has refused version bad of late: it is not registered, and nothing can promote it or predict with it.\n  refused  auc: 0.5000, at least 0.7100 (the champion has 0.7120)',
      next: 'npx headrace model show late --version bad', exitCode: 1,
    });
  });

  it('is not said to be refused in more words than a few', () => {
    const [, auc] = refused[0].verdicts;
    const many = Array.from({ length: 9 }, (_, index) => ({ ...auc, rule: 'slice auc' as const, slice: `size=${index}` }));
    expect(unregistered('late', 'bad', [], [{ modelVersion: 'bad', verdicts: many }])?.message.split('\n').slice(3)).toEqual(['  refused  slice auc of size=2: 0.5000, at least 0.7100 (the champion has 0.7120)', '  and 6 more']);
  });

  it('is wrong use when there is none of that id', () => {
    expect(unregistered('late', 'nosuch', [{ modelVersion: 'good' }], refused)).toMatchObject({ message: 'late has no version nosuch.', next: 'npx headrace model ls late', exitCode: 2 });
    expect(unregistered('late', 'nosuch', [], [])).toMatchObject({ next: expect.stringMatching(/^npx headrace model train late/u) as string, exitCode: 2 });
  });
});
