import type { ReceivedRecord } from '../../../core/event/record';
import type { MetricDimension, MetricValues } from '../metrics';
import type { KeepOutcome } from './keep-batch';

/** Where a report goes. */
export interface ReportEffects {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly emit: (values: MetricValues, dimension?: MetricDimension) => void;
  readonly log: (message: string, counts: Readonly<Record<string, unknown>>) => void;
}

const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/** Accepted events by type: contracts of several versions are one type. */
const byType = (accepted: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const [contract, count] of accepted) {
    const type = contract.slice(0, contract.lastIndexOf('@'));
    counts.set(type, (counts.get(type) ?? 0) + count);
  }
  return counts;
};

/**
 * Reports a batch: how many of the events that are done were accepted and rejected, in all and by type, and how long the
 * last of them waited since the stream took it. What is delivered again is counted then.
 */
export const report = (records: readonly ReceivedRecord[], { counts, objects, kept, failedFrom, unfoldable }: KeepOutcome, { now, emit, log }: ReportEffects): void => {
  log(failedFrom === undefined ? 'batch kept' : 'batch partly kept', {
    records: records.length, kept, objects, accepted: Object.fromEntries(counts.accepted), rejected: Object.fromEntries(counts.rejected), ...(counts.erased === 0 ? {} : { erased: counts.erased }), ...(unfoldable === 0 ? {} : { unfoldable }), ...(failedFrom === undefined ? {} : { failedFrom }),
  });
  const last = records[kept - 1];
  if (last === undefined) return;
  // Paid for in the hours in which somebody's records come again after they were erased, and in no other.
  emit({ Accepted: total(counts.accepted), Rejected: total(counts.rejected), ...(counts.erased === 0 ? {} : { Erased: counts.erased }), ...(unfoldable === 0 ? {} : { FoldFailed: unfoldable }), IngestLag: now - last.arrival });
  const accepted = byType(counts.accepted);
  for (const eventType of new Set([...accepted.keys(), ...counts.rejectedByType.keys()]))
    emit({ Accepted: accepted.get(eventType) ?? 0, Rejected: counts.rejectedByType.get(eventType) ?? 0 }, { eventType });
  for (const [reason, rejected] of counts.rejected) emit({ Rejected: rejected }, { reason });
};
