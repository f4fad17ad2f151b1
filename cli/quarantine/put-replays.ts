import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { PutPlace } from '../../core/quarantine/ledger';
import type { Replay } from '../../core/quarantine/replay';
import { ringSize } from '../../core/window/identity';
import { writeEvents } from '../../lib/runtime/event-writer';
import type { RetryEffects } from '../../lib/runtime/retry';
import { realEffects, waitBeforeRetry } from '../../lib/runtime/retry';
import type { Context } from '../context';

/**
 * Records of one call, fewer than a state item remembers identities: those of a call whose answer was lost, or that a crash
 * kept out of the ledger, are put again before anything else, and the item still knows them.
 */
export const putAtOnce = Math.floor(ringSize * 0.75);

/** What the stream said of a record. */
export type PutAnswer = PutPlace | { readonly refused: string };

/** Puts some records with one call; an answer for each, in their order. */
export type PutCall = (records: readonly Replay[]) => Promise<readonly PutAnswer[]>;

/** Calls of a stream. */
const streamCall = (client: KinesisClient, stream: string): PutCall => async (records) => {
  const { Records } = await client.send(new PutRecordsCommand({ StreamName: stream, Records: records.map(({ text, partitionKey }) => ({ Data: Buffer.from(text, 'utf8'), PartitionKey: partitionKey })) }));
  return records.map((_record, index): PutAnswer => {
    const { ShardId, SequenceNumber, ErrorCode, ErrorMessage } = Records?.[index] ?? {};
    return ShardId !== undefined && SequenceNumber !== undefined ? { shard: ShardId, sequence: SequenceNumber } : { refused: `${ErrorCode ?? 'no answer'} (${ErrorMessage ?? 'the stream did not say why'})` };
  });
};

/** Calls of the function that can reach a topic's brokers: it takes all records, or fails. */
const topicCall = (client: LambdaClient, writer: string): PutCall => async (records) => {
  const places = await writeEvents(client, writer, records.map(({ text, partitionKey }) => ({ data: Buffer.from(text, 'utf8'), partitionKey })));
  return places.map(({ partition, offset }): PutAnswer => ({ shard: String(partition), sequence: String(offset) }));
};

/** Calls of what an environment takes events by. */
export const putCallOf = ({ environment, names }: Pick<Context, 'environment' | 'names'>): PutCall => (environment.ingestion === 'msk'
  ? topicCall(new LambdaClient({ region: environment.region }), names.eventWriter)
  : streamCall(new KinesisClient({ region: environment.region }), names.stream));

const retries = { attempts: 10, baseMilliseconds: 100, longestMilliseconds: 10_000 };

/**
 * Puts records until the stream has acknowledged each: what it refuses, as a shard over its rate does, is put again after a pause.
 *
 * @param records at most {@link putAtOnce}
 * @param onPut is told of each record that was acknowledged, before anything is put again
 * @throws Error when records are still refused after ten attempts
 */
export const putReplays = async <Item extends { readonly replay: Replay }>(call: PutCall, records: readonly Item[], onPut: (put: readonly (Item & { readonly place: PutPlace })[]) => Promise<void>, effects: RetryEffects = realEffects): Promise<void> => {
  let left = records;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    const answers = await call(left.map(({ replay }) => replay));
    const put: (Item & { readonly place: PutPlace })[] = [];
    const refused: Item[] = [];
    let why = '';
    for (const [index, item] of left.entries()) {
      const answer = answers[index] ?? { refused: 'no answer' };
      if ('refused' in answer) { refused.push(item); why ||= answer.refused; } else put.push({ ...item, place: answer });
    }
    await onPut(put);
    if (refused.length > 0 && !(await waitBeforeRetry(attempt, retries, effects)))
      throw new Error(`The stream refused ${refused.length} of ${records.length} records ${retries.attempts} times: ${why}. Replay again later, or give the stream more shards; what was put is in the ledger.`);
    left = refused;
  }
};
