import type { VersionedName } from '../manifest/manifest';

/** Where a record of the lake came from, as its line says it. Times are ISO 8601, UTC, with milliseconds. */
export interface RecordLineage {
  /** Fixed-width text of the position: the identity of the record, on which readers deduplicate. */
  readonly position: string;
  readonly source: string;
  readonly shard: string;
  readonly sequence: string;
  readonly sub_sequence: number;
  readonly partition_key: string;
  readonly arrival: string;
  /** Of the definitions by which it was judged. */
  readonly manifest_hash: string;
  readonly batch_id: string | null;
}

/** Lineage of an accepted event. */
export interface EventLineage extends RecordLineage {
  readonly event_time: string;
  readonly effective_time: string;
  readonly known_at: string;
  readonly contract: VersionedName;
  readonly contract_hash: string;
  /** The version in the schema registry that the event was written by, for one that came in a frame. */
  readonly schema_version_id: string | null;
}
