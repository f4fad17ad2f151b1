import type { SchemaFormat } from './compatibility/difference';
import type { Rejection } from './rejection';
import type { SchemaText } from './schema-text';

/** The registered schema that a record's frame names: what its producer wrote it with. */
export interface FrameSchema extends SchemaText {
  readonly format: SchemaFormat;
  /** UUID in the Glue Schema Registry, whole number in a Confluent registry. */
  readonly versionId: string;
  /** Number of the version within its schema. */
  readonly versionNumber: number;
  /** Event type that the schema is for, from its name `<type>.json`, `<type>.avro` or `<type>.proto`. */
  readonly type: string;
  /** Where the text may be registered for other types too, now or later: their events are judged by their own contracts alone. */
  readonly isOneOfSeveral?: true;
}

/**
 * What the frame of a record held, taken out before the record is judged: JSON bytes that are still to be decoded, an event
 * that was decoded already with its text as JSON on one line, or why it could not be read.
 */
export type Opened =
  | { readonly schema: FrameSchema; readonly json: Uint8Array }
  | { readonly schema: FrameSchema; readonly value: unknown; readonly text: () => string }
  | { readonly schema?: FrameSchema; readonly rejection: Rejection };
