import { count, entity, event, featureView, float, mean, model, over, string, sum } from 'headrace';
import { compile } from '../../../core/manifest/compile';

const order = event('order', { version: 1, partitionBy: 'customer', fields: { customer: string(), amount: float() } });
const customer = entity('customer', { id: string() });

/** What a file that nobody checked the types of can do. */
const unchecked = <T>(value: unknown): T => value as T;

describe('a name that is not there', () => {
  it('is an error where a column is read', () => {
    expect(() => featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { mean: mean(unchecked<{ amuont: typeof f.amount }>(f).amuont) })] })).toThrow("There is no column 'amuont'; there are customer, amount.");
  });

  it('is an error where a feature, a slot or a request field is read', () => {
    const spending = featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { orders: count(), amount: sum(f.amount) })] });
    const of = (read: (slots: Readonly<Record<string, never>>, request: Readonly<Record<string, never>>) => unknown) => () => model('risk', { version: 1, predicts: 'probability', entities: { customer }, request: { hour: float() }, features: (slots, request) => unchecked(read(unchecked(slots), unchecked(request))), examples: { from: order, row: (f) => ({ entities: { customer: { id: f.customer } }, request: { hour: f.amount }, label: f.amount }) } });
    expect(of((slots) => ({ mean: unchecked<Record<string, unknown>>(spending.of(unchecked(slots['customer'])))['mean_1h'] }))).toThrow("There is no feature of spending 'mean_1h'; there are orders_1h, amount_1h.");
    expect(of((slots) => ({ x: slots['buyer'] }))).toThrow("There is no slot 'buyer'; there are customer.");
    expect(of((_slots, request) => ({ x: request['day'] }))).toThrow("There is no request field 'day'; there are hour.");
  });
});

describe('an aggregate of what it does not take', () => {
  it('does not compile', () => {
    const spending = featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { mean: mean(unchecked(f.customer)), nothing: sum(unchecked<typeof f.amount>({ expression: 'float' })), all: count({ where: unchecked(f.amount) }) })] });
    const compiled = compile({ order, customer, spending });
    expect(compiled.ok ? [] : compiled.problems.map(({ problem }) => problem)).toEqual([
      'has the feature mean_1h, a mean of a string; it takes int, float', 'has the feature nothing_1h, a sum of nothing: it names no column', 'has the feature all_1h, of which `where` is a float; it takes boolean',
    ]);
  });
});
