import type { Contracts } from '../../../core/contract/contracts';
import type { Accepted, Judgement } from '../../../core/contract/judge';
import type { Rejection } from '../../../core/contract/rejection';
import { isErased } from '../../../core/erasure/erased';
import type { ReceivedRecord } from '../../../core/event/record';
import type { BatchCounts, LakeBatch } from '../../../core/lake/batch';
import { lakeBatch } from '../../../core/lake/batch';
import type { LakeObject } from '../../../core/lake/object';

/** An accepted event that goes on to Flink when it is in the lake, and where in its batch it stands. */
export interface Forwarded { readonly record: ReceivedRecord; readonly accepted: Accepted; readonly index: number }

/** Where accepted events go on to. */
export interface Forwarding {
  /** Whether a view of Flink's can read events of this contract. */
  readonly wants: (contract: string) => boolean;
  /** For each view of Flink's that cannot fold an event, why. */
  readonly unfoldable: (event: Omit<Forwarded, 'index'>) => readonly Rejection[];
  /** When it returns, all of them are there; some may be there twice. */
  readonly put: (events: readonly Forwarded[]) => Promise<void>;
}

/** What keeping a batch needs from outside. */
export interface KeepEffects {
  readonly write: (object: LakeObject) => Promise<unknown>;
  /** Told of what could not be written or judged; it will be tried again. */
  readonly complain: (message: string, error: unknown) => void;
  /** Whether there is still time to begin a write. */
  readonly hasTime: () => boolean;
  /** Absent where no view has Flink as its engine. */
  readonly forward?: Forwarding;
}

/** What became of a batch. */
export interface KeepOutcome {
  /** Sequence number from which the batch must be delivered again; undefined when every record is in the lake. */
  readonly failedFrom: string | undefined;
  /** Records that are done: those before `failedFrom`. */
  readonly kept: number;
  readonly objects: number;
  /** Of the records that are done. */
  readonly counts: BatchCounts;
  /** What views of Flink's cannot fold of them: in raw, and in quarantine with the reason. */
  readonly unfoldable: number;
}

const judged = (records: readonly ReceivedRecord[], contracts: Contracts, seen: (record: ReceivedRecord, judgement: Judgement, index: number) => void = () => undefined): LakeBatch => {
  const batch = lakeBatch(contracts);
  for (const [index, record] of records.entries()) seen(record, batch.add(record), index);
  return batch;
};

/** Writes in flight: enough to hide S3's latency. */
const concurrency = 16;

/** Writes objects; gives the lowest index of a record whose object is not known to be there, or infinity. */
const writeAll = async (objects: readonly LakeObject[], { write, complain, hasTime }: KeepEffects): Promise<number> => {
  const waiting = [...objects];
  let failed = Number.POSITIVE_INFINITY;
  const work = async (): Promise<void> => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      try {
        if (!hasTime()) throw new Error('no time is left in this invocation');
        await write(object);
      } catch (error) {
        complain(`${object.key} could not be written`, error);
        failed = Math.min(failed, object.firstIndex);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return failed;
};

interface Unfoldable extends Forwarded { readonly reason: Rejection }

/** Keeps what views of Flink's cannot fold in quarantine too; gives the lowest index of one that is not known to be there, or infinity. */
const setAside = async (unfoldable: readonly Unfoldable[], contracts: Contracts, effects: KeepEffects): Promise<number> => {
  const batch = lakeBatch(contracts);
  for (const { record, accepted, reason } of unfoldable) batch.quarantine(record, reason, accepted.event.type);
  const failed = await writeAll(batch.objects(), effects);
  return unfoldable[failed]?.index ?? Number.POSITIVE_INFINITY;
};

/**
 * Sends on what is in the lake; gives the lowest index of an event that is not known to be there, or infinity. All of them are
 * put again by the retry, as Flink takes the first of each identity.
 */
const forwardKept = async (kept: readonly Forwarded[], { forward, complain, hasTime }: KeepEffects): Promise<number> => {
  const [first] = kept;
  if (forward === undefined || first === undefined) return Number.POSITIVE_INFINITY;
  try {
    if (!hasTime()) throw new Error('no time is left in this invocation');
    await forward.put(kept);
    return Number.POSITIVE_INFINITY;
  } catch (error) {
    complain(`${kept.length} accepted events could not be sent on to Flink`, error);
    return first.index;
  }
};

/**
 * Keeps every record of a batch in the lake: an accepted event in raw, a rejected one in quarantine.
 *
 * The records before `failedFrom` are in the lake when this ends. Later ones may be too, and are written again by the
 * retry, in the same object or, when the batch was cut elsewhere, in another: readers tell copies by their position.
 * A record can only be accepted or rejected, so none can hold up those after it. What Flink reads is sent on only when it is
 * in the lake: nothing is in features that raw does not have.
 *
 * @param records of one shard, in its order
 */
export const keepBatch = async (records: readonly ReceivedRecord[], contracts: Contracts, effects: KeepEffects): Promise<KeepOutcome> => {
  const events: Forwarded[] = [];
  const isWanted = (record: ReceivedRecord, judgement: Judgement): judgement is Accepted => judgement.accepted && effects.forward?.wants(judgement.contract.name) === true
    && !(contracts.tombstones !== undefined && isErased(record, judgement, contracts.tombstones));
  const batch = judged(records, contracts, (record, judgement, index) => { if (isWanted(record, judgement)) events.push({ record, accepted: judgement, index }); });
  const objects = batch.objects();
  const inLake = await writeAll(objects, effects);
  const kept = events.filter(({ index }) => index < inLake);
  const unfoldable = kept.flatMap((event) => (effects.forward?.unfoldable(event) ?? []).map((reason): Unfoldable => ({ ...event, reason })));
  const failed = Math.min(inLake, await setAside(unfoldable, contracts, effects), await forwardKept(kept, effects));
  const done = { objects: objects.length, unfoldable: unfoldable.filter(({ index }) => index < failed).length };
  if (failed >= records.length) return { failedFrom: undefined, kept: records.length, counts: batch.counts, ...done };
  return { failedFrom: records[failed]?.position.sequence, kept: failed, counts: judged(records.slice(0, failed), contracts).counts, ...done };
};
