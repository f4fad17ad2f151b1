import type { Rejection } from './rejection';

/** The registered schema that a record's frame names: what its producer wrote it with. */
export interface FrameSchema {
  readonly format: 'JSON' | 'AVRO';
  /** UUID in the Glue Schema Registry. */
  readonly versionId: string;
  /** Number of the version within its schema. */
  readonly versionNumber: number;
  /** Event type that the schema is for, from its name `<type>.json` or `<type>.avro`. */
  readonly type: string;
  /** The schema's text, as it was registered. */
  readonly definition: string;
}

/**
 * What the frame of a record held, taken out before the record is judged: JSON bytes that are still to be decoded, an event
 * that was decoded already with its text as JSON on one line, or why it could not be read.
 */
export type Opened =
  | { readonly schema: FrameSchema; readonly json: Uint8Array }
  | { readonly schema: FrameSchema; readonly value: unknown; readonly text: () => string }
  | { readonly schema?: FrameSchema; readonly rejection: Rejection };
