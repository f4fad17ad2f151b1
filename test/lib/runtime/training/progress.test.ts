import { progressKey, progressOf, progressTeller } from '../../../../lib/runtime/training/progress';

describe('how far a training set is', () => {
  it('is told now and then, one word at a time, and is read by who follows that training alone', async () => {
    const told: string[] = [];
    let [atOnce, most] = [0, 0];
    const teller = progressTeller('t.1', async (text) => {
      most = Math.max(most, atOnce += 1);
      told.push(text);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      atOnce -= 1;
    }, 20);
    teller.tell(0.1, 'reading raw');
    teller.tell(0.2, 'passed over');
    teller.tell(0.3, 'rows from 2001-06-01');
    while (told.length < 2) await new Promise((resolve) => { setTimeout(resolve, 5); });
    await teller.settled();
    teller.tell(0.4, 'after its end');
    expect(told.map((text) => progressOf(text, 't.1'))).toEqual([{ execution: 't.1', share: 0.1, step: 'reading raw' }, { execution: 't.1', share: 0.3, step: 'rows from 2001-06-01' }]);
    expect(most).toBe(1);
    expect(progressOf(told[1], 't.2')).toBeUndefined();
  });

  it('breaks nothing where it cannot be told, or what is there is none', async () => {
    const teller = progressTeller('t.1', () => Promise.reject(new Error('S3 is away')));
    teller.tell(0.1, 'reading raw');
    await expect(teller.settled()).resolves.toBeUndefined();
    for (const text of [undefined, 'no JSON', 'null', '{"execution":"t.1"}']) expect(progressOf(text, 't.1')).toBeUndefined();
  });

  it('stands beside the sets of its model', () => { expect(progressKey({ name: 'late', version: 2 })).toBe('training-sets/late/v2/progress.json'); });
});
