/** A CloudFormation template, as far as its cost while idle depends on it. */
export interface CostTemplate { readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>> }

/** One line of the bill: a resource that costs money with no event, request or object. */
export interface IdleCostLine { readonly resource: string; readonly type: string; readonly dollarsPerMonth: number; readonly why: string }

export interface IdleCost { readonly dollarsPerMonth: number; readonly lines: readonly IdleCostLine[]; /** Types whose idle price is not in the table: the sum is then no more than a lower bound. */ readonly unpriced: readonly string[] }

const hoursPerMonth = 730;

type Properties = Readonly<Record<string, unknown>>;
/**
 * @param resources what stands in the same template
 * @returns undefined for one whose price is not known
 */
type Price = (properties: Properties, resources: CostTemplate['Resources']) => readonly [dollarsPerMonth: number, why: string] | undefined;

const shards = (properties: Properties): number => (typeof properties['ShardCount'] === 'number' ? properties['ShardCount'] : 1);

const streamPrice: Price = (properties) => {
  const mode = properties['StreamModeDetails'];
  const onDemand = typeof mode === 'object' && mode !== null && 'StreamMode' in mode && mode.StreamMode === 'ON_DEMAND';
  return onDemand ? [0.04 * hoursPerMonth, 'on-demand stream, 0.040 an hour'] : [0.015 * hoursPerMonth * shards(properties), `${shards(properties)} provisioned shard(s), 0.015 an hour each`];
};

/** Processes of a function that are kept started, arm64: 0.0000033334 a GB and second. */
const provisionedPrice: Price = ({ ProvisionedConcurrencyConfig: provisioned, FunctionName: name }, resources) => {
  const processes = typeof provisioned === 'object' && provisioned !== null && 'ProvisionedConcurrentExecutions' in provisioned ? Number(provisioned.ProvisionedConcurrentExecutions) : 0;
  const memory = typeof name === 'object' && name !== null && 'Ref' in name ? Number(resources[String(name.Ref)]?.Properties?.['MemorySize'] ?? 128) : 128;
  return [0.000_003_333_4 * 3600 * hoursPerMonth * processes * (memory / 1024), `${processes} process(es) of ${memory} MB that are kept started`];
};

/** An alarm is billed for each metric that it reads; what is worked out of them is not. */
const alarmPrice: Price = ({ Metrics: metrics }) => {
  const read = Array.isArray(metrics) ? metrics.filter((metric: unknown) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric).length : 1;
  return [0.1 * read, read === 1 ? 'alarm of one metric' : `alarm of ${read} metrics`];
};

const partitionHour = 0.0015;
const pollerUnitHour = 0.185;
/** Pollers that one unit has room for, as long as they have little to do. Source: AWS Lambda developer guide, "Apache Kafka event poller scaling modes in Lambda". */
const pollersPerUnit = 10;

/** Brokers by the hour: the smallest on its own, and `large` of each family, of which every other size is a multiple. */
const brokerHours: Readonly<Record<string, number>> = { 'kafka.t3.small': 0.0456, 'kafka.m5': 0.21, 'kafka.m7g': 0.204 };
const sizes: Readonly<Record<string, number>> = { 'large': 1, 'xlarge': 2, '2xlarge': 4, '4xlarge': 8, '8xlarge': 16, '12xlarge': 24, '16xlarge': 32, '24xlarge': 48 };

const brokerHour = (instanceType: string): number | undefined => {
  const at = instanceType.lastIndexOf('.');
  const [family, size] = [brokerHours[instanceType.slice(0, at)], sizes[instanceType.slice(at + 1)]];
  return brokerHours[instanceType] ?? (family === undefined || size === undefined ? undefined : family * size);
};

const inside = (value: unknown, ...path: readonly string[]): unknown => path.reduce<unknown>((found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) as unknown : undefined), value);

const brokersPrice: Price = (properties) => {
  const [brokers, type, gigabytes] = [Number(properties['NumberOfBrokerNodes']), String(inside(properties, 'BrokerNodeGroupInfo', 'InstanceType')), Number(inside(properties, 'BrokerNodeGroupInfo', 'StorageInfo', 'EBSStorageInfo', 'VolumeSize') ?? 0)];
  const hour = brokerHour(type);
  return hour === undefined ? undefined : [brokers * (hour * hoursPerMonth + 0.1 * gigabytes), `${brokers} brokers ${type}, ${hour.toFixed(4)} an hour each, with ${gigabytes} GB at 0.10`];
};

/** An hour of Amazon MWAA by size: schedulers, web server and the first worker are in it. */
const airflowHours: Readonly<Record<string, number>> = { 'mw1.small': 0.49, 'mw1.medium': 0.74, 'mw1.large': 0.99 };

const airflowPrice: Price = ({ EnvironmentClass: size }) => {
  const hourly = airflowHours[String(size)];
  return hourly === undefined ? undefined : [hourly * hoursPerMonth, `Airflow of the size ${String(size)}, ${hourly} an hour`];
};

const dpuHour = 0.44;
/** Workers of Glue in DPUs, by their size. */
const dpus: Readonly<Record<string, number>> = { 'G.025X': 0.25, 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8 };

/** A streaming job always runs; others cost nothing while nothing does. */
const jobPrice: Price = (properties) => {
  if (inside(properties, 'Command', 'Name') !== 'gluestreaming') return [0, 'a job'];
  const [workers, type] = [Number(properties['NumberOfWorkers']), String(properties['WorkerType'])];
  const size = dpus[type];
  return size === undefined ? undefined : [workers * size * dpuHour * hoursPerMonth, `${workers} workers ${type} of a streaming job, 0.44 an hour and DPU`];
};

const unitHour = 0.11;
/** Storage that comes with each unit that works, 50 GB at 0.10. */
const unitStorage = 5;

/** Managed Flink, while it runs: its units, and one that directs them. */
const flinkPrice: Price = (properties) => {
  const parallelism = (name: string): number => Number(inside(properties, 'ApplicationConfiguration', 'FlinkApplicationConfiguration', 'ParallelismConfiguration', name) ?? 1);
  const units = Math.ceil(parallelism('Parallelism') / parallelism('ParallelismPerKPU'));
  return [unitHour * hoursPerMonth * (units + 1) + unitStorage * units, `Flink, ${units} unit(s) and one to direct them, 0.11 an hour each, with 50 GB a unit at 0.10`];
};

/** List prices in us-east-1 of what costs money while nothing happens. Source: AWS price lists, November 2026. */
const prices: Readonly<Record<string, Price>> = {
  'AWS::Kinesis::Stream': streamPrice,
  'AWS::KMS::Key': () => [1, 'customer-managed key'],
  'AWS::CloudWatch::Dashboard': () => [3, 'dashboard'],
  'AWS::CloudWatch::Alarm': alarmPrice,
  'AWS::Lambda::Alias': provisionedPrice,
  'AWS::SecretsManager::Secret': () => [0.4, 'secret'],
  'AWS::MSK::ServerlessCluster': () => [0.75 * hoursPerMonth, 'Kafka cluster, 0.75 an hour'],
  'AWS::MSK::Cluster': brokersPrice,
  'Custom::HeadraceTopic': ({ partitions }, resources) => (Object.values(resources).some(({ Type: type }) => type === 'AWS::MSK::ServerlessCluster')
    ? [partitionHour * hoursPerMonth * Number(partitions), `${Number(partitions)} partitions of a serverless cluster, 0.0015 an hour each`] : [0, 'a topic']),
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType: kind, SubnetIds: subnets }) => (kind === 'Gateway' ? [0, 'a gateway endpoint'] : [0.01 * hoursPerMonth * (Array.isArray(subnets) ? subnets.length : 1), 'endpoint, 0.01 an hour and zone']),
  'AWS::MWAA::Environment': airflowPrice,
  'AWS::Glue::Job': jobPrice,
  'AWS::KinesisAnalyticsV2::Application': flinkPrice,
  'AWS::EC2::EIP': () => [0.005 * hoursPerMonth, 'public IPv4 address, 0.005 an hour'],
  'AWS::EC2::NatGateway': () => [0.045 * hoursPerMonth, 'NAT gateway, 0.045 an hour'],
};

/** Types that cost nothing until they are used. */
const free = [
  'AWS::ApiGatewayV2', 'AWS::ApiGateway', 'AWS::CDK', 'AWS::CloudFormation', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::EC2::FlowLog', 'AWS::EC2::InternetGateway', 'AWS::EC2::Route', 'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress', 'AWS::EC2::Subnet', 'AWS::EC2::SubnetRouteTableAssociation', 'AWS::EC2::VPC', 'AWS::EC2::VPCGatewayAttachment', 'AWS::Events', 'AWS::Glue::Connection', 'AWS::Glue::Crawler', 'AWS::Glue::Database', 'AWS::Glue::Partition', 'AWS::Glue::Registry', 'AWS::Glue::Schema', 'AWS::Glue::SchemaVersion', 'AWS::Glue::Table', 'AWS::Glue::Trigger', 'AWS::IAM', 'AWS::KMS::Alias', 'AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption',
  'AWS::Lambda', 'AWS::Logs', 'AWS::S3', 'AWS::SNS', 'AWS::SQS', 'AWS::SSM::Parameter', 'AWS::Scheduler', 'AWS::StepFunctions', 'Custom::',
];

const isFree = (type: string): boolean => free.some((prefix) => type === prefix || type.startsWith(prefix.endsWith(':') ? prefix : `${prefix}::`));

/** Pollers of topics that are kept for mappings: those of one group share units, in whichever stacks the mappings are. */
const pollerLines = (resources: readonly (readonly [string, CostTemplate['Resources'][string]])[]): readonly IdleCostLine[] => {
  const pollers = resources.flatMap(([resource, { Type: type, Properties: { ProvisionedPollerConfig: kept } = {} }]) => {
    const group = inside(kept, 'PollerGroupName');
    return type === 'AWS::Lambda::EventSourceMapping' && kept !== undefined ? [{ group: typeof group === 'string' ? group : resource, minimum: Number(inside(kept, 'MinimumPollers') ?? 1) }] : [];
  });
  return [...Map.groupBy(pollers, ({ group }) => group)].map(([group, members]) => {
    const units = Math.ceil(members.reduce((sum, { minimum }) => sum + minimum, 0) / pollersPerUnit);
    return { resource: group, type: 'AWS::Lambda::EventSourceMapping', dollarsPerMonth: pollerUnitHour * hoursPerMonth * units, why: `${units} unit(s) of event pollers for ${members.length} mapping(s), 0.185 an hour each` };
  });
};

/** What templates cost a month when nothing happens, in US dollars by list price. */
export const idleCost = (templates: readonly CostTemplate[]): IdleCost => {
  const resources = templates.flatMap((template) => Object.entries(template.Resources));
  const priced = templates.flatMap((template) => Object.entries(template.Resources).map(([resource, { Type: type, Properties: properties = {} }]) => ({ resource, type, price: prices[type]?.(properties, template.Resources) })));
  const lines = [
    ...priced.flatMap(({ resource, type, price }): IdleCostLine[] => (price === undefined || price[0] === 0 ? [] : [{ resource, type, dollarsPerMonth: price[0], why: price[1] }])),
    ...pollerLines(resources),
  ];
  const unpriced = [...new Set(priced.filter(({ type, price }) => price === undefined && !isFree(type)).map(({ type }) => type))].sort();
  return { dollarsPerMonth: lines.reduce((total, line) => total + line.dollarsPerMonth, 0), lines, unpriced };
};
