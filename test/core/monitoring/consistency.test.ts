import { count, divide, entity, event, featureView, int, mean, model, over, personal, string } from 'headrace';
import type { LoggedPrediction } from '../../../core/monitoring/logged-prediction';
import { loggedReader } from '../../../core/monitoring/logged-prediction';
import { consistencyCheck, consistencyMetrics, consistencyText, withoutPersonalValues } from '../../../core/monitoring/consistency';
import { given } from '../../fixtures/flights';
import { manifestOf } from '../training/support';

const placed = event('order.placed', { version: 1, partitionBy: 'customer', fields: { customer: personal(string()), amount: int(), late: int() } });
const customer = entity('customer', { id: personal(string()) });
const orders = featureView('orders', { version: 1, entity: customer, from: placed, by: (row) => ({ id: row.customer }), features: (row) => [over('24h', { n: count(), mean: mean(row.amount) })] });
const risk = model('risk', { version: 1, predicts: 'probability', entities: { customer }, request: { amount: int(), secret: int() },
  features: ({ customer: slot }, request) => ({ customer: orders.of(slot), amount: request.amount, ratio: divide(request.amount, orders.of(slot).mean_24h), odd: divide(request.secret, orders.of(slot).n_24h) }),
  examples: { from: placed, row: (row) => ({ entities: { customer: { id: row.customer } }, request: { amount: row.amount, secret: row.amount }, label: row.late }) } });
const manifest = manifestOf({ placed, customer, orders, risk });
const definition = given(manifest.models['risk@v1']);
const lookup = 'customer.orders@v1';

const logged = (n: number, mean: number | null, amount: number, ratio: number | null): LoggedPrediction =>
  ({ predictionId: 'p', modelVersion: 'm', moment: 0, arrival: 0, entities: {}, inputs: [n, mean, amount, ratio, 1], watermarks: new Map() });
const at = (n: number, mean: number | null) => new Map([[lookup, { n_24h: n, mean_24h: mean }]]);
const about = { from: '2026-06-01T00:00:00.000Z', to: '2026-06-02T00:00:00.000Z', predictions: 3, unread: 0, uncovered: 0 };

describe('the check of logged predictions', () => {
  it('finds no difference where the logged inputs are those that raw gives, put together from the request too', () => {
    const check = consistencyCheck(definition);
    check.add({ logged: logged(2, 4, 8, 2), folded: at(2, 4), known: at(2, 4) });
    check.add({ logged: logged(0, null, 8, null), folded: at(0, null), known: at(0, null) });
    expect(check.result(about)).toMatchObject({ checked: 2, values: 6, differing: 0, lagging: 0, unchecked: ['odd'], examples: [] });
  });

  it('tells what differs from the fold apart from what was only late', () => {
    const check = consistencyCheck(definition);
    check.add({ logged: logged(2, 4, 8, 2), folded: at(2, 5), known: at(2, 4) });
    check.add({ logged: logged(2, 4, 8, 2), folded: at(2, 4), known: at(3, 8) });
    const report = check.result(about);
    expect(report.inputs.map(({ input, differing, lagging, meanLag, largestLag }) => [input, differing, lagging, meanLag, largestLag])).toEqual([
      ['customer__n_24h', 0, 1, 1, 1], ['customer__mean_24h', 1, 1, 4, 4], ['ratio', 1, 1, 1, 1]]);
    expect(report.inputs[2]?.features).toEqual(['customer.orders@v1.mean_24h']);
    expect(report.examples).toEqual([
      { predictionId: 'p', moment: '1970-01-01T00:00:00.000Z', modelVersion: 'm', input: 'customer__mean_24h', logged: 4, folded: 5 },
      { predictionId: 'p', moment: '1970-01-01T00:00:00.000Z', modelVersion: 'm', input: 'ratio', logged: 2, folded: 1.6 }]);
    expect(consistencyMetrics([report, report])).toEqual({ FeatureValuesDiffer: 4, FeatureValuesBehind: 6, PredictionsUnchecked: 0, ModelsUnwatched: 0 });
    expect(consistencyText(report)).toContain('6 values against raw at their watermarks: 2 differ');
    expect(consistencyText(report)).toContain('p at 1970-01-01T00:00:00.000Z by m: ratio was logged as 2, raw gives 1.6');
  });

  it('never says that nothing differs where nothing was compared, and counts what was not', () => {
    const report = consistencyCheck(definition).result({ ...about, unread: 2, uncovered: 1 });
    expect(consistencyText(report)).toContain('0 values against raw at their watermarks: nothing was compared');
    expect(consistencyText(report)).not.toContain('no difference');
    expect(consistencyMetrics([report])).toEqual({ FeatureValuesDiffer: 0, FeatureValuesBehind: 0, PredictionsUnchecked: 3, ModelsUnwatched: 1 });
  });

  it('takes no model for unwatched that predicted nothing, or nothing with features', () => {
    const of = (more: Partial<typeof about> & { readonly unread?: number; readonly uncovered?: number }): number => consistencyMetrics([consistencyCheck(definition).result({ ...about, ...more })]).ModelsUnwatched;
    expect([of({ predictions: 0 }), of({ predictions: 2, unread: 2 }), of({ predictions: 3, unread: 2, uncovered: 1 })]).toEqual([0, 0, 1]);
  });

  it('leaves out what reads a view of Flink, whose states say nothing of how far they go, and takes no model for unwatched by that', () => {
    const check = consistencyCheck(definition, new Set(['orders@v1']));
    check.add({ logged: logged(2, 4, 8, 2), folded: new Map(), known: new Map() });
    check.addUnread({ ...logged(2, 4, 8, 2), watermarks: undefined });
    const report = check.result(about);
    expect(report).toMatchObject({ values: 0, differing: 0, inputs: [], unchecked: ['customer__n_24h', 'customer__mean_24h', 'ratio', 'odd'] });
    expect(consistencyMetrics([report])).toMatchObject({ FeatureValuesDiffer: 0, ModelsUnwatched: 0 });
  });

  it('finds values in predictions that say they were made without features', () => {
    const check = consistencyCheck(definition);
    const unread = { watermarks: undefined };
    check.addUnread({ ...logged(0, null, 8, null), inputs: [null, null, 8, null, null], ...unread });
    expect(check.result({ ...about, unread: 1 })).toMatchObject({ checked: 0, values: 0, differing: 0 });
    check.addUnread({ ...logged(2, 4, 8, 2), ...unread });
    expect(check.result({ ...about, unread: 2 })).toMatchObject({ checked: 0, values: 3, differing: 3, lagging: 0 });
  });

  it('says in a log of nobody what was known of them', () => {
    const check = consistencyCheck(definition);
    check.add({ logged: logged(2, 4711, 8, 2), folded: at(2, 4712), known: at(2, 4711) });
    expect(consistencyText(check.result(about))).toContain('4711');
    expect(consistencyText(withoutPersonalValues(check.result(about), definition, manifest.entities))).not.toMatch(/471[12]/u);
  });
});

describe('a row of the log', () => {
  it('is a prediction with its keys, its inputs and its watermarks as places that can be compared', () => {
    const { columns, read } = loggedReader(definition, manifest.entities);
    expect(columns).toEqual(['"field:predictionId"', '"field:modelVersion"', '"field:moment"', 'arrival', '"field:watermarks"', '"field:customer__id"', '"field:customer__n_24h"', '"field:customer__mean_24h"', '"field:amount"', '"field:ratio"', '"field:odd"']);
    const prediction = read(['p', 'm', 7, 9, '{"customer.orders@v1":{"a/stream/shardId-1":"12.3"}}', 'ada', 2, null, 8, 4, 1]);
    expect(prediction).toMatchObject({ predictionId: 'p', modelVersion: 'm', moment: 7, arrival: 9, entities: { customer: { id: 'ada' } }, inputs: [2, null, 8, 4, 1] });
    expect(prediction.watermarks).toEqual(new Map([[lookup, new Map([['a/stream/shardId-1', `a/stream/shardId-1/${'12'.padStart(129, '0')}.000003`]])]]));
    expect(read(['p', 'm', 7, 9, null, 'ada', 2, null, 8, 4, 1]).watermarks).toBeUndefined();
  });
});
