import { count, entity, event, featureView, int, last, over, string, sum } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { decodeState, encodeState, featuresAt, fold, planView, prepareRecord } from '../../../core/window';
import { options } from './support';

const paid = event('card.paid', { version: 1, partitionBy: 'card', fields: { card: string(), amount: int() } });
const card = entity('card', { id: string() });
const spending = featureView('spending', { version: 1, entity: card, from: paid, by: (row) => ({ id: row.card }), features: (row) => [
  over(['1h', 'lifetime'], { payments: count(), spend: sum(row.amount) }), over('lifetime', { newest: last(row.amount) })] });

const compilation = compile({ paid, card, spending });
const view = compilation.ok ? compilation.manifest.views['spending@v1'] : undefined;
if (!compilation.ok || !view) throw new Error(JSON.stringify(compilation));
const plan = planView(compilation.manifest, view);

const paidAt = (time: number, sequence: number, amount = sequence) => {
  const record = prepareRecord(plan, { position: { source: 'stream', shard: 'shardId-000000000000', sequence: String(sequence), subSequence: 0 }, source: 's', id: String(sequence), effectiveTime: time, arrival: Date.UTC(2026, 0, sequence), row: { card: 'c', amount } });
  if (!record) throw new Error('The payment has no card.');
  return record;
};

describe('a lifetime', () => {
  const times = [0, Date.UTC(1999, 11, 31), Date.UTC(2026, 0, 1), Date.UTC(2012, 1, 29)];
  const { state } = fold(plan, undefined, times.map((time, index) => paidAt(time, index + 1)), options);

  it('counts what happened at any time since 1970, in any order', () => {
    expect(featuresAt(plan, state, Date.UTC(2026, 0, 2))).toEqual({ payments_1h: 0, spend_1h: 0, payments_lifetime: 4, spend_lifetime: 10, newest_lifetime: 3 });
  });

  it('is one tile, and so takes no more room as time goes by', () => {
    expect(state.tiers.map(({ size }) => size)).toEqual([1, 1]);
    expect(decodeState(plan, encodeState(plan, state))).toEqual(state);
  });

  it('never expires, however long nothing comes', () => {
    expect(state.expiresAt).toBe(0);
    const after = fold(plan, state, [{ ...paidAt(Date.UTC(2099, 0, 1), 5), arrival: Date.UTC(2099, 0, 1) }], options).state;
    expect(featuresAt(plan, after, Date.UTC(2099, 0, 2))['payments_lifetime']).toBe(5);
  });
});
