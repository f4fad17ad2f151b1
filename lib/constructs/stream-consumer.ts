import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { grantFailures, streamArnOf } from './access';
import type { StreamConsumerProps } from './consumer-props';
import { behindStream } from './metrics';
import type { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';
import { consumeTopic, readsTopic } from './topic-consumer';

/** Lets a function read the event stream, or the topic, through an event source mapping; one that is made later has a consumer group of its own each time. */
export const readsStream = (fn: PlatformFunction): string => {
  if (fn.deployment.environment.ingestion === 'msk') return readsTopic(fn, `${fn.deployment.names.function(fn.name)}-*`);
  const stream = streamArnOf(fn, fn.deployment);
  fn.allow(['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], [stream]);
  return stream;
};

const shardMapping = (fn: PlatformFunction, props: StreamConsumerProps): CfnEventSourceMapping => {
  const stream = readsStream(fn);
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
 * Makes a function a consumer of the event stream: permission to read it, and a mapping from its oldest record on that
 * bisects a failing batch and takes partial batch responses. One batch a shard at a time, as watermarks need order.
 */
export const consumeStream = (fn: PlatformFunction, props: StreamConsumerProps): CfnEventSourceMapping => {
  const mapping = fn.deployment.environment.ingestion === 'msk' ? consumeTopic(fn, props) : shardMapping(fn, props);
  // Lambda tries the permissions when the mapping is made.
  mapping.node.addDependency(fn.role);
  runbookAlarm(fn, {
    deployment: fn.deployment,
    name: `${fn.name}-behind`,
    what: `${fn.name} is behind the stream by more than ${props.alarmBehind.toHumanString()}.`,
    metric: behindStream(fn.deployment, props.consumer, props.alarmBehind.toMilliseconds()),
    above: props.alarmBehind.toMilliseconds(),
    periods: 3,
  });
  return mapping;
};
