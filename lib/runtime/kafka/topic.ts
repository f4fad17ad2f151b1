import { Admin, ConfigResourceTypes, findErrorBy, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import type { KafkaConnection } from './connection';

/** A topic as it is to be. */
export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  /** What it is to be set to, by Kafka's names. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** What a topic needs of its cluster's client. */
export type TopicAdmin = Pick<Admin, 'createTopics' | 'createPartitions' | 'incrementalAlterConfigs' | 'metadata'>;

/** Kafka's own default, bytes. */
const largestEvent = 1_048_588;

/** Bytes that the topics to and from Flink take: an accepted event is told as JSON, in which a character of another form's may take six. */
export const largestForFlink = 2_097_152;

/**
 * The settings of the topic of events. The broker's time and not the producer's: it is when an event was known. As many
 * copies in step as there can be, but for one, before a record counts as taken, is the cluster's own setting.
 */
export const topicConfiguration = (retentionHours: number, largestRecord = largestEvent): WantedTopic['configuration'] => ({
  'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'delete', 'retention.ms': String(retentionHours * 3_600_000), 'max.message.bytes': String(largestRecord),
});

/** Cannot be set again when there is a topic (MSK developer guide, "Configuration properties for MSK Serverless clusters"). */
const onlyWhenMade: ReadonlySet<string> = new Set(['cleanup.policy']);

const existed = (error: unknown): boolean => error instanceof Error && findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') !== null;

/**
 * Makes a topic as it is to be, whether there is none yet, there is one with fewer partitions, or it is as it should be:
 * the same call twice changes nothing more.
 *
 * @returns what it did, in words
 * @throws Error when the topic has more partitions than it is to have: Kafka takes none away
 */
export const ensureTopic = async (admin: TopicAdmin, { name, partitions, configuration }: WantedTopic): Promise<string> => {
  try {
    // -1: as many copies as the cluster makes of its own accord.
    await admin.createTopics({ topics: [{ topic: name, partitions, replicas: -1 }], configs: Object.entries(configuration).map(([key, value]) => ({ name: key, value })) });
    return `made the topic ${name} with ${partitions} partitions`;
  } catch (error) {
    if (!existed(error)) throw error;
  }
  const found = (await admin.metadata({ topics: [name], forceUpdate: true })).topics.get(name)?.partitionsCount ?? 0;
  if (found > partitions) throw new Error(`The topic ${name} has ${found} partitions, and Kafka takes none away; set msk.partitions to ${found} or more in environments.ts.`);
  await admin.incrementalAlterConfigs({ resources: [{
    resourceType: ConfigResourceTypes.TOPIC, resourceName: name,
    configs: Object.entries(configuration).filter(([key]) => !onlyWhenMade.has(key)).map(([key, value]) => ({ name: key, value, configOperation: IncrementalAlterConfigOperationTypes.SET })),
  }] });
  if (found < partitions) await admin.createPartitions({ topics: [{ name, count: partitions, assignments: null }] });
  return found < partitions ? `gave the topic ${name} ${partitions - found} more partitions` : `the topic ${name} is as it should be`;
};

/** A client that makes topics; close it when it has done so. */
export const topicAdmin = (connection: KafkaConnection): Admin => new Admin(connection);
