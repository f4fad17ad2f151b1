import { behindTopic, nextOfGroup } from '../../lib/runtime/kafka/behind';
import { kafkaConnection } from '../../lib/runtime/kafka/connection';
import { firstRecordFrom, topicReader } from '../../lib/runtime/kafka/first-record';
import { kafkaProducer, putOnTopic } from '../../lib/runtime/kafka/put';
import { topicAdmin } from '../../lib/runtime/kafka/topic';
import { readVariables } from '../../lib/runtime/variables';
import type { BehindAnswer, BehindRequest, WriteAnswer, WriteRequest } from '../../lib/runtime/write-request';

const { HEADRACE_ENVIRONMENT: environment, KAFKA_BROKERS, TOPIC, AWS_REGION } = readVariables('HEADRACE_ENVIRONMENT', 'KAFKA_BROKERS', 'TOPIC', 'AWS_REGION');

const connection = kafkaConnection(`headrace-${environment}-writer`, KAFKA_BROKERS, AWS_REGION);
const producer = kafkaProducer(connection);
// They connect when they are first used.
const admin = topicAdmin(connection);
const reader = topicReader(connection);

const tellBehind = async ({ behind }: BehindRequest): Promise<BehindAnswer> => {
  const next = 'group' in behind ? await nextOfGroup(admin, TOPIC, behind.group) : { next: new Map(Object.entries(behind.next).map(([partition, offset]) => [Number(partition), offset])), from: behind.from };
  return { partitions: await behindTopic(admin, TOPIC, next, Date.now(), (partition, from, end) => firstRecordFrom(reader, TOPIC, partition, from, end)) };
};

/**
 * Puts events on the topic, and tells how far somebody is behind it: the one way there for what runs outside of the brokers'
 * network, as predictions, replays and the command line do.
 */
export const handler = async (request: WriteRequest | BehindRequest): Promise<WriteAnswer | BehindAnswer> => {
  if ('behind' in request) return await tellBehind(request);
  return { places: await putOnTopic(producer, TOPIC, request.records.map(({ key, value }) => ({ key, value: Buffer.from(value, 'base64') }))) };
};
