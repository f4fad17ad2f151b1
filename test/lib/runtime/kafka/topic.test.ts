import { ProtocolError, ResponseError } from '@platformatic/kafka';
import { brokersOf, brokersText, kafkaConnection } from '../../../../lib/runtime/kafka/connection';
import { putOnTopic, type KafkaProducer } from '../../../../lib/runtime/kafka/put';
import { ensureTopic, topicConfiguration, type TopicAdmin } from '../../../../lib/runtime/kafka/topic';

/** A cluster with a topic of so many partitions, or none; tells what was asked of it. */
const clusterWith = (partitions: number | undefined) => {
  const asked: string[] = [];
  const admin = {
    createTopics: () => {
      if (partitions !== undefined) return Promise.reject(new ResponseError(19, 7, { '/topics/0': [36, null] }, {}));
      asked.push('made');
      return Promise.resolve([]);
    },
    metadata: () => Promise.resolve({ topics: new Map([['events', { partitionsCount: partitions }]]) }),
    incrementalAlterConfigs: ({ resources }: { resources: { configs: { name: string }[] }[] }) => { asked.push(`set ${resources[0]?.configs.map(({ name }) => name).join(' ')}`); return Promise.resolve(); },
    createPartitions: ({ topics }: { topics: { count: number }[] }) => { asked.push(`partitions ${topics[0]?.count}`); return Promise.resolve(); },
  } as unknown as TopicAdmin;
  return { admin, asked };
};
const wanted = { name: 'events', partitions: 3, configuration: topicConfiguration(24) };
const settings = 'set message.timestamp.type retention.ms max.message.bytes';

describe('the topic of events', () => {
  it('keeps the time at which the broker took a record, and records as long as the environment says', () => {
    expect(topicConfiguration(24)).toMatchObject({ 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '86400000', 'cleanup.policy': 'delete' });
  });

  it.each([
    ['is made where there is none', undefined, ['made']],
    ['is set again where there is one, as somebody may have changed it', 3, [settings]],
    ['gets the partitions that it lacks', 1, [settings, 'partitions 3']],
  ])('%s', async (_what, partitions, asked) => {
    const cluster = clusterWith(partitions);
    await ensureTopic(cluster.admin, wanted);
    expect(cluster.asked).toEqual(asked);
  });

  it('is refused where it would lose partitions, and what else goes wrong is not taken for a topic that is there', async () => {
    await expect(ensureTopic(clusterWith(4).admin, wanted)).rejects.toThrow('has 4 partitions, and Kafka takes none away; set msk.partitions to 4');
    const { admin } = clusterWith(3);
    await expect(ensureTopic({ ...admin, createTopics: () => Promise.reject(new ProtocolError('TOPIC_AUTHORIZATION_FAILED')) }, wanted)).rejects.toThrow('Topic authorization failed');
  });
});

describe('putting records on a topic', () => {
  /** A topic of three partitions that begins at these offsets. */
  const producerFrom = (offsets: readonly number[]) => {
    const sent: { key: string; partition: number | undefined }[] = [];
    const batches: number[] = [];
    const next = [...offsets];
    const producer = {
      metadata: () => Promise.resolve({ topics: new Map([['events', { partitionsCount: 3 }]]) }),
      send: ({ messages }: { messages: { key: Buffer; value: Buffer; partition?: number }[] }) => {
        sent.push(...messages.map(({ key, partition }) => ({ key: key.toString(), partition })));
        batches.push(messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0));
        const first = next.map((offset, partition) => ({ topic: 'events', partition, offset: BigInt(offset) }));
        for (const { partition = 0 } of messages) next[partition] = (next[partition] ?? 0) + 1;
        return Promise.resolve({ offsets: first });
      },
    } as unknown as KafkaProducer;
    return { producer, sent, batches };
  };
  const record = (key: string) => ({ key, value: Buffer.from(key) });

  it("chooses the partition that Kafka's client in Java chooses", async () => {
    // (murmur2(key) & 0x7fffffff) % 3, by Utils.murmur2 of the Java client: its own test has 21 → -973932308, foobar → -790332482, a-little-bit-long-string → -985981536.
    const { producer, sent } = producerFrom([0, 0, 0]);
    await putOnTopic(producer, 'events', ['21', 'foobar', 'a-little-bit-long-string'].map(record));
    expect(sent.map(({ partition }) => partition)).toEqual([-973_932_308, -790_332_482, -985_981_536].map((hash) => (hash & 0x7f_ff_ff_ff) % 3));
  });

  it('says where each record stands: one after the other in its partition', async () => {
    const { producer, sent } = producerFrom([10, 20, 30]);
    const places = await putOnTopic(producer, 'events', ['21', 'foobar', '21', 'x', 'foobar'].map(record));
    const counted = [10, 20, 30];
    expect(places).toEqual(sent.map(({ partition = 0 }) => ({ partition, offset: (counted[partition] = (counted[partition] ?? 0) + 1) - 1 })));
  });

  it('keeps each batch within what a topic takes, however much there is of one key', async () => {
    const { producer, sent, batches } = producerFrom([10, 20, 30]);
    const places = await putOnTopic(producer, 'events', Array.from({ length: 20 }, () => ({ key: 'hot', value: Buffer.alloc(150_000) })));
    expect(Math.max(...batches)).toBeLessThan(1_048_588);
    expect(batches.length).toBe(4);
    const [{ partition = 0 } = {}] = sent;
    expect(places).toEqual(Array.from({ length: 20 }, (_each, index) => ({ partition, offset: [10, 20, 30][partition] as number + index })));
  });

  it('fails where there is no such topic, or the cluster does not say where it put something', async () => {
    await expect(putOnTopic(producerFrom([0, 0, 0]).producer, 'others', [record('a')])).rejects.toThrow('The cluster has no topic others');
    await expect(putOnTopic(producerFrom([]).producer, 'events', [record('a')])).rejects.toThrow('did not say where it put');
    expect(await putOnTopic(producerFrom([]).producer, 'events', [])).toEqual([]);
  });
});

describe('brokers', () => {
  it('are read from the text that names them, and spoken to over TLS with a token of IAM', () => {
    const iam = { protocol: 'SASL_SSL', addresses: ['b-1.x.kafka-serverless.us-east-1.amazonaws.com:9098', 'b-2.x:9098'] } as const;
    expect(brokersOf(brokersText(iam))).toEqual(iam);
    expect(kafkaConnection('c', brokersText(iam), 'us-east-1')).toMatchObject({ bootstrapBrokers: iam.addresses, tls: {}, sasl: { mechanism: 'OAUTHBEARER' } });
    expect(kafkaConnection('c', 'PLAINTEXT://127.0.0.1:9092', 'us-east-1').sasl).toBeUndefined();
  });

  it.each([[''], ['b-1:9098'], ['SSL://b-1:9094'], ['SASL_SSL://b-1'], ['SASL_SSL://b-1:9098,']])('are refused as %j', (text) => {
    expect(() => brokersOf(text)).toThrow('says nothing of brokers');
  });
});
