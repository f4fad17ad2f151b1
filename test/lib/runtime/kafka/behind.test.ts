import fc from 'fast-check';
import { behindTopic, nextOfGroup, type FirstRecord, type OffsetAdmin } from '../../../../lib/runtime/kafka/behind';

const now = Date.UTC(2026, 10, 28);

/** A topic whose partitions hold records that came at these moments, in their order; a group has committed these offsets. */
const topicOf = (partitions: readonly (readonly number[])[], committed: readonly number[] = []): OffsetAdmin => ({
  metadata: () => Promise.resolve({ topics: new Map([['events', { partitionsCount: partitions.length }]]) }),
  listOffsets: ({ topics }: { topics: { partitions: { partitionIndex: number; timestamp: bigint }[] }[] }) => Promise.resolve([{ name: 'events', partitions: (topics[0]?.partitions ?? []).map(({ partitionIndex, timestamp }) => {
    const records = partitions[partitionIndex] ?? [];
    return { partitionIndex, offset: BigInt(timestamp === -1n ? records.length : records.findIndex((moment) => BigInt(moment) >= timestamp)) };
  }) }]),
  listConsumerGroupOffsets: () => Promise.resolve([{ groupId: 'g', topics: [{ name: 'events', partitions: committed.map((offset, partitionIndex) => ({ partitionIndex, committedOffset: BigInt(offset) })) }] }]),
} as unknown as OffsetAdmin);

/** Every offset holds a record. */
const everyRecord: FirstRecord = (_partition, from, end) => Promise.resolve(from < end ? from : undefined);

const moments = fc.array(fc.integer({ min: now - 86_400_000, max: now - 1 }), { maxLength: 30 }).map((found) => found.sort((one, other) => one - other));

describe('how far somebody is behind a topic', () => {
  it('is how old the first record is that is not done, in each partition', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(moments, fc.nat(40)), { minLength: 1, maxLength: 4 }), async (partitions) => {
      const next = new Map(partitions.map(([, offset], partition) => [partition, offset]));
      const found = await behindTopic(topicOf(partitions.map(([records]) => records)), 'events', { next, from: 0 }, now, everyRecord);
      for (const [partition, [records, offset]] of partitions.entries()) {
        const waits = records[offset];
        const behind = found[partition]?.behind ?? -1;
        expect(waits === undefined ? behind : Math.abs(behind - (now - waits)) <= 250).toBe(waits === undefined ? 0 : true);
      }
    }), { numRuns: 50 });
  });

  it('begins with the first record since a moment, where nothing is done', async () => {
    const records = [now - 50_000, now - 40_000, now - 30_000];
    const since = async (from: number) => (await behindTopic(topicOf([records]), 'events', { next: new Map(), from }, now, everyRecord))[0]?.behind ?? -1;
    expect(Math.round(await since(now - 45_000) / 1000)).toBe(40);
    expect(Math.round(await since(0) / 1000)).toBe(50);
    expect(await since(now - 10_000)).toBe(0);
  });

  it('of a group is what it has not committed; one without a commit has done nothing', async () => {
    const partitions = [[now - 9000, now - 5000], [now - 7000]];
    const behind = async (...committed: readonly number[]) => {
      const topic = topicOf(partitions, committed);
      return (await behindTopic(topic, 'events', await nextOfGroup(topic, 'events', 'g'), now, everyRecord)).map((each) => Math.round(each.behind / 1000));
    };
    expect(await behind(1, 1)).toEqual([5, 0]);
    expect(await behind(-1, -1)).toEqual([9, 7]);
  });

  it('is nothing where only ends of transactions wait, and what waits behind one', async () => {
    const partitions = [[now - 9000, now - 8000], [now - 7000, now - 6000, now - 5000]];
    // In both the second offset is the end of a transaction.
    const firstRecord: FirstRecord = (_partition, from, end) => Promise.resolve([0, 2].find((offset) => offset >= from && offset < end));
    const behind = await behindTopic(topicOf(partitions), 'events', { next: new Map([[0, 1], [1, 1]]), from: 0 }, now, firstRecord);
    expect(behind.map((each) => Math.round(each.behind / 1000))).toEqual([0, 5]);
  });
});
