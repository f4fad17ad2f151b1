import { logRange } from '../../cli/monitoring/log-range';
import { rangeOption, wholeRange } from '../../cli/range-option';

describe('a range on the command line', () => {
  it('is open where an end is left out', () => {
    expect(rangeOption({})).toEqual({});
    expect(rangeOption({ from: '2001-06-01' })).toEqual({ from: Date.UTC(2001, 5, 1) });
    expect(wholeRange({ from: '2001-06-01', to: '2001-06-01T12:00:00Z' })).toEqual({ from: Date.UTC(2001, 5, 1), to: Date.UTC(2001, 5, 1, 12) });
  });

  it.each([['2001-06-02', '2001-06-01'], ['2001-06-01', '2001-06-01']])('from %s to %s is refused, as there is nothing in it', (from, to) => {
    expect(() => rangeOption({ from, to })).toThrow(`--from is ${from} and --to ${to}`);
    expect(() => wholeRange({ from, to })).toThrow(/must be before/u);
  });

  it('of predictions is a day, unless it says more', () => {
    const now = Date.UTC(2001, 5, 3);
    expect(logRange(undefined, undefined, now)).toEqual({ from: Date.UTC(2001, 5, 2), to: now });
    expect(logRange(undefined, '2001-06-02', now)).toEqual({ from: Date.UTC(2001, 5, 1), to: Date.UTC(2001, 5, 2) });
    expect(() => logRange('2001-06-04', undefined, now)).toThrow(/without --to it ends now, 2001-06-03/u);
  });
});
