import type { Width } from '../../../core/definition/node';
import { floorHop, windowOf, windowStart } from '../../../core/window/hop';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

describe('a window', () => {
  it.each<[Width, number, number]>([
    ['5m', 5 * minute, 5 * minute], ['715m', 715 * minute, 5 * minute], ['11h', 11 * hour, 5 * minute], ['12h', 12 * hour, hour], ['720m', 12 * hour, hour],
    ['7d', 7 * day, hour], ['287h', 287 * hour, hour], ['12d', 12 * day, day], ['90d', 90 * day, day],
  ])('of %s moves its tail in the hop of its width', (width, milliseconds, hop) => {
    expect(windowOf(width)).toEqual({ width: milliseconds, hop });
  });

  it.each(['forever', '1w', '0h', '1.5h', '-1h', '01h', '1 h'])('of %s is none', (width) => {
    expect(() => windowOf(width as Width)).toThrow(`'${width}' is no width of a window`);
  });

  it('begins at the hop in which its width before the moment lies, counted from the epoch in UTC', () => {
    const t = Date.UTC(2001, 5, 1, 12, 2, 30);
    expect(new Date(windowStart(t, windowOf('1h'))).toISOString()).toBe('2001-06-01T11:00:00.000Z');
    expect(new Date(windowStart(t, windowOf('24h'))).toISOString()).toBe('2001-05-31T12:00:00.000Z');
    expect(new Date(windowStart(t, windowOf('14d'))).toISOString()).toBe('2001-05-18T00:00:00.000Z');
    expect(floorHop(-1, hour)).toBe(-hour);
  });
});
