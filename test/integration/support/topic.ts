import { Kafka, logLevel } from 'kafkajs';
import type { TopicRecord } from '../../../lib/runtime/kafka-record';

/** Every record of a topic that keeps the broker's time and holds no transaction, without its headers, by partition in its order. */
export const recordsOf = async (bootstrapServers: string, topic: string): Promise<readonly TopicRecord[]> => {
  const kafka = new Kafka({ clientId: 'test', brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const waiting = new Map((await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, Number(high)]));
  await admin.disconnect();
  const records: TopicRecord[] = [];
  if (waiting.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `test-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.run({ autoCommit: false, eachBatch: ({ batch }) => {
      const { partition } = batch;
      for (const { offset, timestamp, key, value } of batch.messages) records.push({ topic, partition, offset: Number(offset), timestamp: Number(timestamp), timestampType: 'LOG_APPEND_TIME', key, value: value ?? Buffer.alloc(0), headers: [] });
      if (Number(batch.lastOffset()) + 1 >= (waiting.get(partition) ?? 0)) waiting.delete(partition);
      if (waiting.size === 0) resolve();
      return Promise.resolve();
    } }).catch(reject);
  });
  await consumer.disconnect();
  return records.toSorted((left, right) => left.partition - right.partition || left.offset - right.offset);
};
