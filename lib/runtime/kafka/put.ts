import { compatibilityPartitioner, ProduceAcks, Producer } from '@platformatic/kafka';
import { groupsWithin } from '../groups-within';
import type { KafkaConnection } from './connection';

/** A record to be put: its key decides its partition. */
export interface KafkaRecord { readonly key: string; readonly value: Uint8Array }

/** Where a record was put. */
export interface KafkaPut { readonly partition: number; readonly offset: number }

/**
 * A client puts what goes to one partition in one batch, of which a topic takes 1,048,588 bytes at least (max.message.bytes,
 * Apache Kafka's topic configuration); some room is left, also for what stands around each record. A larger record goes alone.
 */
const [mostBytes, bytesAround] = [900_000, 100];

export type KafkaProducer = Pick<Producer, 'metadata' | 'send'>;

/** One whose connections end when it is told to close. */
export type ClosableProducer = KafkaProducer & Pick<Producer, 'close'>;

/** A producer, whose connections are kept while it is. */
export const kafkaProducer = (connection: KafkaConnection): ClosableProducer => new Producer({ ...connection, acks: ProduceAcks.ALL });

/**
 * Puts records on a topic, in their order within each key, and waits until every copy in step has them. The partition is
 * the one that Kafka's own client in Java chooses, so that a key's events keep their order whoever sends them.
 *
 * @returns where each was put, in their order
 * @throws Error when the cluster does not take them; some may have been taken: whoever puts them again sends the same ids
 */
export const putOnTopic = async (producer: KafkaProducer, topic: string, records: readonly KafkaRecord[]): Promise<readonly KafkaPut[]> => {
  if (records.length === 0) return [];
  const partitions = (await producer.metadata({ topics: [topic] })).topics.get(topic)?.partitionsCount;
  if (partitions === undefined) throw new Error(`The cluster has no topic ${topic}; the ingestion stack makes it: deploy it again.`);
  const chosen = records.map(({ key, value }) => {
    const message = { topic, key: Buffer.from(key, 'utf8'), value: Buffer.from(value) };
    return { ...message, partition: compatibilityPartitioner(message, message.key) % partitions };
  });
  const places: KafkaPut[] = [];
  for (const messages of groupsWithin(chosen, ({ key, value }) => key.length + value.length + bytesAround, mostBytes)) {
    const { offsets = [] } = await producer.send({ messages: [...messages] });
    // What goes to one partition goes in one batch, which stands there without gaps.
    const next = new Map(offsets.filter((each) => each.topic === topic).map(({ partition, offset }) => [partition, Number(offset)]));
    for (const { partition } of messages) {
      const offset = next.get(partition);
      if (offset === undefined) throw new Error(`The cluster took records of the topic ${topic}, and did not say where it put those of partition ${partition}.`);
      next.set(partition, offset + 1);
      places.push({ partition, offset });
    }
  }
  return places;
};
