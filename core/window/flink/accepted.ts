import type { Scalar } from '../../definition/node';
import type { EpochMillis } from '../../event/time';
import type { Row } from '../../expression/evaluate';
import type { VersionedName } from '../../manifest/manifest';

/** An event that kept its contract, as Flink reads it from the topic of accepted events. */
export interface AcceptedEvent {
  readonly contract: VersionedName;
  readonly source: string;
  readonly id: string;
  readonly effectiveTime: EpochMillis;
  readonly knownAt: EpochMillis;
  readonly arrival: EpochMillis;
  /** Text of the record's position, as lineage has it. */
  readonly position: string;
  /** The declared fields by the contract's version, timestamps as epoch milliseconds. */
  readonly row: Row;
}

/** Columns of the topic beside the data: what each is called, and what it holds. */
export const acceptedColumns = {
  contract: 'string', source: 'string', id: 'string', effective_time: 'timestamp', known_at: 'timestamp', arrival: 'timestamp', position: 'string',
} as const satisfies Readonly<Record<string, Scalar>>;

/**
 * The text of an accepted event. Its fields stand under the name of its contract: fields of two contracts that have one
 * name may be of two types, and each table over the topic gives a column one type.
 */
export const encodeAccepted = ({ contract, source, id, effectiveTime, knownAt, arrival, position, row }: AcceptedEvent): string =>
  JSON.stringify({ contract, source, id, effective_time: effectiveTime, known_at: knownAt, arrival, position, data: { [contract]: row } } satisfies Readonly<Record<keyof typeof acceptedColumns | 'data', unknown>>);
