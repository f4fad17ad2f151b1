import type { WriteAnswer, WriteRequest } from '../../lib/runtime/write-request';
import { kafkaConnection } from '../../lib/runtime/kafka/connection';
import { kafkaProducer, putOnTopic } from '../../lib/runtime/kafka/put';
import { readVariables } from '../../lib/runtime/variables';

const { HEADRACE_ENVIRONMENT: environment, KAFKA_BROKERS, TOPIC, AWS_REGION } = readVariables('HEADRACE_ENVIRONMENT', 'KAFKA_BROKERS', 'TOPIC', 'AWS_REGION');

const producer = kafkaProducer(kafkaConnection(`headrace-${environment}-writer`, KAFKA_BROKERS, AWS_REGION));

/** Puts events on the topic: the one way in for what runs outside of the brokers' network, as predictions and replays do. */
export const handler = async ({ records }: WriteRequest): Promise<WriteAnswer> =>
  ({ places: await putOnTopic(producer, TOPIC, records.map(({ key, value }) => ({ key, value: Buffer.from(value, 'base64') }))) });
