import { createHash } from 'node:crypto';
import type { Outcome } from './outcome';
import type { DeliveredRecord, StreamRecord } from './record';
import { maximumPayloadBytes, payloadBytes } from './record';
import type { MappingSettings } from './settings';

/** Records that are tried together; a failed batch keeps its count of attempts when it is cut. */
export interface Batch<Held extends DeliveredRecord = StreamRecord> {
  readonly records: readonly [Held, ...Held[]];
  /** Attempts that failed and count against the retry quota. */
  readonly failures: number;
  /** Times that the function was invoked with these records. */
  readonly invocations: number;
  /** Why it is no longer tried; it is over when its destination has taken it. */
  readonly givenUp: DiscardReason | undefined;
}

/** Why a batch is given up. */
export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExpired' | 'MaximumPayloadSizeExceeded';

/** What a lane is doing, an invocation or giving a batch up; at most one thing at a time, so that order holds. */
export interface Activity<Held extends DeliveredRecord = StreamRecord> {
  readonly id: number;
  readonly batch: Batch<Held>;
}

/**
 * The records of one shard whose partition keys belong together (all of them when parallelization is 1). In a lane the
 * order is: what runs, then what is to be retried, then what waits.
 */
export interface Lane<Held extends DeliveredRecord = StreamRecord> {
  readonly waiting: readonly Held[];
  /** When the batch that is being gathered began to wait; undefined when nothing waits. */
  readonly waitingSince: number | undefined;
  readonly retries: readonly Batch<Held>[];
  readonly activity: Activity<Held> | undefined;
  /** Epoch milliseconds before which nothing is tried again, after a failure. */
  readonly notBefore: number;
  /** Failures in a row, for the pause between them. */
  readonly failuresInRow: number;
  readonly lastError: string | undefined;
}

export const emptyLane: Lane<never> = { waiting: [], waitingSince: undefined, retries: [], activity: undefined, notBefore: 0, failuresInRow: 0, lastError: undefined };

/** The lane of a partition key. */
export const laneOf = (partitionKey: string, lanes: number): number =>
  lanes === 1 ? 0 : createHash('md5').update(partitionKey).digest().readUInt32BE(0) % lanes;

const firstPause = 50;
const longestPause = 5_000;

/** Pause after a number of failures in a row, milliseconds: doubles up to five seconds. AWS backs off too, without saying how. */
const pauseAfter = (failuresInRow: number): number => Math.min(longestPause, firstPause * 2 ** (failuresInRow - 1));

const isBatch = <Held extends DeliveredRecord>(records: readonly Held[]): records is Batch<Held>['records'] => records.length > 0;

/** A batch of records, or none of no records. */
export const batchOf = <Held extends DeliveredRecord>(records: readonly Held[], like: Omit<Batch<Held>, 'records'> = { failures: 0, invocations: 0, givenUp: undefined }): readonly Batch<Held>[] =>
  isBatch(records) ? [{ ...like, records }] : [];

const paused = <Held extends DeliveredRecord>(lane: Lane<Held>, now: number, lastError: string): Lane<Held> => {
  const failuresInRow = lane.failuresInRow + 1;
  return { ...lane, activity: undefined, failuresInRow, notBefore: now + pauseAfter(failuresInRow), lastError };
};

/** How many of the waiting records the next batch takes, and whether it is full. */
const nextBatch = (settings: MappingSettings, waiting: readonly DeliveredRecord[]): { readonly count: number; readonly full: boolean } => {
  let bytes = 0;
  for (let count = 0; count < waiting.length; count += 1) {
    if (count === settings.batchSize) return { count, full: true };
    const record = waiting[count];
    bytes += record ? payloadBytes(record) : 0;
    if (bytes > maximumPayloadBytes && count > 0) return { count, full: true };
  }
  return { count: waiting.length, full: waiting.length >= settings.batchSize };
};

/** Moves a waiting batch into `retries` when it is full, its window is over, or its shard holds no more. */
const gathered = <Held extends DeliveredRecord>(settings: MappingSettings, lane: Lane<Held>, now: number, shardEnded: boolean): Lane<Held> => {
  if (lane.retries.length > 0 || lane.waitingSince === undefined) return lane;
  const { count, full } = nextBatch(settings, lane.waiting);
  if (!full && !shardEnded && now < lane.waitingSince + settings.batchingWindow) return lane;
  const waiting = lane.waiting.slice(count);
  return { ...lane, waiting, waitingSince: waiting.length > 0 ? now : undefined, retries: batchOf(lane.waiting.slice(0, count)) };
};

const expired = (settings: MappingSettings, record: DeliveredRecord, now: number): boolean =>
  settings.maximumAge !== undefined && now - record.arrival > settings.maximumAge;

/** A batch is never over the limit but for a record that is so by itself, and that no invocation can take. */
const isTooLarge = ({ records: [first, ...others] }: Batch<DeliveredRecord>): boolean => others.length === 0 && payloadBytes(first) > maximumPayloadBytes;

/** Cuts off the records of a batch that are too old to be tried, and gives them up, as one that is too large. */
const withoutExpired = <Held extends DeliveredRecord>(settings: MappingSettings, batch: Batch<Held>, now: number): readonly Batch<Held>[] => {
  if (batch.givenUp) return [batch];
  if (isTooLarge(batch)) return [{ ...batch, givenUp: 'MaximumPayloadSizeExceeded' }];
  const young = batch.records.findIndex((record) => !expired(settings, record, now));
  const old = young === -1 ? batch.records.length : young;
  return [...batchOf(batch.records.slice(0, old), { ...batch, givenUp: 'RecordAgeExpired' }), ...batchOf(batch.records.slice(old), batch)];
};

/** Starts what a lane can do now: its `activity` is new when it was undefined before. */
export const start = <Held extends DeliveredRecord>(settings: MappingSettings, before: Lane<Held>, now: number, shardEnded: boolean, id: number): Lane<Held> => {
  if (before.activity || now < before.notBefore) return before;
  const lane = gathered(settings, before, now, shardEnded);
  const [next, ...later] = lane.retries;
  if (!next) return lane;
  const [batch, ...rest] = withoutExpired(settings, next, now);
  return batch ? { ...lane, activity: { id, batch }, retries: [...rest, ...later] } : lane;
};

const finished = <Held extends DeliveredRecord>(lane: Lane<Held>): Lane<Held> => ({ ...lane, activity: undefined, failuresInRow: 0, notBefore: 0, lastError: undefined });

/** What a failed batch becomes: two halves, a retry, or a batch that is given up. */
const afterFailure = <Held extends DeliveredRecord>(settings: MappingSettings, batch: Batch<Held>, halve: boolean): readonly Batch<Held>[] => {
  if (halve && batch.records.length > 1) {
    // Cutting a batch does not use up its retries.
    const middle = Math.ceil(batch.records.length / 2);
    return [...batchOf(batch.records.slice(0, middle), batch), ...batchOf(batch.records.slice(middle), batch)];
  }
  const failures = batch.failures + 1;
  const exhausted = settings.maximumRetries !== undefined && failures > settings.maximumRetries;
  return [{ ...batch, failures, givenUp: exhausted ? 'RetryAttemptsExhausted' : undefined }];
};

/**
 * Takes the end of a lane's invocation.
 *
 * A function's error cuts the batch in two where the mapping bisects. A reported failure after the first record keeps
 * what came before it; what remains is tried again, at no cost of a retry where the mapping bisects ("bisected at the
 * returned sequence number"). A reported failure of the first record leaves nothing to cut off: it is a failed attempt.
 */
export const ended = <Held extends DeliveredRecord>(settings: MappingSettings, lane: Lane<Held>, ran: Batch<Held>, outcome: Outcome, now: number): Lane<Held> => {
  const batch = { ...ran, invocations: ran.invocations + 1 };
  switch (outcome.kind) {
    case 'done':
      return finished(lane);
    case 'not-run':
      return { ...paused(lane, now, outcome.reason), retries: [ran, ...lane.retries] };
    case 'failed':
      return { ...paused(lane, now, outcome.functionError), retries: [...afterFailure(settings, batch, settings.bisects), ...lane.retries] };
    case 'partly': {
      const left = outcome.remaining === undefined ? batch.records.slice(batch.records.findIndex((record) => record.sequence === outcome.failed)) : batch.records.filter(({ sequence }) => outcome.remaining?.has(sequence));
      const remaining = batchOf(left, batch);
      const cutOff = left.length < batch.records.length && settings.bisects;
      const next = cutOff ? remaining : remaining.flatMap((each) => afterFailure(settings, each, false));
      return { ...paused(lane, now, `the function reported record ${outcome.failed}`), retries: [...next, ...lane.retries] };
    }
  }
};

/** Takes the end of giving a batch up: it is over, or, when the destination did not take it, tried again after a pause. */
export const discarded = <Held extends DeliveredRecord>(lane: Lane<Held>, batch: Batch<Held>, delivered: boolean, now: number): Lane<Held> =>
  delivered ? finished(lane) : { ...paused(lane, now, 'the on-failure destination did not take the batch'), retries: [batch, ...lane.retries] };

/** Sequence number of the first record in a lane that is not done; undefined when all are. */
export const firstUnfinished = (lane: Lane<DeliveredRecord>): string | undefined =>
  (lane.activity?.batch.records[0] ?? lane.retries[0]?.records[0] ?? lane.waiting[0])?.sequence;

/** When a lane has something to do that no event will announce: a pause ends, or a batching window. */
export const wakesAt = (settings: MappingSettings, lane: Lane<DeliveredRecord>): number | undefined => {
  if (lane.activity) return undefined;
  if (lane.retries.length > 0) return lane.notBefore;
  if (lane.waitingSince === undefined) return undefined;
  return Math.max(lane.notBefore, lane.waitingSince + settings.batchingWindow);
};
