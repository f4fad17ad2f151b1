import { Stack } from 'aws-cdk-lib';
import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { grantFailures } from './access';
import type { StreamConsumerProps } from './consumer-props';
import { justify } from './justification';
import { clusterArnOf, kafkaArnOf } from './kafka-cluster';
import type { PlatformFunction } from './platform-function';

/** What Lambda's pollers do in the name of the function's role: they find the cluster and make network interfaces beside it (Lambda developer guide, "Configuring Lambda permissions for Amazon MSK event source mappings"). */
const asPollers = {
  cluster: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
  interfaces: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
} as const;

/** A text as cdk-nag spells it, where parts of it are known when it is deployed. */
const spelt = (fn: PlatformFunction, text: string): string => {
  const resolved = Stack.of(fn).resolve(text) as string | { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  return typeof resolved === 'string' ? resolved : resolved['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('');
};

/**
 * Lets a function read a topic through an event source mapping.
 *
 * @param group the consumer group, or the beginning of their names and a star
 * @param topic that of events, unless it says another
 */
export const readsTopic = (fn: PlatformFunction, group: string = fn.deployment.names.function(fn.name), topic: string = fn.deployment.names.stream): string => {
  const { deployment } = fn;
  const cluster = clusterArnOf(fn, deployment);
  const groups = kafkaArnOf(fn, deployment, 'group', group);
  fn.allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration', ...asPollers.cluster], [cluster]);
  fn.allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [kafkaArnOf(fn, deployment, 'topic', topic)]);
  fn.allow(['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [groups]);
  fn.allow(asPollers.interfaces, ['*']);
  if (group.endsWith('*')) justify(fn.role, `AwsSolutions-IAM5[Resource::${spelt(fn, groups)}]`, 'Each mapping that is made for it has a group of its own: one that was used before would begin where that had ended.');
  justify(fn, 'AwsSolutions-IAM5[Resource::*]', 'Lambda asks for these on any network interface: its pollers make them themselves.');
  return cluster;
};

/**
 * Makes a function a consumer of a topic, of that of events unless it says another, as `consumeEvents` does of what events come in by: from its oldest record on, bisecting a
 * failing batch and with partial batch responses. Lambda has these for Kafka with provisioned pollers alone, which share what they
 * are paid by, and promises no order with them: who needs it gets a batch that failed again, whole, before its partitions go on.
 */
export const consumeTopic = (fn: PlatformFunction, props: Omit<StreamConsumerProps, 'consumer' | 'alarmBehind'>, topic: string = fn.deployment.names.stream): CfnEventSourceMapping => {
  const { names, environment: { msk: { pollers } } } = fn.deployment;
  return new CfnEventSourceMapping(fn, 'TopicMapping', {
    functionName: fn.function.functionName,
    eventSourceArn: readsTopic(fn, names.function(fn.name), topic),
    topics: [topic],
    amazonManagedKafkaEventSourceConfig: { consumerGroupId: names.function(fn.name) },
    startingPosition: 'TRIM_HORIZON',
    enabled: props.enabled,
    batchSize: props.batchSize,
    maximumBatchingWindowInSeconds: props.batchingWindow.toSeconds(),
    provisionedPollerConfig: { minimumPollers: pollers.minimum, maximumPollers: pollers.maximum, pollerGroupName: names.prefix },
    bisectBatchOnFunctionError: !props.inOrder,
    maximumRetryAttempts: props.retryAttempts,
    maximumRecordAgeInSeconds: -1,
    functionResponseTypes: props.inOrder ? [] : ['ReportBatchItemFailures'],
    ...(props.keepFailures ? { destinationConfig: { onFailure: { destination: grantFailures(fn) } } } : {}),
  });
};
