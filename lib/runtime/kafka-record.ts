import type { MSKRecord } from 'aws-lambda';
import { rejection } from '../../core/contract/faults';
import { kafkaPosition } from '../../core/event/position';
import type { ReceivedRecord } from '../../core/event/record';

/** The first digits of the id that MSK gives a cluster: enough to tell one that was made anew, and short where each state item repeats them. */
const clusterIn = /:cluster\/[^/]+\/(?<cluster>[0-9a-f]{8})/u;

/**
 * What tells a cluster from any other, by its ARN `arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>`.
 *
 * @throws Error for an ARN that is none of a cluster
 */
export const clusterOf = (arn: string): string => {
  const cluster = clusterIn.exec(arn)?.groups?.['cluster'];
  if (cluster === undefined) throw new Error(`The event is of '${arn}', which is no cluster's ARN; it must be arn:aws:kafka:<region>:<account>:cluster/<name>/<uuid>, as the event source mapping of an MSK cluster has it.`);
  return cluster;
};

/** No later moment has a date of four digits. */
const latestTimestamp = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The moment as its producer wrote it is no arrival: it would decide what was known when, and which contract an event is
 * judged by. So the record is rejected, whatever it says, and kept whole: a replay puts it on the topic again, which then
 * says when it came. To throw would hold up its partition until the record expires, as no later try finds another moment.
 */
const arrivalUnknown = (timestampType: string) => rejection('arrival_unknown', '', `a record whose time is of the kind ${timestampType}`, 'LOG_APPEND_TIME, the moment at which the broker took it',
  'set message.timestamp.type of the topic to LogAppendTime (deploying does), then replay what lies in quarantine');

/** A record of a topic, whoever has read it. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly timestampType: string;
  /** Empty where the producer sent none. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A record of a topic as it is judged; the arrival is the moment at which the broker took it, where the topic keeps that one. */
export const receivedFromTopic = ({ topic, partition, offset, timestamp, timestampType, key, value }: TopicRecord, cluster: string): ReceivedRecord => ({
  position: kafkaPosition({ topic, partition, offset, cluster }),
  partitionKey: Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8'),
  arrival: Math.min(latestTimestamp, Math.max(0, timestamp)),
  batchId: null,
  data: value,
  ...(timestampType === 'LOG_APPEND_TIME' ? {} : { opened: { rejection: arrivalUnknown(timestampType) } }),
});

const bytesOf = (base64: string | undefined | null): Buffer => Buffer.from(base64 ?? '', 'base64');

/**
 * A record of a topic as an event source mapping of Kafka gives it: key and value in base64, and absent where the producer
 * sent none.
 * Source: AWS Lambda developer guide, "Using Lambda with Amazon MSK", example event.
 */
export const receivedFromKafka = ({ key, value, ...record }: Omit<MSKRecord, 'key' | 'value' | 'headers'> & Partial<Pick<MSKRecord, 'key' | 'value'>>, cluster: string): ReceivedRecord =>
  receivedFromTopic({ ...record, key: bytesOf(key), value: bytesOf(value) }, cluster);
