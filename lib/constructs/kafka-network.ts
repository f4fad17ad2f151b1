import { Fn } from 'aws-cdk-lib';
import { CfnRouteTable, CfnSecurityGroup, CfnSubnet, CfnSubnetRouteTableAssociation, CfnVPC, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ownSubnets, type ExistingCluster } from '../../core/environment/msk';
import type { Deployment } from './deployment';
import { justify } from './justification';

/** Where brokers are reached, and who may come to them. */
export interface KafkaNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** The security group of whoever speaks to them: the platform's functions and jobs, and producers that the user gives it. */
  readonly clients: string;
}

/** That of a cluster of the environment's own, and the security group of its brokers. */
export interface BrokerNetwork extends KafkaNetwork { readonly brokers: string }

/** The port at which brokers take IAM over TLS (MSK developer guide, "Port information"). */
const iamPort = 9098;

/** A network of the brokers' own: private subnets in two zones and a way to S3, which is free and where Lambda keeps what could not be processed; no way to the internet. */
const ownNetwork = (scope: Construct, { names }: Deployment): { readonly vpcId: string; readonly subnetIds: readonly string[] } => {
  const tags = (what: string) => [{ key: 'Name', value: `${names.prefix}-${what}` }];
  // Names of brokers are resolved in the network alone.
  const vpc = new CfnVPC(scope, 'Network', { cidrBlock: '10.83.0.0/24', enableDnsHostnames: true, enableDnsSupport: true, tags: tags('events') });
  justify(vpc, 'AwsSolutions-VPC7', 'Holds brokers and their clients alone, without a way to the internet; who may do what is decided by IAM, and what a broker refuses stands in the log of its client.');
  const routes = new CfnRouteTable(scope, 'Routes', { vpcId: vpc.attrVpcId, tags: tags('events') });
  const subnets = Array.from({ length: ownSubnets }, (_, index) => {
    const subnet = new CfnSubnet(scope, `Subnet${index + 1}`, {
      vpcId: vpc.attrVpcId, cidrBlock: `10.83.0.${index * 64}/26`, availabilityZone: Fn.select(index, Fn.getAzs()), mapPublicIpOnLaunch: false, tags: tags(`events-${index + 1}`),
    });
    new CfnSubnetRouteTableAssociation(scope, `SubnetRoutes${index + 1}`, { subnetId: subnet.attrSubnetId, routeTableId: routes.attrRouteTableId });
    return subnet;
  });
  new CfnVPCEndpoint(scope, 'WayToS3', { vpcId: vpc.attrVpcId, serviceName: `com.amazonaws.${Stack.of(scope).region}.s3`, vpcEndpointType: 'Gateway', routeTableIds: [routes.attrRouteTableId] });
  return { vpcId: vpc.attrVpcId, subnetIds: subnets.map(({ attrSubnetId }) => attrSubnetId) };
};

/**
 * The network in which a cluster that is there is reached. Nothing is made in it: what speaks to the brokers becomes a member of the
 * group that they let in already, so that no rule of the owner's is added, changed or forgotten when the environment goes.
 */
export const existingNetwork = ({ environment: { name, msk: { network } } }: Deployment, { clientSecurityGroupId }: ExistingCluster): KafkaNetwork => {
  if (network === undefined) throw new Error(`The environment ${name} takes events by a cluster that is there, and msk.network is absent; name the VPC and subnets in which its brokers are reached.`);
  return { vpcId: network.vpcId, subnetIds: network.subnetIds, clients: clientSecurityGroupId };
};

/**
 * The network of the environment's own brokers: the user's, or one of their own. Brokers take connections from members of one security group,
 * and only at the port of IAM over TLS.
 */
export const brokerNetwork = (scope: Construct, deployment: Deployment): BrokerNetwork => {
  const { names, environment } = deployment;
  const { vpcId, subnetIds } = environment.msk.network ?? ownNetwork(scope, deployment);
  const clients = new CfnSecurityGroup(scope, 'Clients', {
    groupName: `${names.prefix}-clients`, groupDescription: 'May speak to the brokers of the event topic', vpcId,
    securityGroupEgress: [
      { ipProtocol: 'tcp', fromPort: iamPort, toPort: iamPort, cidrIp: '0.0.0.0/0', description: 'Brokers, wherever they stand in the network' },
      { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'S3 by its endpoint' },
    ],
  });
  const brokers = new CfnSecurityGroup(scope, 'Brokers', {
    groupName: `${names.prefix}-brokers`, groupDescription: 'Brokers of the event topic', vpcId,
    securityGroupIngress: [{ ipProtocol: 'tcp', fromPort: iamPort, toPort: iamPort, sourceSecurityGroupId: clients.attrGroupId, description: 'IAM over TLS' }],
    securityGroupEgress: [{ ipProtocol: 'tcp', fromPort: iamPort, toPort: iamPort, cidrIp: '0.0.0.0/0', description: 'Brokers, wherever they stand in the network' }],
  });
  return { vpcId, subnetIds, brokers: brokers.attrGroupId, clients: clients.attrGroupId };
};
