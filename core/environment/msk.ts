import { between, oneOf, pattern, type SettingProblem } from './problem';

/**
 * A cluster of MSK that grows and shrinks by itself, or brokers of a size.
 *
 * Serverless has no size to choose and costs the more while idle; brokers are paid for by the hour, whether or not anything
 * comes in. docs/decisions.md has the arithmetic.
 */
export type MskCluster = { readonly kind: 'serverless' } | {
  readonly kind: 'provisioned';
  /** One in each subnet, or a multiple: 2 to 30. */
  readonly brokers: number;
  /** MSK's name for their size, such as `kafka.t3.small` or `kafka.m7g.large`. */
  readonly instanceType: string;
  /** Gigabytes that each broker stores, 1 to 16384. */
  readonly storageGigabytes: number;
} | ExistingCluster;

/**
 * A cluster that is there already, of either type: its owner's as before. The environment makes its own topics on it, and neither changes
 * nor deletes anything else of it.
 */
export interface ExistingCluster {
  readonly kind: 'existing';
  /** ARN of a cluster in the account and the region of the environment, which takes IAM. */
  readonly arn: string;
  /** The security group whose members the brokers let in: what speaks to them becomes a member, and no rule of it is changed. */
  readonly clientSecurityGroupId: string;
  /** A day, or any other text: where it is another one than before, the deploy looks at the cluster again and asks where its brokers are. */
  readonly brokersAsOf?: string;
}

/** A network of the user's that the brokers stand in, or from which those of a cluster that is there are reached: producers must reach them too. */
export interface MskNetwork {
  readonly vpcId: string;
  /** Private subnets, two or three, each in an availability zone of its own. */
  readonly subnetIds: readonly string[];
}

/** Of the cluster and its topic, where ingestion is `msk`. */
export interface MskSettings {
  readonly cluster: MskCluster;
  /** Partitions of the topic, 1 to 500. There can be more later, never fewer; a key goes to another partition when there are more. */
  readonly partitions: number;
  /** Event pollers of each consumer, 1 to 200 at least and up to 2000: each reads up to 5 MB a second, and a partition has one at most. */
  readonly pollers: { readonly minimum: number; readonly maximum: number };
  /** Absent: a network that holds nothing else, of two private subnets without a way to the internet. A cluster that is there needs it named. */
  readonly network?: MskNetwork;
}

/** Where an environment is: a cluster that it reads must be there too. */
type Place = { readonly account?: string; readonly region?: string };

/** As MSK makes it: the name is its owner's, and the id says which of that name. */
const clusterArn = /^arn:aws[a-z-]*:kafka:([a-z0-9-]+):(\d{12}):cluster\/([0-9A-Za-z][0-9A-Za-z-]{0,63})\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-s?\d+$/u;

const existingProblems = ({ arn, clientSecurityGroupId, brokersAsOf }: Partial<ExistingCluster>, { account, region }: Place): SettingProblem[] => {
  const [, ofRegion, ofAccount] = (typeof arn === 'string' ? clusterArn.exec(arn) : null) ?? [];
  return [
    ...pattern('msk.cluster.arn', arn, clusterArn, 'the ARN of a cluster of MSK to its end, such as arn:aws:kafka:eu-central-1:111122223333:cluster/events/0a1b2c3d-1111-2222-3333-444455556666-7, as `aws kafka list-clusters-v2` says it'),
    ...(ofRegion === undefined || (ofRegion === region && ofAccount === account) ? [] : [{ field: 'msk.cluster.arn', found: arn, allowed: `of a cluster in the account ${account} and the region ${region}, where the environment is` }]),
    ...(brokersAsOf === undefined ? [] : pattern('msk.cluster.brokersAsOf', brokersAsOf, /^.{1,100}$/u, 'a text of 1 to 100 characters, such as 2026-11-29')),
    ...pattern('msk.cluster.clientSecurityGroupId', clientSecurityGroupId, /^sg-[0-9a-f]+$/u, 'the id of the security group whose members its brokers let in at port 9098, such as sg-0123456789abcdef0'),
  ];
};

const clusterProblems = (cluster: Partial<Extract<MskCluster, { kind: 'provisioned' }>> | Partial<MskCluster> | undefined, subnets: number, place: Place): SettingProblem[] => {
  const kinds = oneOf('msk.cluster.kind', cluster?.kind, ['serverless', 'provisioned', 'existing']);
  if (cluster?.kind === 'existing') return existingProblems(cluster, place);
  if (cluster?.kind !== 'provisioned') return kinds;
  return [
    ...between('msk.cluster.brokers', cluster.brokers, 2, 30, 'brokers'),
    ...(typeof cluster.brokers === 'number' && cluster.brokers % subnets !== 0 ? [{ field: 'msk.cluster.brokers', found: cluster.brokers, allowed: `a multiple of ${subnets}, as MSK puts as many brokers into each subnet` }] : []),
    ...pattern('msk.cluster.instanceType', cluster.instanceType, /^kafka\.[a-z0-9]+\.[a-z0-9]+$/u, "MSK's name for a size of standard brokers, such as kafka.t3.small"),
    ...between('msk.cluster.storageGigabytes', cluster.storageGigabytes, 1, 16_384, 'gigabytes'),
  ];
};

const networkProblems = (network: Partial<MskNetwork> | undefined, cluster: Partial<MskCluster> | undefined): SettingProblem[] => (network === undefined ? (cluster?.kind === 'existing' ? [{ field: 'msk.network', found: network, allowed: 'the VPC of the cluster that is there, and two or three subnets from which its brokers are reached' }] : []) : [
  ...pattern('msk.network.vpcId', network.vpcId, /^vpc-[0-9a-f]+$/u, 'the id of a VPC, such as vpc-0123456789abcdef0'),
  ...(Array.isArray(network.subnetIds) && new Set(network.subnetIds).size === network.subnetIds.length && [2, 3].includes(network.subnetIds.length) && network.subnetIds.every((id) => typeof id === 'string' && /^subnet-[0-9a-f]+$/u.test(id)) ? []
    : [{ field: 'msk.network.subnetIds', found: network.subnetIds, allowed: 'two or three different subnets, by their ids' }]),
]);

/** Subnets of a network that is made for the brokers alone. */
export const ownSubnets = 2;

/** Name of the cluster that holds the topic, as its ARN and the metrics of MSK have it. */
export const clusterNameOf = ({ cluster }: Pick<MskSettings, 'cluster'>, own: string): string => (cluster.kind === 'existing' ? cluster.arn.split('/')[1] ?? '' : own);

/** What is wrong with the settings of a cluster. */
export const mskProblems = (settings: Partial<MskSettings> | undefined, place: Place): readonly SettingProblem[] => {
  const { cluster, partitions, pollers, network } = settings ?? {};
  return [
    ...clusterProblems(cluster, Array.isArray(network?.subnetIds) ? network.subnetIds.length : ownSubnets, place),
    ...between('msk.partitions', partitions, 1, 500, 'partitions'),
    ...between('msk.pollers.minimum', pollers?.minimum, 1, 200, 'pollers'),
    ...between('msk.pollers.maximum', pollers?.maximum, pollers?.minimum ?? 1, 2000, 'pollers, the minimum or more'),
    ...networkProblems(network, cluster),
  ];
};
