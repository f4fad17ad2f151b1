import { casesIn, measure, median, percentile } from '../../bench/case';

const bench = { id: 'x', what: 'x', unit: 'ms', goal: 2, fair: 'x' } as const;

describe('a benchmark case', () => {
  it('compares medians, the better way round', async () => {
    const times = [10, 11, 9, 10, 100];
    const less = await measure({ ...bench, better: 'less', ours: () => Promise.resolve(5), peer: () => Promise.resolve(times.pop()) }, 'm', 'd');
    expect(less).toMatchObject({ ours: 5, peer: 10, ratio: 2 });
    expect((await measure({ ...bench, better: 'more', ours: () => Promise.resolve(30), peer: () => Promise.resolve(10) }, 'm', 'd')).ratio).toBe(3);
  });

  it('takes turns, so that a machine that slows down slows both', async () => {
    const order: string[] = [];
    const side = (name: string) => () => { order.push(name); return Promise.resolve(1); };
    await measure({ ...bench, better: 'less', ours: side('o'), peer: side('p') }, 'm', 'd');
    expect(order.join('')).toBe('oppooppoop');
  });

  it('records a peer that does not finish as such', async () => {
    expect(await measure({ ...bench, better: 'less', ours: () => Promise.resolve(1), peer: () => Promise.resolve(undefined) }, 'm', 'd')).toMatchObject({ peer: null, ratio: null });
  });

  it('goes on with the side that does finish, and gives the other no number', async () => {
    const times = [1, undefined];
    const result = await measure({ ...bench, better: 'less', ours: () => Promise.resolve(1), peer: () => Promise.resolve(times.shift()) }, 'm', 'd');
    expect(result).toMatchObject({ ours: 1, peer: null, ratio: null });
    expect(times).toEqual([]);
  });

  it('measures once for all cases that look at the same measurements', async () => {
    const log: string[] = [];
    const measured = (side: string, value: number) => () => { log.push(side); return Promise.resolve([value, 10 * value]); };
    const cases = casesIn<string, number[]>({ open: () => { log.push('open'); return Promise.resolve('world'); }, close: () => { log.push('close'); return Promise.resolve(); }, ours: measured('ours', 1), peer: measured('peer', 2) },
      [{ ...bench, better: 'less', of: ([small]) => small ?? Number.NaN }, { ...bench, better: 'less', of: ([, large]) => large ?? Number.NaN }]);
    const results = [];
    for (const each of cases) results.push(await measure(each, 'm', 'd'));
    expect(results).toMatchObject([{ ours: 1, peer: 2 }, { ours: 10, peer: 20 }]);
    expect(log.filter((each) => each === 'ours')).toHaveLength(5);
    expect([log[0], log.at(-1), log.length]).toEqual(['open', 'close', 12]);
  });

  it('takes for a percentile the value that such a share does not exceed', () => {
    expect([percentile([4, 1, 3, 2], 0.5), percentile([4, 1, 3, 2], 0.99), percentile([], 0.5)]).toEqual([2, 4, Number.NaN]);
  });

  it('takes the middle of an even number of values', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeUndefined();
  });
});
