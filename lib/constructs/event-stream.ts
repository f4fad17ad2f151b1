import { Duration } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment';
import { removalPolicyOf } from './zone-bucket';

/** The stream that all events take, encrypted with the account's Kinesis key, which costs nothing a call. */
export const eventStream = (scope: Construct, deployment: Deployment): Stream => {
  const { environment, names } = deployment;
  return new Stream(scope, 'Stream', {
    streamName: names.stream,
    retentionPeriod: Duration.hours(environment.streamRetentionHours),
    encryption: StreamEncryption.MANAGED,
    removalPolicy: removalPolicyOf(deployment),
    ...(environment.stream.mode === 'on-demand' ? { streamMode: StreamMode.ON_DEMAND } : { streamMode: StreamMode.PROVISIONED, shardCount: environment.stream.shards }),
  });
};
