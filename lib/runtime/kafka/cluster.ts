import type { Cluster, ClusterState, GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka';
import { brokersText } from './connection';

/** States in which a cluster takes and gives records, whatever else is done to it meanwhile. */
const working: ReadonlySet<ClusterState | undefined> = new Set(['ACTIVE', 'UPDATING', 'MAINTENANCE', 'HEALING', 'REBOOTING_BROKER']);

/** The oldest Kafka that the platform's client is made for (@platformatic/kafka, "Supported Kafka Version"). */
const oldest = { major: 3, minor: 5 } as const;

/** Whether a version, such as `2.8.1` or `3.9.x.kraft`, is older than that. */
const isTooOld = (version: string): boolean => {
  const [, major = oldest.major, minor = oldest.minor] = (/^(\d+)\.(\d+)/u.exec(version) ?? []).map(Number);
  return major < oldest.major || (major === oldest.major && minor < oldest.minor);
};

/**
 * Refuses a cluster that is somebody's already and cannot be used: one that is not there yet or no longer, one of an old Kafka, and one that does not
 * take IAM, which is the only way in which the platform's functions, jobs and Lambda's pollers prove who they are.
 *
 * @throws Error that says what to do
 */
export const requireUsable = ({ ClusterArn: arn = 'that msk.cluster.arn names', State: state, Provisioned: provisioned, Serverless: serverless }: Cluster): void => {
  if (!working.has(state)) throw new Error(`The cluster ${arn} is ${state ?? 'in no state'}; it must be ACTIVE: deploy again when it is, or name another one in msk.cluster.arn of environments.ts.`);
  // A serverless one has no version to choose.
  const version = provisioned?.CurrentBrokerSoftwareInfo?.KafkaVersion;
  if (version !== undefined && isTooOld(version)) throw new Error(`The cluster ${arn} runs Kafka ${version}; it must be ${oldest.major}.${oldest.minor} or later: update it (kafka:UpdateClusterKafkaVersion), and deploy again.`);
  const { Enabled: takesIam = false } = (provisioned ?? serverless)?.ClientAuthentication?.Sasl?.Iam ?? {};
  if (!takesIam) throw new Error(`The cluster ${arn} does not take IAM; turn on its IAM role-based authentication beside what it takes already (in the console by Edit of its security settings, else kafka:UpdateSecurity), wait until it is ACTIVE, and deploy again.`);
};

const isOnThisMachine = (addresses: string): boolean => addresses.split(',').every((address) => /^(?:127\.0\.0\.1|localhost):\d+$/u.test(address));

/**
 * The addresses that a cluster gives for IAM; those without authentication where there are no others and they are this machine's own, as
 * the local cloud's are.
 *
 * @throws Error where it gives neither
 */
export const brokersTextOf = (arn: string, { BootstrapBrokerStringSaslIam: iam, BootstrapBrokerString: plain }: GetBootstrapBrokersResponse): string => {
  if (iam !== undefined) return brokersText({ protocol: 'SASL_SSL', addresses: iam.split(',') });
  if (plain !== undefined && isOnThisMachine(plain)) return brokersText({ protocol: 'PLAINTEXT', addresses: plain.split(',') });
  throw new Error(`The cluster ${arn} has no brokers that take IAM; turn on its IAM role-based authentication, wait until it is ACTIVE, and deploy again.`);
};
