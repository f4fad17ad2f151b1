import type { KafkaRecord as WireRecord, RecordsBatch } from '@platformatic/kafka';
import { Consumer } from '@platformatic/kafka';
import { committedBatches } from './committed';
import type { Offsets } from './poller';
import type { KafkaRecord } from './record';
import { sequenceOf } from './record';
import type { KafkaMappingSettings } from './settings';

/** A member of a mapping's consumer group. Its calls are rejected while the broker is away. */
export interface GroupMember {
  /** Asks the group for partitions; what it gives, then and whenever it shares them out anew, is told to `onAssigned`. */
  readonly join: () => Promise<void>;
  readonly partitionCount: () => Promise<number>;
  /** What the group has committed, of partitions of which it has. */
  readonly committed: (partitions: readonly number[]) => Promise<Offsets>;
  /** The first offset that is kept, or of the first record at or after a moment, or the one that the next record will get. */
  readonly offsetsAt: (partitions: readonly number[], at: 'first' | 'next' | number) => Promise<Offsets>;
  /** Waits a moment for records beyond some positions. */
  readonly read: (positions: Offsets, assignment: number) => Promise<{ readonly records: readonly KafkaRecord[]; readonly positions: Offsets }>;
  readonly commit: (offsets: Offsets) => Promise<void>;
  readonly close: () => Promise<void>;
}

const readWait = 100;
const bytesOfPartition = 1 << 20;
const bytesOfRead = 8 << 20;
// An attribute of a batch of records (Kafka documentation, "Message format").
const logAppendTime = 8;

const base64 = (data: Buffer | null): string | null => data?.toString('base64') ?? null;

/** Bytes of headers in a function's event: a number with its sign and a comma for each byte. */
const headerBytes = (headers: KafkaRecord['headers']): number => headers.reduce((sum, [name, value]) => sum + name.length + 5 * (value?.length ?? 1) + 8, 0);

/** Bytes as numbers, which Lambda's pollers give as Java has them: signed. */
const signed = (bytes: Buffer): readonly number[] => [...new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)];

const recordOf = (partition: number, batch: RecordsBatch, wire: WireRecord, assignment: number): KafkaRecord => {
  const appended = (batch.attributes & logAppendTime) !== 0;
  const offset = batch.firstOffset + BigInt(wire.offsetDelta);
  const headers = wire.headers.map(([name, value]) => [name?.toString() ?? '', value === null ? null : signed(value)] as const);
  const key = base64(wire.key);
  const value = base64(wire.value);
  return {
    sequence: sequenceOf(partition, offset), partition, offset, key, value, headers, assignment,
    partitionKey: key ?? '',
    data: value ?? '',
    // A batch of which the broker has noted the time has that one for all its records.
    arrival: Number(appended ? batch.maxTimestamp : batch.firstTimestamp + wire.timestampDelta),
    timestampType: appended ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    extraBytes: headerBytes(headers),
  };
};

const numbered = (offsets: Iterable<readonly [number, bigint]>): Offsets => Object.fromEntries(offsets);

/**
 * Makes a member of the consumer group of a mapping; it is none before it joins.
 *
 * @param bootstrapServers `host:port`, separated by commas
 */
export const groupMember = (settings: Pick<KafkaMappingSettings, 'id' | 'topic' | 'consumerGroup'>, bootstrapServers: string, onAssigned: (partitions: readonly number[]) => void): GroupMember => {
  const { topic, consumerGroup } = settings;
  const consumer = new Consumer({
    clientId: `headrace-event-source-${settings.id}`, groupId: consumerGroup, bootstrapBrokers: bootstrapServers.split(','),
    sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 1_000, retries: 3, retryDelay: 200, timeout: 5_000, metadataMaxAge: 1_000, autocommit: false,
  });
  consumer.topics.track(topic);
  consumer.on('consumer:group:join', ({ assignments }) => onAssigned(assignments?.find((each) => each.topic === topic)?.partitions ?? []));
  // Whatever it could not do is seen by the call that did not do it.
  consumer.on('error', () => undefined);

  const described = async (forceUpdate = false) => {
    const found = (await consumer.metadata({ topics: [topic], forceUpdate })).topics.get(topic);
    if (found === undefined) throw new Error(`The topic ${topic} is not there.`);
    return found;
  };

  return {
    join: async () => {
      // Whoever leads the group shares out the partitions that it knows of.
      await described(true);
      await consumer.joinGroup();
    },
    partitionCount: async () => (await described(true)).partitionsCount,
    committed: async (partitions) => {
      const found = (await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] })).get(topic) ?? [];
      return numbered(partitions.flatMap((partition) => { const offset = found[partition]; return offset === undefined || offset < 0n ? [] : [[partition, offset] as const]; }));
    },
    offsetsAt: async (partitions, at) => {
      const timestamp = at === 'first' ? -2n : at === 'next' ? -1n : BigInt(at);
      const found = (await consumer.listOffsets({ topics: [topic], partitions: { [topic]: [...partitions] }, timestamp })).get(topic) ?? [];
      return numbered(partitions.map((partition) => [partition, found[partition] ?? -1n]));
    },
    read: async (positions, assignment) => {
      const { id, partitions } = await described();
      const wanted = Object.entries(positions).map(([partition, fetchOffset]) => ({ partition: Number(partition), fetchOffset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: bytesOfPartition }));
      const response = await consumer.fetch({ node: partitions[wanted[0]?.partition ?? 0]?.leader ?? 0, maxWaitTime: readWait, minBytes: 1, maxBytes: bytesOfRead, topics: [{ topicId: id, partitions: wanted }] });
      const records: KafkaRecord[] = [];
      const next: Record<number, bigint> = {};
      for (const { partitionIndex, records: batches, abortedTransactions } of response.responses.flatMap((each) => each.partitions)) {
        const from = positions[partitionIndex] ?? 0n;
        for (const batch of committedBatches(batches ?? [], abortedTransactions)) records.push(...batch.records.map((wire) => recordOf(partitionIndex, batch, wire, assignment)).filter(({ offset }) => offset >= from));
        const last = batches?.at(-1);
        if (last !== undefined) next[partitionIndex] = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
      }
      return { records, positions: next };
    },
    commit: async (offsets) => {
      const { partitions } = await described();
      await consumer.commit({ offsets: Object.entries(offsets).map(([partition, offset]) => ({ topic, partition: Number(partition), offset, leaderEpoch: partitions[Number(partition)]?.leaderEpoch ?? -1 })) });
    },
    close: () => consumer.close(true),
  };
};
