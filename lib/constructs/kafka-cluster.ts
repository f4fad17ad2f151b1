import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnCluster, CfnServerlessCluster } from 'aws-cdk-lib/aws-msk';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { kafkaParameters } from '../../core/environment/deployed';
import type { ExistingCluster, MskCluster } from '../../core/environment/msk';
import type { Deployment } from './deployment';
import { brokerNetwork, existingNetwork, type BrokerNetwork, type KafkaNetwork } from './kafka-network';
import { removalPolicyOf } from './zone-bucket';

/** MSK's version of Kafka for brokers of a size, with brokers that keep the cluster's own data (KRaft); Serverless has its own. */
const kafkaVersion = '3.9.x.kraft';
const clusterId = 'Cluster';

type Provisioned = Extract<MskCluster, { kind: 'provisioned' }>;

const provisioned = (scope: Construct, { names, environment }: Deployment, { brokers, instanceType, storageGigabytes }: Provisioned, network: BrokerNetwork): CfnCluster => {
  const logs = new LogGroup(scope, 'BrokerLogs', { logGroupName: `/aws/vendedlogs/msk/${names.cluster}`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  return new CfnCluster(scope, clusterId, {
    clusterName: names.cluster, kafkaVersion, numberOfBrokerNodes: brokers,
    brokerNodeGroupInfo: { instanceType, clientSubnets: [...network.subnetIds], securityGroups: [network.clients, network.brokers], storageInfo: { ebsStorageInfo: { volumeSize: storageGigabytes } } },
    clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
    encryptionInfo: { encryptionInTransit: { clientBroker: 'TLS', inCluster: true } },
    loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logs.logGroupName } } },
  });
};

const serverless = (scope: Construct, { names }: Deployment, network: BrokerNetwork): CfnServerlessCluster => new CfnServerlessCluster(scope, clusterId, {
  clusterName: names.cluster,
  vpcConfigs: [{ subnetIds: [...network.subnetIds], securityGroups: [network.clients, network.brokers] }],
  clientAuthentication: { sasl: { iam: { enabled: true } } },
});

/**
 * A cluster of the environment's own: IAM is the only authentication, and TLS the only way to speak to it. Lambda's
 * pollers take its security groups, and so are clients of it.
 */
const ownCluster = (scope: Construct, deployment: Deployment, settings: Exclude<MskCluster, ExistingCluster>): KafkaNetwork => {
  const network = brokerNetwork(scope, deployment);
  const cluster = settings.kind === 'serverless' ? serverless(scope, deployment, network) : provisioned(scope, deployment, settings, network);
  cluster.applyRemovalPolicy(removalPolicyOf(deployment));
  return network;
};

/** The cluster that holds the topic of events, made where none that is there is named; gives the network in which it is reached. */
export const kafkaCluster = (scope: Construct, deployment: Deployment): KafkaNetwork => {
  const { environment: { msk: { cluster } }, names } = deployment;
  const network = cluster.kind === 'existing' ? existingNetwork(deployment, cluster) : ownCluster(scope, deployment, cluster);
  const parameters = kafkaParameters(names);
  new StringParameter(scope, 'ClusterArn', { parameterName: parameters.clusterArn, stringValue: clusterArnOf(scope, deployment), description: 'The cluster with the topic of events' });
  new StringParameter(scope, 'ClientsGroup', { parameterName: parameters.clients, stringValue: network.clients, description: 'Security group of whoever speaks to the brokers' });
  return network;
};

/** ARN of the environment's cluster: MSK ends that of its own with an id, so that the ingestion stack leaves it in a parameter for the others. */
export const clusterArnOf = (scope: Construct, { names, environment: { msk: { cluster } } }: Deployment): string => {
  if (cluster.kind === 'existing') return cluster.arn;
  const here = Stack.of(scope).node.tryFindChild(clusterId);
  return here instanceof CfnCluster || here instanceof CfnServerlessCluster ? here.attrArn : StringParameter.valueForStringParameter(Stack.of(scope), kafkaParameters(names).clusterArn);
};

/** ARN of a topic or a consumer group of a cluster: `arn:…:<kind>/<cluster>/<uuid>/<name>`. */
export const kafkaArnOf = (scope: Construct, deployment: Deployment, kind: 'topic' | 'group', name: string): string => {
  const { partition, region, account } = Stack.of(scope);
  return `arn:${partition}:kafka:${region}:${account}:${kind}/${Fn.select(1, Fn.split(':cluster/', clusterArnOf(scope, deployment)))}/${name}`;
};

