import { count, entity, event, featureView, float, mean, model, over, string, sum } from 'headrace';
import { compile } from '../../../core/manifest/compile';

const order = event('order', { version: 1, partitionBy: 'customer', fields: { customer: string(), amount: float() } });
const customer = entity('customer', { id: string() });

/** Goes everywhere, as all does in a file that nobody has checked the types of. */
const unchecked = (value: unknown): never => value as never;
const read = (of: object, name: string): unknown => (of as Readonly<Record<string, unknown>>)[name];

describe('a name that is not there', () => {
  it('is an error where a column is read', () => {
    expect(() => featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { mean: mean(unchecked(read(f, 'amuont'))) })] })).toThrow("There is no column 'amuont'; there are customer, amount.");
  });

  it('is an error where a feature, a slot or a request field is read', () => {
    const spending = featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { orders: count(), amount: sum(f.amount) })] });
    const of = (inputs: (slots: Readonly<Record<string, unknown>>, request: Readonly<Record<string, unknown>>) => unknown) => () => model('risk', { version: 1, predicts: 'probability', entities: { customer }, request: { hour: float() }, features: (slots, request) => unchecked(inputs(slots, request)), examples: { from: order, row: (f) => ({ entities: { customer: { id: f.customer } }, request: { hour: f.amount }, label: f.amount }) } });
    expect(of((slots) => ({ mean: read(spending.of(unchecked(slots['customer'])), 'mean_1h') }))).toThrow("There is no feature of spending 'mean_1h'; there are orders_1h, amount_1h.");
    expect(of((slots) => ({ x: read(slots, 'buyer') }))).toThrow("There is no slot 'buyer'; there are customer.");
    expect(of((_slots, request) => ({ x: read(request, 'day') }))).toThrow("There is no request field 'day'; there are hour.");
  });
});

describe('an aggregate of what it does not take', () => {
  it('does not compile', () => {
    const spending = featureView('spending', { version: 1, entity: customer, from: order, by: (f) => ({ id: f.customer }), features: (f) => [over('1h', { mean: mean(unchecked(f.customer)), nothing: sum<'float'>(unchecked({ expression: 'float' })), all: count({ where: unchecked(f.amount) }) })] });
    const compiled = compile({ order, customer, spending });
    expect(compiled.ok ? [] : compiled.problems.map(({ problem }) => problem)).toEqual([
      'has the feature mean_1h, a mean of a string; it takes int, float', 'has the feature nothing_1h, a sum of nothing: it names no column', 'has the feature all_1h, of which `where` is a float; it takes boolean',
    ]);
  });
});
