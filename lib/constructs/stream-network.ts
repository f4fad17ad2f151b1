import { Stack } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnSecurityGroupEgress, CfnSecurityGroupIngress, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { CfnConnection } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment';
import type { KafkaNetwork } from './kafka-network';

/** Services that the job calls, each by an endpoint where the network has no other way: what is active, schemas, metrics and its log. */
const services = ['ssm', 'glue', 'monitoring', 'logs'] as const;

const endpoints = (scope: Construct, { names }: Deployment, { vpcId }: KafkaNetwork, subnetId: string, workers: string): readonly CfnVPCEndpoint[] => {
  const group = new CfnSecurityGroup(scope, 'Endpoints', {
    groupName: `${names.prefix}-stream-endpoints`, groupDescription: 'Ways from the streaming job to services of AWS', vpcId,
    securityGroupIngress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, sourceSecurityGroupId: workers, description: 'Workers of the streaming job' }],
    // Endpoints begin no connection; a group that says nothing may begin any.
    securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '127.0.0.1/32', description: 'Nowhere' }],
  });
  return services.map((service) => new CfnVPCEndpoint(scope, `WayTo-${service}`, {
    vpcId, serviceName: `com.amazonaws.${Stack.of(scope).region}.${service}`, vpcEndpointType: 'Interface', subnetIds: [subnetId], securityGroupIds: [group.attrGroupId], privateDnsEnabled: true,
  }));
};

/**
 * The connection by which workers of Glue stand in the first subnet of the brokers: members of the group of the brokers' clients, and of
 * one whose members speak to each other at any port, as Glue asks for.
 * Source: AWS Glue developer guide, "Setting up Amazon VPC for JDBC connections to Amazon RDS data stores from AWS Glue", which holds for every connection.
 */
export const streamConnection = (scope: Construct, deployment: Deployment, network: KafkaNetwork): CfnConnection => {
  const { names, environment } = deployment;
  const [subnetId = ''] = network.subnetIds;
  const workers = new CfnSecurityGroup(scope, 'Workers', {
    groupName: `${names.prefix}-stream`, groupDescription: 'Workers of the streaming job', vpcId: network.vpcId,
    securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'Services of AWS, and the schema registry' }],
  });
  const among = { groupId: workers.attrGroupId, ipProtocol: 'tcp', fromPort: 0, toPort: 65_535, description: 'Workers among themselves' } as const;
  new CfnSecurityGroupIngress(scope, 'WorkersIn', { ...among, sourceSecurityGroupId: workers.attrGroupId });
  new CfnSecurityGroupEgress(scope, 'WorkersOut', { ...among, destinationSecurityGroupId: workers.attrGroupId });
  const connection = new CfnConnection(scope, 'Connection', {
    catalogId: environment.account,
    connectionInput: {
      name: names.function('ingest-stream'), connectionType: 'NETWORK', description: 'The network of the brokers',
      physicalConnectionRequirements: { subnetId, securityGroupIdList: [network.clients, workers.attrGroupId] },
    },
  });
  // A network of the user's has its own ways out.
  if (environment.msk.network === undefined) connection.node.addDependency(...endpoints(scope, deployment, network, subnetId, workers.attrGroupId));
  return connection;
};
