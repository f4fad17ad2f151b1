import { Admin, ListOffsetTimestamps } from '@platformatic/kafka';
import type { DescribedJob } from '../emulator';

/** A streaming job of Glue that takes a topic: its arguments say which, where its brokers are, and the group that says how far it has come. */
interface FollowedJob {
  readonly name: string;
  readonly topic: string;
  readonly bootstrapServers: readonly string[];
  readonly group: string;
}

/** Looks at how far streaming jobs have come. */
export interface FollowedJobs {
  /** What the jobs still have to do of what their topics held at the first look; nothing when they have done it. */
  readonly waitingFor: () => Promise<readonly string[]>;
}

const followed = ({ Name: name, Command: command, DefaultArguments: given = {} }: DescribedJob): readonly FollowedJob[] => {
  const { '--topic': topic, '--brokers': brokers, '--consumer-group': group } = given;
  if (command.Name !== 'gluestreaming' || topic === undefined || brokers === undefined || group === undefined) return [];
  return [{ name, topic, group, bootstrapServers: brokers.replace(/^\w+:\/\//u, '').split(',') }];
};

type Offsets = ReadonlyMap<number, bigint>;

const endsOf = async (admin: Admin, topic: string): Promise<Offsets> => {
  const count = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)?.partitionsCount ?? 0;
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: ListOffsetTimestamps.LATEST }));
  const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
  return new Map((found?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]));
};

const committedOf = async (admin: Admin, { topic, group: groupId }: FollowedJob, partitionIndexes: readonly number[]): Promise<Offsets> => {
  const [found] = await admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [...partitionIndexes] }] }] });
  return new Map((found?.topics ?? []).flatMap(({ partitions }) => partitions).map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
};

const withAdmin = async <Result>({ bootstrapServers }: FollowedJob, ask: (admin: Admin) => Promise<Result>): Promise<Result> => {
  const admin = new Admin({ clientId: 'headrace-event-source', bootstrapBrokers: [...bootstrapServers], retries: 1, timeout: 5_000 });
  try { return await ask(admin); } finally { await admin.close(); }
};

/** Follows the streaming jobs that there are. */
export const followJobs = (described: () => Promise<readonly DescribedJob[]>): FollowedJobs => {
  const ends = new Map<string, Offsets>();
  const waitingForJob = async (job: FollowedJob): Promise<readonly string[]> => await withAdmin(job, async (admin) => {
    const end = ends.get(job.name) ?? await endsOf(admin, job.topic);
    ends.set(job.name, end);
    const committed = await committedOf(admin, job, [...end.keys()]);
    // A partition that never held anything is never committed.
    const behind = [...end].filter(([partition, offset]) => offset > 0n && (committed.get(partition) ?? -1n) < offset);
    // -1 is what a broker says of a partition that the group has never committed.
    return behind.map(([partition, offset]) => `streaming job ${job.name}: ${job.topic}-${partition} is done up to ${(committed.get(partition) ?? -1n) < 0n ? 'nothing' : committed.get(partition)}, of ${offset}`);
  });
  return {
    waitingFor: async () => {
      try {
        return (await Promise.all((await described()).flatMap(followed).map(waitingForJob))).flat();
      } catch (error) {
        return [`streaming jobs: ${error instanceof Error ? error.message : String(error)}`];
      }
    },
  };
};
