import type { RecordsBatch } from '@platformatic/kafka';

/** A transaction that was taken back, as a broker names it beside the records that it gives. */
export interface AbortedTransaction { readonly producerId: bigint; readonly firstOffset: bigint }

// Attributes of a batch of records (Kafka documentation, "Message format").
const isTransactional = 16;
const isControl = 32;
/** A transaction's end is a record whose key has a version and the kind of end, two bytes each (Kafka documentation, "Control batches"). */
const [kindAt, abort] = [2, 0];

const endsByAbort = ({ records: [end] }: RecordsBatch): boolean => end?.key?.readInt16BE(kindAt) === abort;

/**
 * The batches whose records were not taken back, without the ends of transactions. A producer's records from the first of an aborted
 * transaction up to its end are not for consumers. The client of Kafka leaves some of them in: those of all but the last of several
 * transactions of one producer, and those whose end was not read with them.
 *
 * @param batches of one partition, in its order
 */
export const committedBatches = (batches: readonly RecordsBatch[], aborted: readonly AbortedTransaction[] | null): readonly RecordsBatch[] => {
  const begins = [...aborted ?? []].sort((one, other) => Number(one.firstOffset - other.firstOffset));
  const takenBack = new Set<bigint>();
  return batches.filter((batch) => {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let [next] = begins; next !== undefined && next.firstOffset <= last; [next] = begins) {
      takenBack.add(next.producerId);
      begins.shift();
    }
    if ((batch.attributes & isControl) !== 0) {
      if (endsByAbort(batch)) takenBack.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & isTransactional) === 0 || !takenBack.has(batch.producerId);
  });
};
