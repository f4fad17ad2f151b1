import { Consumer, FetchIsolationLevels, IS_CONTROL } from '@platformatic/kafka';
import type { KafkaConnection } from './connection';

/** Reads a topic without being of a group. */
export type TopicReader = Pick<Consumer, 'metadata' | 'fetch'>;

/** A reader, which connects when it is first used. */
export const topicReader = (connection: KafkaConnection): TopicReader => new Consumer({ ...connection, groupId: `${connection.clientId}-reader` });

/** A broker gives one batch at the least, however few bytes are asked for. */
const [leastBytes, longestWait] = [1, 500];

/**
 * The first record at an offset or after it that a producer put there. The end of a transaction stands in a partition as a record
 * too, which no consumer is given: behind the last record it would wait for ever.
 *
 * @param end the offset after the last
 * @returns undefined where there are only such ends
 */
export const firstRecordFrom = async (reader: TopicReader, name: string, partition: number, from: number, end: number): Promise<number | undefined> => {
  const topic = (await reader.metadata({ topics: [name] })).topics.get(name);
  const leader = topic?.partitions[partition]?.leader;
  if (topic === undefined || leader === undefined) throw new Error(`The cluster has no partition ${partition} of the topic ${name}; the ingestion stack makes it: deploy it again.`);
  for (let offset = from; offset < end;) {
    const { responses } = await reader.fetch({
      node: leader, minBytes: leastBytes, maxBytes: leastBytes, maxWaitTime: longestWait, isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
      topics: [{ topicId: topic.id, partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: BigInt(offset), lastFetchedEpoch: -1, partitionMaxBytes: leastBytes }] }],
    });
    const batches = (responses[0]?.partitions[0]?.records ?? []).map(({ firstOffset, lastOffsetDelta, attributes }) => ({ first: Number(firstOffset), last: Number(firstOffset) + lastOffsetDelta, isMarker: (attributes & IS_CONTROL) !== 0 })).filter(({ last }) => last >= offset);
    const [record] = batches.filter(({ isMarker }) => !isMarker);
    if (record !== undefined) return Math.max(offset, record.first);
    const last = batches.at(-1)?.last;
    // Nothing came, and something is there: who waits for it is behind.
    if (last === undefined) return offset;
    offset = last + 1;
  }
  return undefined;
};
