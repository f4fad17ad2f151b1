import { count, entity, event, featureView, gt, int, model, over, personal, string, timestamp } from 'headrace';
import { storesOf } from '../../../core/erasure/stores';
import { curatedTables } from '../../../core/lake/curated-table';
import { predictionTables } from '../../../core/lake/prediction-table';
import { compile } from '../../../core/manifest/compile';
import { manifestOf } from '../../fixtures/contracts';

const placed = event('order.placed', { version: 1, partitionBy: 'email', fields: { email: personal(string()), number: int(), at: timestamp() } });
const customer = entity('customer', { email: personal(string()) });
const number = entity('number', { number: int() });
const ofCustomer = featureView('of_customer', { version: 1, entity: customer, from: placed, by: (order) => ({ email: order.email }), features: () => [over('24h', { orders: count() })] });
const ofNumber = featureView('of_number', { version: 1, entity: number, from: placed, by: (order) => ({ number: order.number }), features: () => [over('24h', { orders: count() })] });
const examples = { from: placed } as const;
const first = model('order_late', { version: 1, predicts: 'probability', entities: { who: customer }, request: {}, features: ({ who }) => ({ who: ofCustomer.of(who) }),
  examples: { ...examples, row: (order) => ({ entities: { who: { email: order.email } }, request: {}, label: gt(order.number, 1) }) } });
const second = model('order_late', { version: 2, owner: 'orders', predicts: 'probability', entities: { who: customer, which: number }, request: {}, features: ({ who, which }) => ({ who: ofCustomer.of(who), which: ofNumber.of(which) }),
  examples: { ...examples, row: (order) => ({ entities: { who: { email: order.email }, which: { number: order.number } }, request: {}, label: gt(order.number, 1) }) } });
const base = { placed, customer, number, ofCustomer, ofNumber };

describe('the table of batch predictions', () => {
  it('is one for all versions of a model, keys last, and says which of them are personal', () => {
    const [table, ...others] = predictionTables(manifestOf({ ...base, second, first }));
    expect(others).toEqual([]);
    expect(table).toMatchObject({ name: 'predictions_order_late', kind: 'predictions', of: 'order_late', owner: 'orders', personal: ['who__email'] });
    expect(table?.columns.map(({ name, type, required }) => `${name} ${type}${required ? ' required' : ''}`)).toEqual([
      '_batch_id string required', '_row string required', '_model string required', '_model_version string required', '_manifest_hash string required', '_moment timestamptz required', '_scored_at timestamptz required',
      'prediction double', 'missing string', 'who__email string', 'which__number long']);
  });

  it('is among the tables that are read, maintained, and looked into when somebody is erased', () => {
    const manifest = manifestOf({ ...base, first });
    expect(curatedTables(manifest).map(({ name }) => name)).toContain('predictions_order_late');
    expect(storesOf(manifest)).toContainEqual({ store: 'table:predictions_order_late', worker: 'lake-eraser' });
  });

  it('has a name of its own, and one type for a column', () => {
    const problems = (exported: Readonly<Record<string, unknown>>): readonly string[] => {
      const found = compile(exported);
      return found.ok ? [] : found.problems.map(({ definition, problem }) => `${definition} ${problem}`);
    };
    const taken = event('predictions.order.late', { version: 1, partitionBy: 'email', fields: { email: string() } });
    expect(problems({ ...base, first, taken })).toContainEqual(expect.stringMatching(/would share the table predictions_order_late with the predictions of the model order_late/u));
    const text = entity('text', { number: string() });
    const ofText = featureView('of_text', { version: 1, entity: text, from: placed, by: (order) => ({ number: order.email }), features: () => [over('24h', { orders: count() })] });
    const changed = model('order_late', { version: 3, predicts: 'probability', entities: { which: text }, request: {}, features: ({ which }) => ({ which: ofText.of(which) }),
      examples: { ...examples, row: (order) => ({ entities: { which: { number: order.email } }, request: {}, label: gt(order.number, 1) }) } });
    expect(problems({ ...base, second, text, ofText, changed })).toContainEqual(expect.stringMatching(/^model order_late@v3 has the key which__number as string, and order_late@v2 has it as int/u));
  });
});
