import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { groupsWithin } from './groups-within';

/** A record as a producer puts it. */
export interface OutgoingRecord { readonly data: Uint8Array; readonly partitionKey: string }

/** What a record counts for in a call, bytes. */
export const sizeOfRecord = ({ data, partitionKey }: OutgoingRecord): number => data.length + partitionKey.length;

/** Limits of one PutRecords call (Kinesis API reference): 500 records, 5 MiB with keys; some room is left. */
const mostRecords = 500;
const mostBytes = 4_500_000;
const attempts = 10;

/**
 * Puts records on a stream, in their order. PutRecords can take some records of a call and refuse others (a shard over its
 * rate): those are put again, with growing pauses, before anything that follows.
 *
 * @throws Error when records are still refused after ten attempts: how many, and why
 */
export const putRecords = async (client: KinesisClient, stream: string, records: readonly OutgoingRecord[]): Promise<void> => {
  for (const group of groupsWithin(records, sizeOfRecord, mostBytes, mostRecords)) {
    const batch = group.map(({ data, partitionKey }) => ({ Data: data, PartitionKey: partitionKey }));
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
