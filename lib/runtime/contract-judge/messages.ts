import type { TopicRecord } from '../kafka-record';
import type { MetricDimension, MetricValues } from '../metrics';

/*
 * What a Spark executor and the program that judges say to each other. A message is its length in four bytes, the first the highest, and so many
 * bytes. A question holds a description in JSON, its length before it in the same way, and then of each of its records the key, the
 * value and the values of its headers one after the other, as they are; an answer is JSON alone.
 */

/** A batch of one partition of a topic, in its order. */
export interface JudgeQuestion {
  /** What tells the cluster from any other. */
  readonly cluster: string;
  readonly records: readonly TopicRecord[];
  /** Keys of the job's role, by the names of their environment variables: they are replaced while it runs. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** What became of a batch: it is in the lake, or it is not and is to be given again. */
export type JudgeAnswer =
  | { readonly kept: true; readonly metrics: readonly (readonly [values: MetricValues, dimension: MetricDimension | null])[] }
  | { readonly kept: false; readonly faults: readonly string[] };

/** Kafka's own numbers of what a record's time is. */
const timestampTypes: Readonly<Record<number, string>> = { 0: 'CREATE_TIME', 1: 'LOG_APPEND_TIME' };

/** A record in a question's description: offset, time, kind of time, and the lengths of key, value and headers' values, -1 where there is none. */
type DescribedRecord = readonly [offset: number, timestamp: number, timestampType: number, keyBytes: number, valueBytes: number, headers: readonly (readonly [name: string, bytes: number])[]];

interface Description extends Pick<JudgeQuestion, 'cluster' | 'credentials'> {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly DescribedRecord[];
}

const lengthBytes = 4;

/** The question in a message's bytes. */
export const questionOf = (message: Buffer): JudgeQuestion => {
  const end = lengthBytes + message.readUInt32BE(0);
  const { cluster, credentials, topic, partition, records } = JSON.parse(message.toString('utf8', lengthBytes, end)) as Description;
  let at = end;
  const taken = (bytes: number): Uint8Array => message.subarray(at, (at += Math.max(0, bytes)));
  const takenIfSent = (bytes: number): Uint8Array | null => (bytes < 0 ? null : taken(bytes));
  return {
    cluster, credentials,
    records: records.map(([offset, timestamp, timestampType, keyBytes, valueBytes, headers]) => ({
      topic, partition, offset, timestamp, timestampType: timestampTypes[timestampType] ?? 'NO_TIMESTAMP_TYPE', key: takenIfSent(keyBytes), value: taken(valueBytes),
      headers: headers.map(([name, bytes]) => ({ name, value: takenIfSent(bytes) })),
    })),
  };
};

/** The bytes of an answer, with their length before them. */
export const answerBytes = (answer: JudgeAnswer): Buffer => {
  const text = Buffer.from(JSON.stringify(answer), 'utf8');
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
};

/** Messages out of the chunks in which their bytes come. */
export const messagesOf = async function* messagesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  let wanted: number | undefined;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    while (bytes >= (wanted ?? lengthBytes)) {
      const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
      const taken = wanted ?? lengthBytes;
      [held, bytes] = [[all.subarray(taken)], all.length - taken];
      if (wanted === undefined) wanted = all.readUInt32BE(0);
      else {
        wanted = undefined;
        yield all.subarray(0, taken);
      }
    }
  }
};
