import { count, distinct, entity, event, featureView, float, int, last, max, mean, over, personal, string, sum } from '../../../core/definition';
import { compile } from '../../../core/manifest/compile';

const payment = event('payment.made', { version: 1, partitionBy: 'card', fields: { card: string(), user: personal(string()), merchant: string(), amount: float(), age: personal(int()) } });
const merchant = entity('merchant', { id: string() });
const user = entity('user', { id: personal(string()) });

type Columns = Parameters<Parameters<typeof featureView<'merchant', { readonly id: ReturnType<typeof string> }, (typeof payment)['fields'], readonly []>>[1]['features']>[0];
const problemsOf = (definitions: Readonly<Record<string, unknown>>): readonly string[] => {
  const compilation = compile({ payment, ...definitions });
  return compilation.ok ? [] : compilation.problems.map(({ definition, problem }) => `${definition} ${problem}`);
};
const ofMerchant = (features: (columns: Columns) => Parameters<typeof over>[1]): Readonly<Record<string, unknown>> =>
  ({ merchant, view: featureView('merchant_payments', { version: 1, entity: merchant, from: payment, by: (row) => ({ id: row.merchant }), features: (row) => [over(['1h'], features(row))] }) });

describe('personal fields in feature views', () => {
  it.each([
    ['the last value', (row: Columns) => ({ seen: last(row.user) }), "has the feature seen_1h, which keeps values of the personal field 'user' for merchant"],
    ['the largest', (row: Columns) => ({ oldest: max(row.age) }), "has the feature oldest_1h, which keeps values of the personal field 'age' for merchant"],
  ])('are not kept for an entity by which no person is found: %s', (_, features, problem) => {
    expect(problemsOf(ofMerchant(features))).toEqual([expect.stringContaining(`feature view merchant_payments@v1 ${problem}`)]);
  });

  it('may be counted and added up for any entity', () => {
    expect(problemsOf(ofMerchant((row) => ({ users: distinct(row.user), payments: count(), age: mean(row.age), paid: sum(row.amount), largest: max(row.amount) })))).toEqual([]);
  });

  it('are kept for the person that they are of, whose key is marked', () => {
    const of = (who: typeof user | ReturnType<typeof plain>) => featureView('user_payments', { version: 1, entity: who, from: payment, by: (row) => ({ id: row.user }), features: (row) => [over(['1h'], { seen: last(row.user), oldest: max(row.age) })] });
    const plain = () => entity('user', { id: string() });
    expect(problemsOf({ user, view: of(user) })).toEqual([]);
    const unmarked = plain();
    expect(problemsOf({ user: unmarked, view: of(unmarked) })).toEqual([expect.stringContaining("finds the key 'id' of user in the personal field 'user', and that key is not personal; mark it as personal()")]);
  });
});
