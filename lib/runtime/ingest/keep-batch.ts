import type { Contracts } from '../../../core/contract/contracts';
import type { ReceivedRecord } from '../../../core/event/record';
import type { BatchCounts, LakeBatch } from '../../../core/lake/batch';
import { lakeBatch } from '../../../core/lake/batch';
import type { LakeObject } from '../../../core/lake/object';

/** What keeping a batch needs from outside. */
export interface KeepEffects {
  readonly write: (object: LakeObject) => Promise<unknown>;
  /** Told of what could not be written or judged; it will be tried again. */
  readonly complain: (message: string, error: unknown) => void;
  /** Whether there is still time to begin a write. */
  readonly hasTime: () => boolean;
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
}

const judged = (records: readonly ReceivedRecord[], contracts: Contracts): LakeBatch => {
  const batch = lakeBatch(contracts);
  for (const record of records) batch.add(record);
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

/**
 * Keeps every record of a batch in the lake: an accepted event in raw, a rejected one in quarantine.
 *
 * The records before `failedFrom` are in the lake when this ends. Later ones may be too, and are written again by the
 * retry, in the same object or, when the batch was cut elsewhere, in another: readers tell copies by their position.
 * A record can only be accepted or rejected, so none can hold up those after it.
 *
 * @param records of one shard, in its order
 */
export const keepBatch = async (records: readonly ReceivedRecord[], contracts: Contracts, effects: KeepEffects): Promise<KeepOutcome> => {
  const batch = judged(records, contracts);
  const objects = batch.objects();
  const failed = await writeAll(objects, effects);
  if (failed >= records.length) return { failedFrom: undefined, kept: records.length, objects: objects.length, counts: batch.counts };
  return { failedFrom: records[failed]?.position.sequence, kept: failed, objects: objects.length, counts: judged(records.slice(0, failed), contracts).counts };
};
