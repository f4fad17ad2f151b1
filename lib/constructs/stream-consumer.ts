import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { waysIn } from '../../core/environment/environment';
import { grantFailures, streamArnOf } from './access';
import type { StreamConsumerProps } from './consumer-props';
import { behindStream, isTakenByJob } from './metrics';
import type { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';
import { consumeTopic, readsTopic } from './topic-consumer';

const readsShards = (fn: PlatformFunction): string => {
  const stream = streamArnOf(fn, fn.deployment);
  fn.allow(['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], [stream]);
  return stream;
};

/** Lets a function read what events come in by through event source mappings that are made later; of a topic, each has a consumer group of its own. */
export const readsEvents = (fn: PlatformFunction): void => {
  for (const way of waysIn(fn.deployment.environment)) if (way === 'msk') readsTopic(fn, `${fn.deployment.names.function(fn.name)}-*`); else readsShards(fn);
};

const shardMapping = (fn: PlatformFunction, props: StreamConsumerProps): CfnEventSourceMapping => {
  const stream = readsShards(fn);
  return new CfnEventSourceMapping(fn, 'Mapping', {
    functionName: fn.function.functionName,
    eventSourceArn: stream,
    startingPosition: 'TRIM_HORIZON',
    enabled: props.enabled,
    batchSize: props.batchSize,
    maximumBatchingWindowInSeconds: props.batchingWindow.toSeconds(),
    parallelizationFactor: 1,
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: props.retryAttempts,
    maximumRecordAgeInSeconds: -1,
    functionResponseTypes: ['ReportBatchItemFailures'],
    ...(props.keepFailures ? { destinationConfig: { onFailure: { destination: grantFailures(fn) } } } : {}),
  });
};

/**
 * Makes a function a consumer of events: permission to read them, and a mapping from the oldest record on that bisects a failing
 * batch and takes partial batch responses, one for each way by which they come in, unless a streaming job takes that. One batch a shard at a
 * time, as watermarks need order.
 */
export const consumeEvents = (fn: PlatformFunction, props: StreamConsumerProps): void => {
  const { environment } = fn.deployment;
  const takesTopic = !isTakenByJob(environment, props.consumer);
  for (const way of waysIn(environment).filter((each) => each === 'kinesis' || takesTopic)) {
    const mapping = way === 'msk' ? consumeTopic(fn, props) : shardMapping(fn, props);
    // Lambda tries the permissions when the mapping is made.
    mapping.node.addDependency(fn.role);
  }
  runbookAlarm(fn, {
    deployment: fn.deployment,
    name: `${fn.name}-behind`,
    what: `${fn.name} is behind the stream by more than ${props.alarmBehind.toHumanString()}.`,
    metric: props.behind ?? behindStream(fn.deployment, props.consumer, props.alarmBehind.toMilliseconds()),
    above: props.alarmBehind.toMilliseconds(),
    periods: 3,
  });
};
