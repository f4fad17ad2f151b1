import { callJson } from '../../lib/runtime/aws-json';
import type { AwsService } from '../../lib/runtime/aws-request';
import type { RetryEffects } from '../../lib/runtime/retry';
import { realEffects, waitBeforeRetry } from '../../lib/runtime/retry';

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
