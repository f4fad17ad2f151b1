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
};

/** A network of the user's that the brokers stand in: producers must reach them. */
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
  /** Absent: a network that holds nothing else, of two private subnets without a way to the internet. */
  readonly network?: MskNetwork;
}

const clusterProblems = (cluster: Partial<Extract<MskCluster, { kind: 'provisioned' }>> | Partial<MskCluster> | undefined, subnets: number): SettingProblem[] => {
  const kinds = oneOf('msk.cluster.kind', cluster?.kind, ['serverless', 'provisioned']);
  if (cluster?.kind !== 'provisioned') return kinds;
  return [
    ...between('msk.cluster.brokers', cluster.brokers, 2, 30, 'brokers'),
    ...(typeof cluster.brokers === 'number' && cluster.brokers % subnets !== 0 ? [{ field: 'msk.cluster.brokers', found: cluster.brokers, allowed: `a multiple of ${subnets}, as MSK puts as many brokers into each subnet` }] : []),
    ...pattern('msk.cluster.instanceType', cluster.instanceType, /^kafka\.[a-z0-9]+\.[a-z0-9]+$/u, "MSK's name for a size of standard brokers, such as kafka.t3.small"),
    ...between('msk.cluster.storageGigabytes', cluster.storageGigabytes, 1, 16_384, 'gigabytes'),
  ];
};

const networkProblems = (network: Partial<MskNetwork> | undefined): SettingProblem[] => (network === undefined ? [] : [
  ...pattern('msk.network.vpcId', network.vpcId, /^vpc-[0-9a-f]+$/u, 'the id of a VPC, such as vpc-0123456789abcdef0'),
  ...(Array.isArray(network.subnetIds) && new Set(network.subnetIds).size === network.subnetIds.length && [2, 3].includes(network.subnetIds.length) && network.subnetIds.every((id) => typeof id === 'string' && /^subnet-[0-9a-f]+$/u.test(id)) ? []
    : [{ field: 'msk.network.subnetIds', found: network.subnetIds, allowed: 'two or three different subnets, by their ids' }]),
]);

/** Subnets of a network that is made for the brokers alone. */
export const ownSubnets = 2;

/** What is wrong with the settings of a cluster. */
export const mskProblems = (settings: Partial<MskSettings> | undefined): readonly SettingProblem[] => {
  const { cluster, partitions, pollers, network } = settings ?? {};
  return [
    ...clusterProblems(cluster, Array.isArray(network?.subnetIds) ? network.subnetIds.length : ownSubnets),
    ...between('msk.partitions', partitions, 1, 500, 'partitions'),
    ...between('msk.pollers.minimum', pollers?.minimum, 1, 200, 'pollers'),
    ...between('msk.pollers.maximum', pollers?.maximum, pollers?.minimum ?? 1, 2000, 'pollers, the minimum or more'),
    ...networkProblems(network),
  ];
};
