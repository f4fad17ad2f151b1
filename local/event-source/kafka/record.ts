import type { DeliveredRecord } from '../record';

/** A record of a topic as the driver holds it; keys and values are base64, headers as Lambda's events have them, and none is ever decoded here. */
export interface KafkaRecord extends DeliveredRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Null where the producer sent none. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: readonly number[] | null])[];
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  /** Which assignment of its partition it was read under: a partition that went and came again is read anew. */
  readonly assignment: number;
}

/** A partition as Lambda's events and answers name it. */
export const partitionName = (topic: string, partition: number): string => `${topic}-${partition}`;

/** Tells a record from all others of its topic. */
export const sequenceOf = (partition: number, offset: bigint): string => `${partition}:${offset}`;
