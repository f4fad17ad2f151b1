import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { grantRead, grantSendLineage } from './access';
import { grantCommitTables } from './access-tables';
import type { Deployment } from './deployment';
import { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

/** An object that failed so often waits for somebody. */
const attempts = 8;
const timeout = Duration.minutes(10);
/** Redelivery beside a run that goes on is harmless: what is merged twice changes nothing more. */
const visibilityTimeout = Duration.minutes(20);

const closedQueue = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(14) } as const;

/** Puts the key of each new object of raw into the queue. */
const tellOfNewRaw = (scope: Construct, { names }: Deployment, queue: Queue): void => {
  const rule = new CfnRule(scope, 'NewRaw', {
    name: names.rawQueue,
    description: 'An object came into the raw zone',
    eventPattern: { source: ['aws.s3'], 'detail-type': ['Object Created'], account: [Stack.of(scope).account], detail: { bucket: { name: [names.bucket('raw')] } } },
    targets: [{
      id: 'queue',
      arn: queue.queueArn,
      // No more than is needed: ten thousand messages fit into one invocation.
      inputTransformer: { inputPathsMap: { key: '$.detail.object.key', size: '$.detail.object.size' }, inputTemplate: '{"key": <key>, "size": <size>}' },
    }],
  });
  queue.addToResourcePolicy(new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
  }));
};

/**
 * Streaming compaction: what is new in raw gathers in a queue, and goes into the Iceberg table of its event type, one row
 * for each identity. Nothing runs, and nothing but some polls of the queue is paid for, while nothing arrives.
 */
export const lakeCompactor = (scope: Construct, deployment: Deployment): PlatformFunction => {
  const { environment, names } = deployment;
  const compactor = new PlatformFunction(scope, 'LakeCompactor', {
    deployment,
    name: 'lake-compactor',
    description: 'Takes what is new in raw into the curated tables',
    language: 'python',
    memoryMegabytes: 3008,
    timeout,
    diskMegabytes: 2048,
  });
  const failed = new Queue(compactor, 'FailedQueue', { ...closedQueue, queueName: `${names.rawQueue}-failed` });
  const queue = new Queue(compactor, 'Queue', {
    ...closedQueue,
    queueName: names.rawQueue,
    visibilityTimeout,
    deadLetterQueue: { queue: failed, maxReceiveCount: attempts },
  });
  tellOfNewRaw(compactor, deployment, queue);
  grantRead(compactor, 'raw');
  grantCommitTables(compactor, { makes: true });
  grantSendLineage(compactor);
  compactor.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]);
  const mapping = new CfnEventSourceMapping(compactor, 'NewRawMapping', {
    functionName: compactor.function.functionName,
    eventSourceArn: queue.queueArn,
    batchSize: 10_000,
    // AWS asks for a second at least with more than ten messages.
    maximumBatchingWindowInSeconds: Math.max(1, environment.compactionWindowSeconds),
    functionResponseTypes: ['ReportBatchItemFailures'],
    // The least there is: two that write one day hinder each other.
    scalingConfig: { maximumConcurrency: 2 },
  });
  mapping.node.addDependency(compactor.role, queue);
  runbookAlarm(compactor, {
    deployment,
    name: 'compaction-failed',
    what: 'Objects of raw could not be taken into the curated tables, however often it was tried.',
    metric: new Metric({ namespace: 'AWS/SQS', metricName: 'ApproximateNumberOfMessagesVisible', dimensionsMap: { QueueName: `${names.rawQueue}-failed` }, statistic: Stats.MAXIMUM, period: Duration.minutes(5) }),
    above: 0,
  });
  runbookAlarm(compactor, {
    deployment,
    name: 'compaction-behind',
    what: 'Objects of raw have waited for more than an hour to be taken into the curated tables.',
    metric: new Metric({ namespace: 'AWS/SQS', metricName: 'ApproximateAgeOfOldestMessage', dimensionsMap: { QueueName: names.rawQueue }, statistic: Stats.MAXIMUM, period: Duration.minutes(5) }),
    above: 3600,
  });
  return compactor;
};
