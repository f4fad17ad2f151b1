/** A record as the driver delivers it, whatever it came from. */
export interface DeliveredRecord {
  /** Tells a record from all others of its shard, or of its topic. */
  readonly sequence: string;
  readonly partitionKey: string;
  /** Base64, as the function's event holds it: it is never decoded here. */
  readonly data: string;
  /** Epoch milliseconds. */
  readonly arrival: number;
  /** Bytes that it takes in the event beside its data, its key and what every record has. */
  readonly extraBytes?: number;
}

/** A record of a stream as the driver holds it. */
export interface StreamRecord extends DeliveredRecord {
  /** Decimal digits; compare with {@link compareSequence}. */
  readonly sequence: string;
  readonly partitionKey: string;
  /** Base64, as the stream's API gives it and the function's event holds it: it is never decoded here. */
  readonly data: string;
  /** Approximate arrival, epoch milliseconds. */
  readonly arrival: number;
}

/** Orders sequence numbers, which are decimal numbers of up to 129 digits. */
export const compareSequence = (one: string, other: string): number => {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
};

/**
 * Payload limit of a synchronous invocation, bytes.
 * Source: AWS Lambda developer guide, "Lambda quotas".
 */
export const maximumPayloadBytes = 6 * 1024 * 1024;

// The JSON around one record's data and key: names, ARNs and numbers, rounded up.
const envelopeBytes = 600;

/** Bytes that a record takes in the function's event, at most. */
export const payloadBytes = (record: DeliveredRecord): number => record.data.length + record.partitionKey.length * 4 + (record.extraBytes ?? 0) + envelopeBytes;

/**
 * Where a mapping stands in a shard: everything before is done.
 *
 * - `start`: nothing was read yet; reading begins where the mapping's starting position says
 * - `after`: all records up to and with `sequence` are done
 * - `end`: the shard is closed and all of it is done
 */
export type Checkpoint =
  | { readonly kind: 'start'; readonly position: 'TRIM_HORIZON' }
  | { readonly kind: 'start'; readonly position: 'AT_TIMESTAMP'; readonly timestamp: number }
  | { readonly kind: 'after'; readonly sequence: string }
  | { readonly kind: 'end' };
