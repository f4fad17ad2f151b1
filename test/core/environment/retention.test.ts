import { count, entity, event, featureView, over, string } from 'headrace';
import { environmentOf, validateEnvironment } from '../../../core/environment';
import { retentionProblems } from '../../../core/environment/retention';
import { manifestOf } from '../../fixtures/contracts';

const made = event('order.made', { version: 1, partitionBy: 'customer', fields: { customer: string() } });
const customer = entity('customer', { id: string() });
const view = (width: '7d' | '60d' | 'lifetime') => manifestOf({ made, customer, orders: featureView('orders', { version: 1, entity: customer, from: made, by: (row) => ({ id: row.customer }), features: () => [over(width, { orders: count() })] }) });
const environment = (raw?: number) => environmentOf({ name: 'staging', account: '111122223333', region: 'eu-central-1', ...(raw === undefined ? {} : { retentionDays: { raw } }) });

describe('the retention of an environment', () => {
  it('keeps its other defaults when one is set', () => {
    expect(environment(365).retentionDays).toEqual({ raw: 365, landing: 90, lineage: 400, replaced: 30 });
    expect(environment().retentionDays).toEqual({ landing: 90, lineage: 400, replaced: 30 });
  });

  it('keeps raw for longer than the widest window that is filled from it', () => {
    expect(retentionProblems(environment(), view('lifetime'))).toEqual([]);
    expect(retentionProblems(environment(61), view('60d'))).toEqual([]);
    expect(retentionProblems(environment(60), view('60d'))[0]).toMatch(/keeps raw for 60 days, and the feature view orders@v1 has a window of 60 days, which could not be filled from it/u);
    expect(retentionProblems(environment(3000), view('lifetime'))[0]).toMatch(/a window of a lifetime/u);
  });

  it('is refused where it is too short to mend anything', () => {
    expect(() => validateEnvironment(environment(7))).toThrow(/retentionDays\.raw is 7; it must be a whole number of days, or absent, 30 to 36500/u);
  });
});
