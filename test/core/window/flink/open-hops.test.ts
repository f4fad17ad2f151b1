import { openUntil } from '../../../../core/window/flink';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const noon = Date.UTC(2001, 5, 1, 12, 34);

const until = (...hops: readonly number[]): string => new Date(openUntil({ tiers: hops.map((hop) => ({ hop })) } as unknown as Parameters<typeof openUntil>[0], noon)).toISOString();

describe('the hops of a view that are open at a moment', () => {
  it('have all passed when the widest has', () => {
    expect(until(5 * minute)).toBe('2001-06-01T12:35:00.000Z');
    expect(until(5 * minute, hour)).toBe('2001-06-01T13:00:00.000Z');
    expect(until(day, 5 * minute, hour)).toBe('2001-06-02T00:00:00.000Z');
  });

  it('are the next ones at the very start of a hop', () => {
    expect(new Date(openUntil({ tiers: [{ hop: day }] } as unknown as Parameters<typeof openUntil>[0], Date.UTC(2001, 5, 1))).toISOString()).toBe('2001-06-02T00:00:00.000Z');
  });
});
