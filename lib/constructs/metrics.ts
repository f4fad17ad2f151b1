import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { waysIn } from '../../core/environment/environment';
import { clusterNameOf } from '../../core/environment/msk';
import type { Deployment } from './deployment';

/** Counted by the platform's own Lambdas, in the namespace `Headrace`, by environment alone. */
export type PlatformMetric = 'Accepted' | 'Rejected' | 'Late' | 'FoldConflicts' | 'FoldFailed' | 'StateDiffers' | 'FeatureValuesDiffer' | 'ModelsUnwatched' | 'ColumnsDrifted' | 'Predictions' | 'PredictionEventsLost' | 'ModelFaults' | 'CuratedRows' | 'IdentityConflicts' | 'CuratedFiles' | 'FarCopies' | 'IngestLag' | 'FoldLag' | 'PartialsLag';

const fiveMinutes = Duration.minutes(5);

/** Sum of a metric that the Lambdas write (embedded metric format). */
export const platformMetric = ({ environment }: Deployment, name: Exclude<PlatformMetric, `${string}Lag`>): Metric =>
  new Metric({ namespace: 'Headrace', metricName: name, dimensionsMap: { environment: environment.name }, statistic: Stats.SUM, period: fiveMinutes });

/** The longest that an event waited from the stream's taking it to its being kept, or folded; milliseconds. */
export const platformLag = ({ environment }: Deployment, name: Extract<PlatformMetric, `${string}Lag`>): Metric =>
  new Metric({ namespace: 'Headrace', metricName: name, dimensionsMap: { environment: environment.name }, statistic: Stats.MAXIMUM, period: fiveMinutes });

/** Age of the oldest record that a consumer has not read, milliseconds. */
export const iteratorAge = ({ names }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName: 'IteratorAge', dimensionsMap: { FunctionName: names.function(functionName) }, statistic: Stats.MAXIMUM, period: fiveMinutes });

/**
 * Records of the topic that a consumer has not done, at the least within a period: 0 when it was at the end once. Lambda takes the offset
 * of what stands last in the topic, which may be the mark at the end of a transaction: no record, and nothing that waits. Source: AWS
 * Compute Blog, "Offset lag metric for Amazon MSK as an event source for Lambda".
 */
const offsetLag = ({ names }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName: 'OffsetLag', dimensionsMap: { FunctionName: names.function(functionName) }, statistic: Stats.MINIMUM, period: fiveMinutes });

/** Records of the topic that a consumer group has not done, as the cluster counts them, at the least within a period. Source: Amazon MSK developer guide, "Monitor consumer lags". */
const groupLag = ({ names, environment }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Kafka', metricName: 'SumOffsetLag', dimensionsMap: { 'Cluster Name': clusterNameOf(environment.msk, names.cluster), 'Consumer Group': names.function(functionName), Topic: names.stream }, statistic: Stats.MINIMUM, period: fiveMinutes });

/** Whether a streaming job of Glue takes the topic in the place of a consumer's mapping. */
export const isTakenByJob = ({ processing }: Pick<Deployment['environment'], 'processing'>, consumer: Consumer): boolean => consumer === 'ingest-validator' && processing === 'spark';

/** Records of the topic that a consumer has not done: Lambda says it of a mapping, and the cluster of a job that commits to its group how far it has come. */
export const waitingRecords = (deployment: Deployment, consumer: Consumer): Metric =>
  (isTakenByJob(deployment.environment, consumer) ? groupLag(deployment, consumer) : offsetLag(deployment, consumer));

/** What each consumer says of the records that it has done. */
const lagOf = { 'ingest-validator': 'IngestLag', 'feature-aggregator': 'FoldLag', 'feature-partials': 'PartialsLag' } as const satisfies Readonly<Record<string, PlatformMetric>>;

/** A consumer of the stream. */
export type Consumer = keyof typeof lagOf;

/**
 * How far a consumer is behind the stream, milliseconds: the age of what it has not read. Of a topic it is only said how many records
 * there are: then it is how old what was done last had become or, where records wait and none was done at all, more than any limit.
 * What waits must be more than one a partition: a producer with transactions that rests leaves its last mark in each for good.
 *
 * @param limit milliseconds, above which an alarm goes off
 */
export const behindStream = (deployment: Deployment, consumer: Consumer, limit: number): Metric | MathExpression => {
  const ways = waysIn(deployment.environment);
  if (!ways.includes('msk')) return iteratorAge(deployment, consumer);
  const done = platformLag(deployment, lagOf[consumer]);
  // What Flink sends comes by a topic alone; its metrics may stand in one expression with the aggregator's.
  const ofFlink = consumer === 'feature-partials';
  const [waiting, batches, age] = ofFlink ? ['waitingPartials', 'batchesOfPartials', 'ageOfPartials'] as const : ['waiting', 'batches', 'age'] as const;
  const behindTopic = `IF(FILL(${waiting}, 0) > ${deployment.environment.msk.partitions} AND FILL(${batches}, 0) == 0, ${limit + 1}, FILL(${age}, 0))`;
  const isMoving = ways.includes('kinesis') && !ofFlink;
  return new MathExpression({
    // Of a moment at which both are read, the one that is further behind.
    expression: isMoving ? `MAX([${behindTopic}, FILL(unread, 0)])` : behindTopic,
    usingMetrics: { [waiting]: waitingRecords(deployment, consumer), [batches]: done.with({ statistic: Stats.SAMPLE_COUNT }), [age]: done, ...(isMoving ? { unread: iteratorAge(deployment, consumer) } : {}) },
    period: fiveMinutes,
    label: `${consumer} behind the topic${isMoving ? ' or the stream' : ''}`,
  });
};

/** Of the Flink application: the longest that it ran without an interruption, or was down, within a period, milliseconds. */
const flinkMetric = (application: string, metricName: 'uptime' | 'downtime'): Metric =>
  new Metric({ namespace: 'AWS/KinesisAnalytics', metricName, dimensionsMap: { Application: application }, statistic: Stats.MAXIMUM, period: fiveMinutes });

/**
 * How far features are behind, where some are worked out by Flink: the aggregator, or the consumer of what Flink sends, or
 * Flink itself, by how long it is down; by more than any limit where events were accepted and it did not run at all.
 *
 * @param limit milliseconds, above which an alarm goes off
 */
export const behindFeatures = (deployment: Deployment, application: string, limit: number): MathExpression => new MathExpression({
  expression: `MAX([aggregator, partials, IF(FILL(up, 0) == 0 AND FILL(accepted, 0) > 0, ${limit + 1}, FILL(down, 0))])`,
  usingMetrics: {
    aggregator: behindStream(deployment, 'feature-aggregator', limit), partials: behindStream(deployment, 'feature-partials', limit),
    up: flinkMetric(application, 'uptime'), down: flinkMetric(application, 'downtime'), accepted: platformMetric(deployment, 'Accepted'),
  },
  period: fiveMinutes,
  label: 'features behind the topic',
});

export const functionErrors = ({ names }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName: 'Errors', dimensionsMap: { FunctionName: names.function(functionName) }, statistic: Stats.SUM, period: fiveMinutes });

/** What Lambda could not even keep in the failures bucket of what a function had failed to do: that is lost. */
export const undeliveredFailures = ({ names }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName: 'DestinationDeliveryFailures', dimensionsMap: { FunctionName: names.function(functionName) }, statistic: Stats.SUM, period: fiveMinutes });

/** What a check found, and its failures beside: a check that did not run has found nothing, which is not that nothing is wrong. */
export const foundOrFailed = (deployment: Deployment, functionName: string, found: readonly Exclude<PlatformMetric, `${string}Lag`>[], label: string): MathExpression => {
  const usingMetrics: Readonly<Record<string, Metric>> = { errors: functionErrors(deployment, functionName), ...Object.fromEntries(found.map((name, index) => [`found${index}`, platformMetric(deployment, name)])) };
  return new MathExpression({ expression: Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`).join(' + '), usingMetrics, period: fiveMinutes, label });
};

export const functionDuration = ({ names }: Deployment, functionName: string): Metric =>
  new Metric({ namespace: 'AWS/Lambda', metricName: 'Duration', dimensionsMap: { FunctionName: names.function(functionName) }, statistic: Stats.percentile(99), period: fiveMinutes });

export const incomingRecords = ({ names }: Deployment): Metric =>
  new Metric({ namespace: 'AWS/Kinesis', metricName: 'IncomingRecords', dimensionsMap: { StreamName: names.stream }, statistic: Stats.SUM, period: fiveMinutes });

/** Writes of state items that DynamoDB turned away for now: an item, or all of them, over what it takes. */
export const throttledStateWrites = ({ names }: Deployment): Metric =>
  new Metric({ namespace: 'AWS/DynamoDB', metricName: 'WriteThrottleEvents', dimensionsMap: { TableName: names.stateTable }, statistic: Stats.SUM, period: fiveMinutes });

/** Rejected events, percent of all. */
export const rejectedShare = (deployment: Deployment): MathExpression =>
  new MathExpression({
    expression: '100 * FILL(rejected, 0) / (FILL(rejected, 0) + FILL(accepted, 0))',
    usingMetrics: { rejected: platformMetric(deployment, 'Rejected'), accepted: platformMetric(deployment, 'Accepted') },
    period: fiveMinutes,
    label: 'rejected, percent',
  });

const quarterHour = Duration.minutes(15);

/** Quarters of an hour that {@link rejectedBeyondUsual} looks at: a day, which is as far back as an alarm with such a period may look. */
export const usualQuarterHours = 96;

/**
 * Events that were rejected in the last quarter of an hour beyond what is usual: beyond 1 % of all, and three times the
 * share of the day before it.
 *
 * An alarm may compare a metric with its own past without an anomaly detector, which is billed as three metrics: within
 * the day that the alarm evaluates, `last` marks the newest quarter of an hour. The value is the same at
 * every moment of that day, so an alarm asks for all of them to be above and goes on and off with the newest.
 */
export const rejectedBeyondUsual = ({ environment }: Deployment): MathExpression => {
  const counted = (metricName: 'Accepted' | 'Rejected'): Metric =>
    new Metric({ namespace: 'Headrace', metricName, dimensionsMap: { environment: environment.name }, statistic: Stats.SUM, period: quarterHour });
  const [rejected, accepted] = [counted('Rejected'), counted('Accepted')];
  const all = new MathExpression({ expression: 'FILL(rejected, 0) + FILL(accepted, 0)', usingMetrics: { rejected, accepted }, period: quarterHour });
  const refused = new MathExpression({ expression: 'FILL(rejected, 0)', usingMetrics: { rejected }, period: quarterHour });
  const last = new MathExpression({ expression: 'EPOCH(all) == MAX(EPOCH(all))', usingMetrics: { all }, period: quarterHour });
  return new MathExpression({
    // One is added to the day's events: on the first day there may be none.
    expression: 'TIME_SERIES(SUM(last * refused) - SUM(last * all) * (0.01 + 3 * SUM((1 - last) * refused) / (1 + SUM((1 - last) * all))))',
    usingMetrics: { last, refused, all },
    period: quarterHour,
    label: 'rejected beyond the usual share',
  });
};

/** Rejected events by reason: those reasons that occur, found when the dashboard is looked at. An alarm cannot be made of a search. */
export const rejectedByReason = ({ environment }: Deployment): MathExpression =>
  new MathExpression({ expression: `SEARCH('{Headrace,environment,reason} MetricName="Rejected" environment="${environment.name}"', 'Sum', ${fiveMinutes.toSeconds()})`, usingMetrics: {}, period: fiveMinutes, label: '' });

/** Name of the state machine that lands batches of datasets. */
export const landDataset = 'land-dataset';

/** Name of the state machine that trains models. */
export const trainModel = 'train-model';

/** Name of the state machine that erases subjects. */
export const eraseSubject = 'erase-subject';

/** Name of the state machine that predicts many rows. */
export const batchScoring = 'batch-scoring';

/** A count of the executions of a state machine. */
export const executionsMetric = (scope: Construct, { names }: Deployment, machine: string, metricName: 'ExecutionsSucceeded' | 'ExecutionsFailed' | 'ExecutionsTimedOut' | 'ExecutionsAborted'): Metric =>
  new Metric({
    namespace: 'AWS/States',
    metricName,
    dimensionsMap: { StateMachineArn: Stack.of(scope).formatArn({ service: 'states', resource: 'stateMachine', resourceName: names.stateMachine(machine), arnFormat: ArnFormat.COLON_RESOURCE_NAME }) },
    statistic: Stats.SUM,
    period: fiveMinutes,
  });

/** Executions of a state machine that failed or took too long. */
export const failedExecutions = (scope: Construct, deployment: Deployment, machine: string, label: string): MathExpression => new MathExpression({
  expression: 'FILL(failed, 0) + FILL(timedOut, 0)',
  usingMetrics: { failed: executionsMetric(scope, deployment, machine, 'ExecutionsFailed'), timedOut: executionsMetric(scope, deployment, machine, 'ExecutionsTimedOut') },
  period: fiveMinutes,
  label,
});
