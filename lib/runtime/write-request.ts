import type { OutgoingRecord } from './event-producer';

/** What the event writer is asked to put: keys and values, these in base64. */
export interface WriteRequest { readonly records: readonly { readonly key: string; readonly value: string }[] }

/** Where it put them, in their order. */
export interface WriteAnswer { readonly places: readonly { readonly partition: number; readonly offset: number }[] }

/** The request for some records. */
export const writeRequest = (records: readonly OutgoingRecord[]): WriteRequest =>
  ({ records: records.map(({ data, partitionKey }) => ({ key: partitionKey, value: Buffer.from(data).toString('base64') })) });

/** What the event writer is asked to tell: how far a consumer group, or who goes on at those offsets, is behind the topic. */
export interface BehindRequest {
  readonly behind: { readonly group: string } | {
    /** By partition; one that is left out begins with its first record that came at `from`, epoch milliseconds, or later. */
    readonly next: Readonly<Record<string, number>>;
    readonly from: number;
  };
}

/** Milliseconds since the first record that is not done was taken, by partition; 0 where there is none. */
export interface BehindAnswer { readonly partitions: readonly { readonly partition: number; readonly behind: number }[] }
