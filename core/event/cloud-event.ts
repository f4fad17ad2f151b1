import type { EpochMillis } from './time';

/**
 * An event as producers send it: CloudEvents 1.0 in its JSON format, with the attributes that the platform reads.
 * Source: CloudEvents 1.0.2, "JSON Event Format".
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** With `source` the identity of the event. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly time: string;
  /** Which version of the contract the producer means, by an ending `<type>/v<n>`. */
  readonly dataschema?: string | null;
  /** When the producer recorded it, RFC 3339: an extension that only some event types trust. */
  readonly recordedtime?: string | null;
  /** Declared fields are as their contract has them, timestamps still as text. There may be others: read declared names only. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The moments of one event. */
export interface EventTimes {
  /** When it happened, as sent. */
  readonly eventTime: EpochMillis;
  /** When it is taken to have happened: never later than it was known. */
  readonly effectiveTime: EpochMillis;
  readonly knownAt: EpochMillis;
  /** When the stream took it. */
  readonly arrival: EpochMillis;
}
