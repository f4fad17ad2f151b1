import type { Cluster, ClusterState } from '@aws-sdk/client-kafka';
import { brokersTextOf, requireUsable } from '../../../../lib/runtime/kafka/cluster';

const ClusterArn = 'arn:aws:kafka:eu-central-1:111122223333:cluster/events/0a1b2c3d-1111-2222-3333-444455556666-7';
const withIam = { Sasl: { Iam: { Enabled: true } } };
/** A cluster as MSK describes it; without types of its own only in what is looked at. */
const cluster = (change: Readonly<Record<string, unknown>> = {}): Cluster => ({ ClusterArn, State: 'ACTIVE', Provisioned: { ClientAuthentication: withIam }, ...change }) as Cluster;

describe('a cluster that is there already', () => {
  it.each<[ClusterState]>([['ACTIVE'], ['UPDATING'], ['MAINTENANCE'], ['HEALING'], ['REBOOTING_BROKER']])('is used while it is %s, as it works', (State) => {
    expect(() => { requireUsable(cluster({ State })); }).not.toThrow();
  });

  it.each([['CREATING'], ['DELETING'], ['FAILED'], [undefined]])('is refused while it is %s, with what to do', (State) => {
    expect(() => { requireUsable(cluster({ State })); }).toThrow(`The cluster ${ClusterArn} is ${State ?? 'in no state'}; it must be ACTIVE: deploy again when it is`);
  });

  const ofVersion = (KafkaVersion: string) => cluster({ Provisioned: { ClientAuthentication: withIam, CurrentBrokerSoftwareInfo: { KafkaVersion } } });
  it.each([['3.5.1'], ['3.9.x.kraft'], ['3.10.x'], ['4.0.x.kraft'], ['']])('is used with Kafka %j', (version) => {
    expect(() => { requireUsable(ofVersion(version)); }).not.toThrow();
  });

  it.each([['2.8.2.tiered'], ['3.4.0'], ['1.1.1']])('is refused with Kafka %j, which the client is not made for', (version) => {
    expect(() => { requireUsable(ofVersion(version)); }).toThrow(`The cluster ${ClusterArn} runs Kafka ${version}; it must be 3.5 or later: update it`);
  });

  it('is used of either type, where it takes IAM', () => {
    expect(() => { requireUsable(cluster({ Provisioned: undefined, Serverless: { VpcConfigs: [], ClientAuthentication: withIam } })); }).not.toThrow();
  });

  it.each([
    ['takes passwords alone', { Provisioned: { ClientAuthentication: { Sasl: { Scram: { Enabled: true }, Iam: { Enabled: false } } } } }],
    ['takes certificates alone', { Provisioned: { ClientAuthentication: { Tls: { Enabled: true } } } }],
    ['asks nobody who they are', { Provisioned: { ClientAuthentication: { Unauthenticated: { Enabled: true } } } }],
    ['says nothing of it', { Provisioned: {} }],
  ])('is refused where it %s, with what to do', (_what, change) => {
    expect(() => { requireUsable(cluster(change)); }).toThrow(`The cluster ${ClusterArn} does not take IAM; turn on its IAM role-based authentication`);
  });
});

describe('the brokers of a cluster', () => {
  it('are those that take IAM, whatever else it offers', () => {
    expect(brokersTextOf(ClusterArn, { BootstrapBrokerStringSaslIam: 'b-1.x:9098,b-2.x:9098', BootstrapBrokerString: 'b-1.x:9092' })).toBe('SASL_SSL://b-1.x:9098,b-2.x:9098');
  });

  it('are spoken to in plain text on this machine alone, as those of the local cloud are', () => {
    expect(brokersTextOf(ClusterArn, { BootstrapBrokerString: '127.0.0.1:9092' })).toBe('PLAINTEXT://127.0.0.1:9092');
    for (const plain of ['b-1.x:9092', '127.0.0.1:9092,b-2.x:9092', '127.0.0.1.x:9092', undefined]) expect(() => brokersTextOf(ClusterArn, { BootstrapBrokerString: plain })).toThrow('has no brokers that take IAM; turn on');
  });
});
