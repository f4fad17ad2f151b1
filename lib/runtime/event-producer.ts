import type { KinesisClient, PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';

/** A record as a producer puts it. */
export interface OutgoingRecord { readonly data: Uint8Array; readonly partitionKey: string }

/** Limits of one PutRecords call (Kinesis API reference): 500 records, 5 MiB with keys; some room is left. */
const mostRecords = 500;
const mostBytes = 4_500_000;
const attempts = 10;

const batchesOf = (records: readonly OutgoingRecord[]): readonly (readonly PutRecordsRequestEntry[])[] => {
  const batches: PutRecordsRequestEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { data, partitionKey } of records) {
    const size = data.length + partitionKey.length;
    if (bytes + size > mostBytes || (batches.at(-1)?.length ?? 0) >= mostRecords) { batches.push([]); bytes = 0; }
    batches.at(-1)?.push({ Data: data, PartitionKey: partitionKey });
    bytes += size;
  }
  return batches;
};

/**
 * Puts records on a stream, in their order. PutRecords can take some records of a call and refuse others (a shard over its
 * rate): those are put again, with growing pauses, before anything that follows.
 *
 * @throws Error when records are still refused after ten attempts: how many, and why
 */
export const putRecords = async (client: KinesisClient, stream: string, records: readonly OutgoingRecord[]): Promise<void> => {
  for (const batch of batchesOf(records)) {
    let left = batch;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records: [...left] }));
      const refused = left.filter((_record, index) => answer.Records?.[index]?.ErrorCode !== undefined);
      const why = answer.Records?.find(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused.length > 0 && attempt >= attempts) throw new Error(`The stream ${stream} refused ${refused.length} of ${batch.length} records ${attempts} times: ${why?.ErrorCode} (${why?.ErrorMessage}). Put fewer a second, or give the stream more shards.`);
      if (refused.length > 0) await new Promise((resolve) => { setTimeout(resolve, Math.random() * 50 * 2 ** attempt); });
      left = refused;
    }
  }
};
