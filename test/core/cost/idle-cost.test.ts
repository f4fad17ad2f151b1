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

  it('counts a serverless cluster, its partitions, and one unit of pollers that mappings of two stacks share', () => {
    const mapping = (group?: string, MinimumPollers = 1) => ({ Type: 'AWS::Lambda::EventSourceMapping', Properties: { ProvisionedPollerConfig: { MinimumPollers, ...(group === undefined ? {} : { PollerGroupName: group }) } } });
    const cost = idleCost([
      { Resources: { cluster: { Type: 'AWS::MSK::ServerlessCluster' }, topic: { Type: 'Custom::HeadraceTopic', Properties: { partitions: 3 } }, way: { Type: 'AWS::EC2::VPCEndpoint', Properties: { VpcEndpointType: 'Gateway' } }, net: { Type: 'AWS::EC2::VPC' }, validator: mapping('one') } },
      { Resources: { aggregator: mapping('one'), queue: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} } } },
    ]);
    expect(cost.dollarsPerMonth).toBeCloseTo(547.5 + 3.285 + 135.05, 2);
    expect(cost.unpriced).toEqual([]);
    // Eleven pollers are one too many for a unit; without a group each mapping has one of its own.
    expect(idleCost([{ Resources: { one: mapping('g', 6), other: mapping('g', 5) } }]).dollarsPerMonth).toBeCloseTo(2 * 135.05, 2);
    expect(idleCost([{ Resources: { one: mapping(), other: mapping() } }]).dollarsPerMonth).toBeCloseTo(2 * 135.05, 2);
  });

  it('counts brokers of a size with their storage, and says of a size that it does not know that it has no price', () => {
    const brokers = (InstanceType: string) => idleCost([{ Resources: { cluster: { Type: 'AWS::MSK::Cluster', Properties: { NumberOfBrokerNodes: 2, BrokerNodeGroupInfo: { InstanceType, StorageInfo: { EBSStorageInfo: { VolumeSize: 10 } } } } }, topic: { Type: 'Custom::HeadraceTopic', Properties: { partitions: 3 } } } }]);
    expect(brokers('kafka.t3.small').dollarsPerMonth).toBeCloseTo(2 * (33.288 + 1), 2);
    expect(brokers('kafka.m7g.xlarge').dollarsPerMonth).toBeCloseTo(2 * (297.84 + 1), 2);
    expect(brokers('kafka.z9.large').unpriced).toEqual(['AWS::MSK::Cluster']);
  });

  it('says which types it has no price for, rather than counting them as nothing', () => {
    expect(idleCost([{ Resources: { cluster: { Type: 'AWS::Redshift::Cluster' }, table: { Type: 'AWS::DynamoDB::Table' } } }]).unpriced).toEqual(['AWS::Redshift::Cluster']);
  });
});
