import { CustomResource, Duration } from 'aws-cdk-lib';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct, IDependable } from 'constructs';
import { kafkaParameters } from '../../core/environment/deployed';
import { grantFailures } from './access';
import type { Deployment } from './deployment';
import { clusterArnOf, kafkaArnOf, kafkaCluster } from './kafka-cluster';
import type { KafkaNetwork } from './kafka-network';
import { hasFlink } from './flink-application';
import { PlatformFunction } from './platform-function';

/**
 * Where the cluster's brokers are, which CloudFormation does not say: asked for by a function, as MSK is out of reach from the brokers' own network.
 * Of a cluster that is there it looks first whether it can be used, and the deploy fails where it cannot.
 */
const brokersOf = (scope: Construct, deployment: Deployment): string => {
  const asker = new PlatformFunction(scope, 'KafkaBrokers', {
    deployment, name: 'kafka-brokers', description: 'Tells the stack where the brokers of its cluster are', memoryMegabytes: 256, timeout: Duration.minutes(1),
  });
  const clusterArn = clusterArnOf(scope, deployment);
  const { cluster } = deployment.environment.msk;
  const isExisting = cluster.kind === 'existing';
  asker.allow(['kafka:GetBootstrapBrokers', ...(isExisting ? ['kafka:DescribeClusterV2'] : [])], [clusterArn]);
  const brokers = new CustomResource(scope, 'BootstrapBrokers', {
    resourceType: 'Custom::HeadraceBrokers', serviceToken: asker.function.functionArn, serviceTimeout: Duration.minutes(3), properties: { clusterArn, ...(isExisting ? { cluster: 'existing', ...(cluster.brokersAsOf === undefined ? {} : { asOf: cluster.brokersAsOf }) } : {}) },
  });
  brokers.node.addDependency(asker);
  return brokers.getAttString('Brokers');
};

/** A function in the brokers' network, which has no way out but to S3. */
const inNetwork = (scope: Construct, id: string, deployment: Deployment, network: KafkaNetwork, brokers: string, { topic = deployment.names.stream, ...props }: { readonly name: string; readonly code?: string; readonly topic?: string; readonly description: string; readonly memoryMegabytes: number; readonly timeout: Duration }): PlatformFunction => {
  const fn = new PlatformFunction(scope, id, { deployment, ...props, network: { subnetIds: network.subnetIds, securityGroupIds: [network.clients] } });
  fn.tell('KAFKA_BROKERS', brokers);
  fn.tell('TOPIC', topic);
  fn.allow(['kafka-cluster:Connect'], [clusterArnOf(fn, deployment)]);
  return fn;
};

/** Makes the topic of events, and where it has views those to and from Flink, by custom resources: CloudFormation's own type makes none on Serverless. */
const madeTopics = (scope: Construct, deployment: Deployment, network: KafkaNetwork, brokers: string): readonly CustomResource[] => {
  const { environment, names } = deployment;
  const topics = { Topic: names.stream, ...(hasFlink(deployment) ? { AcceptedTopic: names.acceptedTopic, PartialsTopic: names.partialsTopic } : {}) };
  const maker = inNetwork(scope, 'KafkaTopic', deployment, network, brokers, { name: 'kafka-topic', description: 'Makes the topic of events, and keeps it as it should be', memoryMegabytes: 512, timeout: Duration.minutes(2) });
  maker.allow(['kafka-cluster:CreateTopic', 'kafka-cluster:DescribeTopic', 'kafka-cluster:AlterTopic', 'kafka-cluster:DescribeTopicDynamicConfiguration', 'kafka-cluster:AlterTopicDynamicConfiguration'], Object.values(topics).map((topic) => kafkaArnOf(scope, deployment, 'topic', topic)));
  maker.tell('PARTITIONS', String(environment.msk.partitions));
  maker.tell('STREAM_RETENTION_HOURS', String(environment.streamRetentionHours));
  return Object.entries(topics).map(([id, topic]) => {
    const made = new CustomResource(scope, id, {
      resourceType: 'Custom::HeadraceTopic', serviceToken: maker.function.functionArn, serviceTimeout: Duration.minutes(5),
      properties: { topic, partitions: environment.msk.partitions, retentionHours: environment.streamRetentionHours, brokers },
    });
    made.node.addDependency(maker);
    return made;
  });
};

const eventWriter = (scope: Construct, deployment: Deployment, network: KafkaNetwork, brokers: string): PlatformFunction => {
  const writer = inNetwork(scope, 'EventWriter', deployment, network, brokers, { name: 'event-writer', description: 'Puts events on the topic for what runs outside of the network of the brokers', memoryMegabytes: 512, timeout: Duration.minutes(1) });
  writer.allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData', 'kafka-cluster:WriteData'], [kafkaArnOf(scope, deployment, 'topic', deployment.names.stream)]);
  // It tells how far the validator is behind: raw is complete so far; and the aggregator, before a move takes the topic away. It reads what stands there last, as that may be the end of a transaction.
  writer.allow(['kafka-cluster:DescribeGroup'], ['ingest-validator', 'feature-aggregator'].map((consumer) => kafkaArnOf(scope, deployment, 'group', deployment.names.function(consumer))));
  // The API waits for no answer: what three tries within six hours have not put is kept whole, for `headrace redrive`.
  const kept = new CfnEventInvokeConfig(writer, 'Failures', {
    functionName: writer.function.functionName, qualifier: '$LATEST', maximumRetryAttempts: 2, maximumEventAgeInSeconds: Duration.hours(6).toSeconds(),
    destinationConfig: { onFailure: { destination: grantFailures(writer) } },
  });
  // Lambda tries the permissions when a destination is set.
  kept.node.addDependency(writer.role);
  return writer;
};

/** The topics, where their brokers are, and the network that they stand in. */
export interface EventTopic {
  /** What consumers wait for. */
  readonly topics: readonly IDependable[];
  readonly network: KafkaNetwork;
  /** `<security protocol>://host:port,host:port`. */
  readonly brokers: string;
}

/**
 * The writer's code once more, for the topic of accepted events: who may put events may not put them past their contracts, so
 * that the validator alone may invoke this one.
 */
const acceptedWriter = (scope: Construct, deployment: Deployment, network: KafkaNetwork, brokers: string): PlatformFunction => {
  const topic = deployment.names.acceptedTopic;
  const writer = inNetwork(scope, 'AcceptedWriter', deployment, network, brokers, { name: 'accepted-writer', code: 'event-writer', topic, description: 'Puts accepted events on the topic that Flink reads', memoryMegabytes: 512, timeout: Duration.minutes(1) });
  writer.allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [kafkaArnOf(scope, deployment, 'topic', topic)]);
  return writer;
};

/**
 * The topic that all events take, on a cluster of its own or one that is there, and the function that puts events there for what runs elsewhere:
 * predictions, replays, the command line. Where views have Flink as their engine, the topics to and from it too.
 */
export const eventTopic = (scope: Construct, deployment: Deployment): EventTopic => {
  const network = kafkaCluster(scope, deployment);
  const brokers = brokersOf(scope, deployment);
  const topics = madeTopics(scope, deployment, network, brokers);
  eventWriter(scope, deployment, network, brokers).node.addDependency(...topics);
  if (!hasFlink(deployment)) return { topics, network, brokers };
  const writer = acceptedWriter(scope, deployment, network, brokers);
  writer.node.addDependency(...topics);
  // Where Flink's own network interfaces stand, for the stack that runs it.
  new StringParameter(scope, 'ClusterSubnets', { parameterName: kafkaParameters(deployment.names).subnets, stringValue: network.subnetIds.join(','), description: 'Subnets of the brokers' });
  return { topics: [...topics, writer], network, brokers };
};
