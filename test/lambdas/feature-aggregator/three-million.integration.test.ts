import { runHistory, truthIsNaive } from '../../../bench/three-million';

/** All three million take minutes: `npm run bench:three-million` does them, at a thousand moments. */
const until = Date.UTC(2001, 1, 10);

describe('the flights of forty days through the aggregator', () => {
  it('give at random moments what the flights themselves give, for every airport and feature', async () => {
    const { events, compared, differences } = await runHistory(100, until);
    expect({ isAll: events > 600_000, differences: differences.slice(0, 3) }).toEqual({ isAll: true, differences: [] });
    expect(compared).toBeGreaterThan(500_000);
  }, 15 * 60_000);

  it('are compared with what a naive count says too', async () => {
    expect((await truthIsNaive(Date.UTC(2001, 0, 10))).slice(0, 3)).toEqual([]);
  }, 120_000);
});
