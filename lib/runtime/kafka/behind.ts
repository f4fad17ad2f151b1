import { ListOffsetTimestamps, type Admin } from '@platformatic/kafka';

/** What is asked of a cluster to know how far somebody is behind a topic. */
export type OffsetAdmin = Pick<Admin, 'metadata' | 'listOffsets' | 'listConsumerGroupOffsets'>;

/** How long ago the first record that is not done was taken by the broker, milliseconds; 0 when the partition holds none. */
export interface PartitionBehind { readonly partition: number; readonly behind: number }

/** The offset at which somebody goes on in each partition; a partition that is left out begins with its first record that came then or later. */
export interface NextOffsets { readonly next: ReadonlyMap<number, number>; readonly from: number }

type Offsets = ReadonlyMap<number, number>;

/** Longest that a record is looked back for: longer than a topic keeps it. */
const lookedBack = 400 * 86_400_000;
/** An answer is exact to so many milliseconds. */
const exactness = 250;

/** An offset of each partition: of the first record that came at a moment or later, -1 where there is none; or the one after the last, or the first that is kept. */
const offsetsAt = async (admin: OffsetAdmin, topic: string, moments: ReadonlyMap<number, bigint>): Promise<Offsets> => {
  const [found] = await admin.listOffsets({ topics: [{ name: topic, partitions: [...moments].map(([partitionIndex, timestamp]) => ({ partitionIndex, timestamp })) }] });
  return new Map((found?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
};

const momentsOf = (partitions: Iterable<number>, moment: number | bigint): ReadonlyMap<number, bigint> => new Map([...partitions].map((partition) => [partition, BigInt(moment)]));

const partitionsOf = async (admin: OffsetAdmin, topic: string): Promise<readonly number[]> => {
  const count = (await admin.metadata({ topics: [topic] })).topics.get(topic)?.partitionsCount;
  if (count === undefined) throw new Error(`The cluster has no topic ${topic}; the ingestion stack makes it: deploy it again.`);
  return Array.from({ length: count }, (_, partition) => partition);
};

/**
 * When the record at an offset was taken, of each partition: the last moment at which no later record is the first. The broker's
 * times grow with the offsets, and it finds offsets by time, so that no record is read.
 */
const takenAt = async (admin: OffsetAdmin, topic: string, offsets: Offsets, now: number): Promise<ReadonlyMap<number, number>> => {
  const ranges = new Map([...offsets.keys()].map((partition) => [partition, { low: now - lookedBack, high: now + 1 }]));
  for (let width = lookedBack; width > exactness && ranges.size > 0; width = Math.ceil(width / 2)) {
    const middles = new Map([...ranges].map(([partition, { low, high }]) => [partition, Math.floor((low + high) / 2)]));
    const found = await offsetsAt(admin, topic, new Map([...middles].map(([partition, middle]) => [partition, BigInt(middle)])));
    for (const [partition, range] of ranges) {
      const [first, middle] = [found.get(partition) ?? -1, middles.get(partition) ?? range.low];
      if (first >= 0 && first <= (offsets.get(partition) ?? 0)) range.low = middle; else range.high = middle;
    }
  }
  return new Map([...ranges].map(([partition, { low }]) => [partition, low]));
};

/** The first record of a producer in a partition, from an offset to an end; undefined when there is none. */
export type FirstRecord = (partition: number, from: number, end: number) => Promise<number | undefined>;

/** How far somebody is behind each partition of a topic, by the offsets at which they go on. */
export const behindTopic = async (admin: OffsetAdmin, topic: string, { next, from }: NextOffsets, now: number, firstRecord: FirstRecord): Promise<readonly PartitionBehind[]> => {
  const partitions = await partitionsOf(admin, topic);
  const ends = await offsetsAt(admin, topic, momentsOf(partitions, ListOffsetTimestamps.LATEST));
  const unknown = partitions.filter((partition) => !next.has(partition));
  const starts = unknown.length > 0 ? await offsetsAt(admin, topic, momentsOf(unknown, from)) : new Map<number, number>();
  const waiting = new Map((await Promise.all(partitions.map(async (partition) => {
    const end = ends.get(partition) ?? 0;
    const start = next.get(partition) ?? starts.get(partition) ?? -1;
    const first = start >= 0 && start < end ? await firstRecord(partition, start, end) : undefined;
    return first === undefined ? [] : [[partition, first] as const];
  }))).flat());
  const taken = await takenAt(admin, topic, waiting, now);
  return partitions.map((partition) => ({ partition, behind: waiting.has(partition) ? Math.max(1, now - (taken.get(partition) ?? now)) : 0 }));
};

/** Where a consumer group goes on in each partition: what is before was done. Without a commit it goes on with the first record that is kept. */
export const nextOfGroup = async (admin: OffsetAdmin, topic: string, groupId: string): Promise<NextOffsets> => {
  const [group] = await admin.listConsumerGroupOffsets({ groups: [{ groupId, topics: [{ name: topic, partitionIndexes: [...await partitionsOf(admin, topic)] }] }] });
  const committed = (group?.topics ?? []).flatMap(({ partitions }) => partitions).filter(({ committedOffset }) => committedOffset >= 0n);
  return { next: new Map(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)])), from: 0 };
};
