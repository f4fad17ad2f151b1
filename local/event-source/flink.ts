import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';

/** An application of Managed Flink that is not stopped, as the emulator tells of it. */
interface Application {
  readonly name: string;
  readonly status: string;
  /** Groups of properties; what a program of ours reads stands in `headrace`. */
  readonly properties: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const applicationsOf = async (endpoint: string): Promise<readonly Application[]> => {
  const response = await fetch(`${endpoint}/_headrace/flink`, { signal: AbortSignal.timeout(5_000) });
  return response.ok ? ((await response.json()) as { readonly applications: readonly Application[] }).applications : [];
};

/** Records of a topic that a consumer group has not committed; what Flink has committed, it has sent all of, as it does so with its checkpoints. */
const uncommitted = async (admin: Admin, topic: string, groupId: string): Promise<number> => {
  const count = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)?.partitionsCount ?? 0;
  const partitions = Array.from({ length: count }, (_, partition) => partition);
  const [[ends], [group]] = await Promise.all([
    admin.listOffsets({ topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp: ListOffsetTimestamps.LATEST })) }] }),
    admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: [{ name: topic, partitionIndexes: partitions }] }] }),
  ]);
  const committed = new Map((group?.topics ?? []).flatMap((each) => each.partitions).map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]));
  return (ends?.partitions ?? []).reduce((sum, { partitionIndex, offset }) => sum + Math.max(0, Number(offset) - Math.max(0, committed.get(partitionIndex) ?? 0)), 0);
};

const lagOf = async ({ name, status, properties: { headrace } }: Application): Promise<string | undefined> => {
  const { brokers, accepted, group } = headrace ?? {};
  if (brokers === undefined || accepted === undefined || group === undefined) return undefined;
  if (status !== 'RUNNING') return `the Flink application ${name} is ${status}`;
  const admin = new Admin({ clientId: 'headrace-local-cloud', bootstrapBrokers: brokers.replace(/^\w+:\/\//u, '').split(','), timeout: 5_000, retries: 0 });
  try {
    const records = await uncommitted(admin, accepted, group);
    return records === 0 ? undefined : `the Flink application ${name} has not sent all of ${records} records of ${accepted}`;
  } catch (error) {
    return `the Flink application ${name}: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await admin.close();
  }
};

/** What the Flink applications of an emulator have still to do of what their topics hold: how many there are, and a line for each that has something to do. */
export const flinkWaitsFor = async (endpoint: string): Promise<{ readonly applications: number; readonly waiting: readonly string[] }> => {
  try {
    const applications = await applicationsOf(endpoint);
    const lags = await Promise.all(applications.map(lagOf));
    return { applications: applications.length, waiting: lags.filter((lag) => lag !== undefined) };
  } catch (error) {
    return { applications: 0, waiting: [`the emulator does not say what Flink runs: ${error instanceof Error ? error.message : String(error)}`] };
  }
};
