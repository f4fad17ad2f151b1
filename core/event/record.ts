import type { Opened } from '../contract/opened';
import type { Position } from './position';
import type { EpochMillis } from './time';

/** A header of a record of Kafka. A name may stand in a record more than once. */
export interface RecordHeader {
  readonly name: string;
  /** Null where the producer sent none, which is not the same as an empty one. */
  readonly value: Uint8Array | null;
}

/** A record as it was received, from the stream or from a file, before anything is known of what it holds. */
export interface ReceivedRecord {
  readonly position: Position;
  readonly partitionKey: string;
  /** The key's bytes where {@link partitionKey} does not say them: they are no UTF-8, or an empty key was sent and not none. */
  readonly key?: Uint8Array;
  /** What stood beside the value, in its order; absent where nothing did. */
  readonly headers?: readonly RecordHeader[];
  /** When the stream took it; for an import, when the import began. */
  readonly arrival: EpochMillis;
  /** The batch that brought it; null for the stream. */
  readonly batchId: string | null;
  /** The bytes as received, or the text when the caller has already decoded it as strict UTF-8. */
  readonly data: Uint8Array | string;
  /** What its frame held, for a record that came in one. */
  readonly opened?: Opened;
}
