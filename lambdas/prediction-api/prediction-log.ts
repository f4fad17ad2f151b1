import { callJson, isPassing, ServiceFault } from '../../lib/runtime/aws-json';
import { send, type AwsService } from '../../lib/runtime/aws-request';
import { groupsWithin } from '../../lib/runtime/groups-within';
import { writeRequest } from '../../lib/runtime/write-request';
import type { RetryEffects } from '../../lib/runtime/retry';
import { realEffects, retrying, waitBeforeRetry } from '../../lib/runtime/retry';

/** One prediction event: its text, and the id that it is partitioned by. */
export interface PredictionEvent { readonly predictionId: string; readonly text: string }

/** Puts prediction events on the stream. */
export interface PredictionLog {
  /**
   * Never throws and never takes longer than its limit: an answer does not depend on its record.
   *
   * @returns how many are not known to have arrived
   */
  readonly put: (events: readonly PredictionEvent[]) => Promise<number>;
}

export interface PredictionLogOptions {
  readonly stream: string;
  readonly service: AwsService;
  /** Longest that an answer waits for its record. */
  readonly limitMilliseconds: number;
  readonly effects?: RetryEffects;
}

interface PutAnswer { readonly Records?: readonly { readonly ErrorCode?: string }[] }

/**
 * Prediction events go to the same stream as every other event, so that they pass the same contract and lie in the same
 * lake. A put whose acknowledgement was lost may be repeated; the event's id tells that both are one.
 */
export const kinesisPredictionLog = ({ stream, service, limitMilliseconds, effects = realEffects }: PredictionLogOptions): PredictionLog => ({
  put: async (events) => {
    const deadline = effects.now() + limitMilliseconds;
    const policy = { attempts: 3, baseMilliseconds: 20, longestMilliseconds: 100, deadline };
    let left = events;
    for (let retry = 0; left.length > 0; retry += 1) {
      try {
        const answer: PutAnswer = await callJson(service, { target: 'Kinesis_20131202.PutRecords', jsonVersion: '1.1' },
          { StreamName: stream, Records: left.map(({ predictionId, text }) => ({ PartitionKey: predictionId, Data: Buffer.from(text).toString('base64') })) },
          { ...policy, attempts: 1, timeoutMilliseconds: Math.max(1, deadline - effects.now()) }, effects);
        left = left.filter((_event, index) => answer.Records?.[index]?.ErrorCode !== undefined);
      } catch { /* What went wrong is seen in the count of what was lost. */ }
      if (left.length > 0 && !(await waitBeforeRetry(retry, policy, effects))) break;
    }
    return left.length;
  },
});

export interface WriterPredictionLogOptions extends Omit<PredictionLogOptions, 'stream'> {
  /** Name of the event writer. */
  readonly writer: string;
}

/** Characters of events in one call that nobody waits for: Lambda takes 1 MB, and bills 256 KB as one (Lambda quotas and pricing). */
const mostCharacters = 180_000;

/**
 * Prediction events for a topic, whose brokers this function cannot reach and would keep too many connections to: Lambda
 * takes them for the event writer, keeps them until it has run, and tries it three times. The event's id tells that what was
 * written twice is one.
 */
export const writerPredictionLog = ({ writer, service, limitMilliseconds, effects = realEffects }: WriterPredictionLogOptions): PredictionLog => ({
  put: async (events) => {
    const deadline = effects.now() + limitMilliseconds;
    const policy = { attempts: 3, baseMilliseconds: 20, longestMilliseconds: 100, deadline };
    const lost = await Promise.all(groupsWithin(events, ({ text }) => text.length, mostCharacters).map(async (group) => {
      const body = JSON.stringify(writeRequest(group.map(({ predictionId, text }) => ({ partitionKey: predictionId, data: Buffer.from(text) }))));
      try {
        await retrying(async () => {
          const { status } = await send(service, { method: 'POST', path: `/2015-03-31/functions/${writer}/invocations`, headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' }, body }, { timeoutMilliseconds: Math.max(1, deadline - effects.now()) });
          if (status !== 202) throw new ServiceFault(`Invoke ${writer}`, status, {});
        }, isPassing, policy, effects);
        return 0;
      } catch {
        // What went wrong is seen in the count of what was lost.
        return group.length;
      }
    }));
    return lost.reduce((sum, count) => sum + count, 0);
  },
});
