import { Duration } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { grantFailures, streamArnOf } from './access';
import { iteratorAge } from './metrics';
import type { PlatformFunction } from './platform-function';
import { runbookAlarm } from './runbook-alarm';

export interface StreamConsumerProps {
  readonly batchSize: number;
  readonly batchingWindow: Duration;
  /** -1: until the record expires. */
  readonly retryAttempts: number;
  /** Keep a whole batch that could not be processed in the failures bucket. */
  readonly keepFailures: boolean;
  readonly enabled: boolean;
  /** The alarm goes off when the oldest unread record is older than this. */
  readonly alarmBehind: Duration;
}

/** Lets a function read the event stream through an event source mapping. */
export const readsStream = (fn: PlatformFunction): string => {
  const stream = streamArnOf(fn, fn.deployment);
  fn.allow(['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], [stream]);
  return stream;
};

/**
 * Makes a function a consumer of the event stream: permission to read it, and a mapping from its oldest record on that
 * bisects a failing batch and takes partial batch responses. One batch a shard at a time, as watermarks need order.
 */
export const consumeStream = (fn: PlatformFunction, props: StreamConsumerProps): CfnEventSourceMapping => {
  const stream = readsStream(fn);
  const mapping = new CfnEventSourceMapping(fn, 'Mapping', {
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
  // Lambda tries the permissions when the mapping is made.
  mapping.node.addDependency(fn.role);
  runbookAlarm(fn, {
    deployment: fn.deployment,
    name: `${fn.name}-behind`,
    what: `${fn.name} is behind the stream by more than ${props.alarmBehind.toHumanString()}.`,
    metric: iteratorAge(fn.deployment, fn.name),
    above: props.alarmBehind.toMilliseconds(),
    periods: 3,
  });
  return mapping;
};
