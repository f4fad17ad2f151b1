import type { FailedBatch, FailedRecord } from './failed-batch';

/** What an invocation answered. */
export interface InvocationAnswer {
  /** Set when the function failed, `Unhandled` or `Handled`. */
  readonly functionError: string | undefined;
  /** The answer, parsed; undefined when there was none. */
  readonly answer: unknown;
}

/** Invokes the function of a failed batch with some of its records. */
export type Invoke = (records: readonly FailedRecord[]) => Promise<InvocationAnswer>;

/** How far a redrive came: `left` records are still not processed, and `reason` says why. */
export interface RedriveOutcome {
  readonly processed: number;
  readonly left: number;
  readonly reason?: string;
}

/** Index of the first record that the answer reports as failed; the number of records when it reports none, 0 when it makes no sense. */
const firstFailed = (answer: unknown, records: readonly FailedRecord[]): number => {
  const failures: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'batchItemFailures') : undefined;
  if (failures === undefined || failures === null) return records.length;
  if (!Array.isArray(failures)) return 0;
  const indexes = (failures as readonly unknown[]).map((failure) => {
    const identifier: unknown = typeof failure === 'object' && failure !== null ? Reflect.get(failure, 'itemIdentifier') : undefined;
    return Math.max(0, records.findIndex(({ kinesis }) => kinesis.sequenceNumber === identifier));
  });
  return Math.min(records.length, ...indexes);
};

/**
 * Hands the records of a failed batch to its function again, as the mapping did: in order, at their positions, and from
 * the first one that the function reports as failed once more, as long as each time some were processed.
 *
 * Nothing is put on the stream again, so whatever was processed before is known by its position and counts once.
 */
export const redrive = async ({ records }: Pick<FailedBatch, 'records'>, invoke: Invoke): Promise<RedriveOutcome> => {
  let left = records;
  while (left.length > 0) {
    const { functionError, answer } = await invoke(left);
    if (functionError !== undefined) return { processed: records.length - left.length, left: left.length, reason: `the function failed (${functionError}); its log says why` };
    const failed = firstFailed(answer, left);
    if (failed === 0) return { processed: records.length - left.length, left: left.length, reason: `the function could not process record ${left[0]?.kinesis.sequenceNumber ?? ''}; its log says why` };
    left = left.slice(failed);
  }
  return { processed: records.length, left: 0 };
};
