import { runHistory, truthIsNaive } from '../../../bench/three-million';

describe('three million flights through the aggregator', () => {
  it('give at random moments what the flights themselves give, for every airport and feature', async () => {
    const { events, rejected, compared, differences } = await runHistory(200);
    expect({ events, rejected, differences: differences.slice(0, 3) }).toEqual({ events: 2_994_694, rejected: 11, differences: [] });
    expect(compared).toBeGreaterThan(1_000_000);
  }, 30 * 60_000);

  it('are compared with what a naive count says too', async () => {
    expect((await truthIsNaive(Date.UTC(2001, 0, 10))).slice(0, 3)).toEqual([]);
  }, 120_000);
});
