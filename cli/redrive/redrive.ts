import type { FailedBatch, FailedRecord } from './failed-batch';
import { isNamedBy, sequenceOf, shardOf } from './failed-batch';

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

/**
 * The records that an answer leaves to be done: of each shard from the first one on that it reports as failed, in their order. All of them
 * when it makes no sense, as Lambda takes it.
 */
const leftBy = (answer: unknown, records: readonly FailedRecord[]): readonly FailedRecord[] => {
  const failures: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'batchItemFailures') : undefined;
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return records;
  const from = new Map<string, number>();
  for (const failure of failures as readonly unknown[]) {
    const identifier: unknown = typeof failure === 'object' && failure !== null ? Reflect.get(failure, 'itemIdentifier') : undefined;
    const index = records.findIndex((record) => isNamedBy(identifier, record));
    const failed = records[index];
    if (failed === undefined) return records;
    from.set(shardOf(failed), Math.min(index, from.get(shardOf(failed)) ?? index));
  }
  return records.filter((record, index) => index >= (from.get(shardOf(record)) ?? Number.POSITIVE_INFINITY));
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
    const next = leftBy(answer, left);
    const [first] = next;
    if (first !== undefined && next.length === left.length) return { processed: records.length - left.length, left: left.length, reason: `the function could not process record ${sequenceOf(first)}; its log says why` };
    left = next;
  }
  return { processed: records.length, left: 0 };
};
