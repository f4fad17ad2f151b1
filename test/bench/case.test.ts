import { measure, median } from '../../bench/case';

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

  it('takes the middle of an even number of values', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeUndefined();
  });
});
