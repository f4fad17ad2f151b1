import type { Opened } from '../contract/opened';
import type { Position } from './position';
import type { EpochMillis } from './time';

/** A record as it was received, from the stream or from a file, before anything is known of what it holds. */
export interface ReceivedRecord {
  readonly position: Position;
  readonly partitionKey: string;
  /** When the stream took it; for an import, when the import began. */
  readonly arrival: EpochMillis;
  /** The batch that brought it; null for the stream. */
  readonly batchId: string | null;
  /** The bytes as received, or the text when the caller has already decoded it as strict UTF-8. */
  readonly data: Uint8Array | string;
  /** What its frame held, for a record that came in one. */
  readonly opened?: Opened;
}
