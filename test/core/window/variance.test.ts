import { entity, event, featureView, int, over, standardDeviation, string, variance } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { featuresAt, fold, planView, prepareRecord } from '../../../core/window';
import type { ViewPlan } from '../../../core/window';
import { options } from './support';

const paid = event('card.paid', { version: 1, partitionBy: 'card', fields: { card: string(), amount: int() } });
const card = entity('card', { id: string() });
const spread = featureView('spread', { version: 1, entity: card, from: paid, by: (row) => ({ id: row.card }), features: (row) => [over('1h', { variance: variance(row.amount), deviation: standardDeviation(row.amount) })] });

const planned = (): ViewPlan => {
  const compilation = compile({ paid, card, spread });
  const view = compilation.ok ? compilation.manifest.views['spread@v1'] : undefined;
  if (!compilation.ok || !view) throw new Error(JSON.stringify(compilation));
  return planView(compilation.manifest, view);
};
const plan = planned();

describe('a variance', () => {
  it.each([
    [[1, 2, 3, 4], 1.25], [[7], 0], [[-3, 3], 9], [[1_000_000_000_001, 1_000_000_000_002, 1_000_000_000_003], 2 / 3], [[4_000_000_000_000_000, 4_000_000_000_000_002], 1],
  ])('of %p is %d, however far from zero the values are', (values, expected) => {
    const { state } = fold(plan, undefined, values.map((amount, index) => {
      const record = prepareRecord(plan, { position: { source: 'stream', shard: 's', sequence: String(index + 1), subSequence: 0 }, source: 's', id: String(index), effectiveTime: 1000 + index, arrival: 5000, row: { card: 'c', amount } });
      if (!record) throw new Error('The payment has no card.');
      return record;
    }), options);
    expect(featuresAt(plan, state, 6000)).toEqual({ variance_1h: expect.closeTo(expected, 12), deviation_1h: expect.closeTo(Math.sqrt(expected), 12) });
  });
});
