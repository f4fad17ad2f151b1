import type { Keeping } from '../ingest/keep-received';
import { keepReceived } from '../ingest/keep-received';
import { receivedFromTopic } from '../kafka-record';
import type { MetricDimension, MetricValues } from '../metrics';
import type { JudgeAnswer, JudgeQuestion } from './messages';

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/**
 * Keeps a batch in the lake as the validator's function does, by the same code.
 *
 * What is not wholly kept is faulty: an epoch is done when all of it is there. The metrics are given back and not emitted, as a job's
 * log is not read for them.
 *
 * @param now epoch milliseconds
 */
export const judgeBatch = async ({ cluster, records }: JudgeQuestion, keeping: Keeping, now: number): Promise<JudgeAnswer> => {
  const metrics: (readonly [MetricValues, MetricDimension | null])[] = [];
  const faults: string[] = [];
  try {
    const failedFrom = await keepReceived(records.map((record) => receivedFromTopic(record, cluster)), keeping, {
      now, keepsPart: false,
      emit: (values, dimension) => { metrics.push([values, dimension ?? null]); },
      complain: (message, error) => { faults.push(`${message}: ${textOf(error)}`); },
      log: () => undefined,
      hasTime: () => true,
    });
    return failedFrom === undefined ? { kept: true, metrics } : { kept: false, faults };
  } catch (error) {
    return { kept: false, faults: [...faults, textOf(error)] };
  }
};
