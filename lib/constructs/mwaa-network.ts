import { FlowLogDestination, FlowLogTrafficType, IpAddresses, Port, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment';

/** Where MWAA runs: two private subnets in different zones, and what may talk to what is in them. */
export interface MwaaNetwork { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] }

/** A network for Airflow alone: two private subnets with one way out, a NAT gateway, which costs less than an endpoint for each service that MWAA calls. */
export const mwaaNetwork = (scope: Construct, { environment, names }: Deployment): MwaaNetwork => {
  const vpc = new Vpc(scope, 'Network', {
    vpcName: `${names.prefix}-airflow`, ipAddresses: IpAddresses.cidr('10.192.0.0/16'), maxAzs: 2, natGateways: 1,
    subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false }, { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }],
  });
  const flows = new LogGroup(scope, 'NetworkFlows', { logGroupName: `/headrace/${names.prefix}-airflow/flows`, retention: environment.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
  vpc.addFlowLog('Refused', { destination: FlowLogDestination.toCloudWatchLogs(flows), trafficType: FlowLogTrafficType.REJECT });
  const group = new SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'Airflow: its parts among themselves, and out by TLS', allowAllOutbound: false });
  group.addIngressRule(group, Port.allTraffic(), 'parts of Airflow among themselves');
  group.addEgressRule(group, Port.allTraffic(), 'parts of Airflow among themselves');
  group.connections.allowToAnyIpv4(Port.tcp(443), 'services of AWS');
  return { subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds, securityGroupIds: [group.securityGroupId] };
};
