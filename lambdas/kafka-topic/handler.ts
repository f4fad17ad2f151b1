import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { answerCloudFormation, faultText } from '../../lib/runtime/custom-resource';
import { kafkaConnection } from '../../lib/runtime/kafka/connection';
import { ensureTopic, largestForFlink, topicAdmin, topicConfiguration } from '../../lib/runtime/kafka/topic';
import { logger } from '../../lib/runtime/logging';
import { readVariables } from '../../lib/runtime/variables';

const { HEADRACE_ENVIRONMENT: environment, KAFKA_BROKERS, TOPIC, PARTITIONS, STREAM_RETENTION_HOURS, AWS_REGION } = readVariables('HEADRACE_ENVIRONMENT', 'KAFKA_BROKERS', 'TOPIC', 'PARTITIONS', 'STREAM_RETENTION_HOURS', 'AWS_REGION');

const make = async (name: string): Promise<string | undefined> => {
  const admin = topicAdmin(kafkaConnection(`headrace-${environment}-topic`, KAFKA_BROKERS, AWS_REGION));
  try {
    logger.info(await ensureTopic(admin, { name, partitions: Number(PARTITIONS), configuration: topicConfiguration(Number(STREAM_RETENTION_HOURS), name === TOPIC ? undefined : largestForFlink) }));
    return undefined;
  } catch (error) {
    return faultText(name, error);
  } finally {
    await admin.close();
  }
};

/**
 * The custom resource that makes a topic: that of events, and those to and from Flink. It deletes none: a topic that was made
 * anew would begin at offsets that were folded already.
 */
export const handler = async (event: CloudFormationCustomResourceEvent): Promise<void> => {
  const topic = String(event.ResourceProperties['topic']);
  // The topic of events has the id that it had when there was no other.
  const id = topic === TOPIC ? `headrace-topic-${environment}` : `headrace-topic-${topic}`;
  await answerCloudFormation(event, id, event.RequestType === 'Delete' ? undefined : await make(topic));
};
