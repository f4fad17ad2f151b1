/** A CloudFormation template, as far as its cost while idle depends on it. */
export interface CostTemplate { readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>> }

/** One line of the bill: a resource that costs money with no event, request or object. */
export interface IdleCostLine { readonly resource: string; readonly type: string; readonly dollarsPerMonth: number; readonly why: string }

export interface IdleCost { readonly dollarsPerMonth: number; readonly lines: readonly IdleCostLine[]; /** Types whose idle price is not in the table: the sum is then no more than a lower bound. */ readonly unpriced: readonly string[] }

const hoursPerMonth = 730;

type Properties = Readonly<Record<string, unknown>>;
/** @param resources what stands in the same template */
type Price = (properties: Properties, resources: CostTemplate['Resources']) => readonly [dollarsPerMonth: number, why: string];

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

/** List prices in us-east-1 of what costs money while nothing happens. Source: AWS price lists, November 2026. */
const prices: Readonly<Record<string, Price>> = {
  'AWS::Kinesis::Stream': streamPrice,
  'AWS::KMS::Key': () => [1, 'customer-managed key'],
  'AWS::CloudWatch::Dashboard': () => [3, 'dashboard'],
  'AWS::CloudWatch::Alarm': alarmPrice,
  'AWS::Lambda::Alias': provisionedPrice,
  'AWS::SecretsManager::Secret': () => [0.4, 'secret'],
  'AWS::EC2::NatGateway': () => [0.045 * hoursPerMonth, 'NAT gateway, 0.045 an hour'],
};

/** Types that cost nothing until they are used. */
const free = [
  'AWS::ApiGatewayV2', 'AWS::ApiGateway', 'AWS::CDK', 'AWS::CloudFormation', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable', 'AWS::Events', 'AWS::Glue', 'AWS::IAM', 'AWS::KMS::Alias',
  'AWS::Lambda', 'AWS::Logs', 'AWS::S3', 'AWS::SNS', 'AWS::SQS', 'AWS::SSM::Parameter', 'AWS::Scheduler', 'AWS::StepFunctions', 'Custom::',
];

const isFree = (type: string): boolean => free.some((prefix) => type === prefix || type.startsWith(prefix.endsWith(':') ? prefix : `${prefix}::`));

/** What templates cost a month when nothing happens, in US dollars by list price. */
export const idleCost = (templates: readonly CostTemplate[]): IdleCost => {
  const resources = templates.flatMap((template) => Object.entries(template.Resources));
  const lines = templates.flatMap((template) => Object.entries(template.Resources).flatMap(([resource, { Type: type, Properties: properties = {} }]): IdleCostLine[] => {
    const price = prices[type]?.(properties, template.Resources);
    return price ? [{ resource, type, dollarsPerMonth: price[0], why: price[1] }] : [];
  }));
  const unpriced = [...new Set(resources.map(([, { Type: type }]) => type).filter((type) => !prices[type] && !isFree(type)))].sort();
  return { dollarsPerMonth: lines.reduce((total, line) => total + line.dollarsPerMonth, 0), lines, unpriced };
};
