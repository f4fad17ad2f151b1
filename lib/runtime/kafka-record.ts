import { isUtf8 } from 'node:buffer';
import type { MSKRecord } from 'aws-lambda';
import { rejection } from '../../core/contract/faults';
import { kafkaPosition } from '../../core/event/position';
import type { ReceivedRecord, RecordHeader } from '../../core/event/record';

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
  /** Null where the producer sent none. */
  readonly key: Uint8Array | null;
  /** Empty where the producer sent none. */
  readonly value: Uint8Array;
  readonly headers: readonly RecordHeader[];
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

/** Whether the text of a key stands for its bytes; the text of none is that of an empty one. */
const isSaidByText = (key: Uint8Array): boolean => key.length > 0 && isUtf8(key);

const besideOf = ({ key, headers }: Pick<TopicRecord, 'key' | 'headers'>): Pick<ReceivedRecord, 'partitionKey' | 'key' | 'headers'> => ({
  partitionKey: key === null ? '' : textOf(key),
  ...(key === null || isSaidByText(key) ? {} : { key }),
  ...(headers.length === 0 ? {} : { headers }),
});

/** A record of a topic as it is judged; the arrival is the moment at which the broker took it, where the topic keeps that one. */
export const receivedFromTopic = ({ topic, partition, offset, timestamp, timestampType, key, value, headers }: TopicRecord, cluster: string): ReceivedRecord => ({
  position: kafkaPosition({ topic, partition, offset, cluster }),
  ...besideOf({ key, headers }),
  arrival: Math.min(latestTimestamp, Math.max(0, timestamp)),
  batchId: null,
  data: value,
  ...(timestampType === 'LOG_APPEND_TIME' ? {} : { opened: { rejection: arrivalUnknown(timestampType) } }),
});

/** A record of a topic as an event source mapping of Kafka gives it: key, value and a header's value may be missing, or null. */
export interface MappedRecord extends Omit<MSKRecord, 'key' | 'value' | 'headers'> {
  /** Base64. */
  readonly key?: string | null;
  /** Base64. */
  readonly value?: string | null;
  /** A header is an object of its name and its bytes, as numbers that Java takes for signed: -61 is the byte 195. */
  readonly headers?: readonly Readonly<Record<string, readonly number[] | null>>[] | null;
}

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');

const headersOf = (headers: MappedRecord['headers']): readonly RecordHeader[] =>
  (headers ?? []).flatMap((header) => Object.entries(header).map(([name, bytes]) => ({ name, value: bytes === null ? null : Uint8Array.from(bytes) })));

const keyOf = (key: MappedRecord['key']): Uint8Array | null => (typeof key === 'string' ? bytesOf(key) : null);

/** What such a record has beside its value. */
export const besideOfTopic = ({ key, headers }: Pick<MappedRecord, 'key' | 'headers'>): ReturnType<typeof besideOf> => besideOf({ key: keyOf(key), headers: headersOf(headers) });

/**
 * A record of a topic as an event source mapping of Kafka gives it.
 * Sources: AWS Lambda developer guide, "Using Lambda with Amazon MSK", example event; for signed bytes aws/aws-lambda-go#506.
 */
export const receivedFromKafka = ({ key, value, headers, ...record }: MappedRecord, cluster: string): ReceivedRecord =>
  receivedFromTopic({ ...record, key: keyOf(key), value: bytesOf(value ?? ''), headers: headersOf(headers) }, cluster);
