import { idleCost } from '../../../core/cost/idle-cost';

describe('the cost of an idle platform', () => {
  it('counts a provisioned shard, a key, a dashboard and each alarm', () => {
    const cost = idleCost([{ Resources: {
      stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } }, key: { Type: 'AWS::KMS::Key' }, board: { Type: 'AWS::CloudWatch::Dashboard' },
      ...Object.fromEntries(Array.from({ length: 14 }, (_each, index) => [`alarm${index}`, { Type: 'AWS::CloudWatch::Alarm' }])) } }]);
    expect(cost.dollarsPerMonth).toBeCloseTo(16.35, 2);
  });

  it('knows that an on-demand stream costs more than a shard', () => {
    const stream = (Properties: Record<string, unknown>) => idleCost([{ Resources: { stream: { Type: 'AWS::Kinesis::Stream', Properties } } }]).dollarsPerMonth;
    expect(stream({ StreamModeDetails: { StreamMode: 'ON_DEMAND' } })).toBeCloseTo(29.2, 2);
    expect(stream({ ShardCount: 2 })).toBeCloseTo(21.9, 2);
  });

  it('counts processes that are kept started, by the memory of their function', () => {
    const cost = idleCost([{ Resources: {
      predictions: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 2048 } },
      live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'predictions' }, ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 3 } } } } }]);
    expect(cost.dollarsPerMonth).toBeCloseTo(3 * 2 * 8.76, 1);
    expect(cost.unpriced).toEqual([]);
  });

  it('says which types it has no price for, rather than counting them as nothing', () => {
    expect(idleCost([{ Resources: { cluster: { Type: 'AWS::Redshift::Cluster' }, table: { Type: 'AWS::DynamoDB::Table' } } }]).unpriced).toEqual(['AWS::Redshift::Cluster']);
  });
});
