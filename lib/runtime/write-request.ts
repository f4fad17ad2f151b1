import type { OutgoingRecord } from './event-producer';

/** What the event writer is asked to put: keys and values, these in base64. */
export interface WriteRequest { readonly records: readonly { readonly key: string; readonly value: string }[] }

/** Where it put them, in their order. */
export interface WriteAnswer { readonly places: readonly { readonly partition: number; readonly offset: number }[] }

/** The request for some records. */
export const writeRequest = (records: readonly OutgoingRecord[]): WriteRequest =>
  ({ records: records.map(({ data, partitionKey }) => ({ key: partitionKey, value: Buffer.from(data).toString('base64') })) });
