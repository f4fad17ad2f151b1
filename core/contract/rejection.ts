/** Every reason for which an event is rejected. The list is closed: quarantine has a folder for each, and dashboards count them. */
export const rejectionCodes = [
  'bad_frame', 'registry_not_configured', 'unknown_schema', 'unknown_message', 'schema_mismatch', 'not_avro', 'not_protobuf', 'not_utf8', 'not_json', 'duplicate_key', 'too_large', 'too_deep', 'not_cloudevent', 'unknown_type', 'unknown_version',
  'missing_field', 'wrong_type', 'out_of_range', 'pattern_mismatch', 'unknown_field', 'not_in_list', 'time_invalid', 'time_in_future',
  'partition_key_mismatch', 'arrival_unknown', 'fold_failed',
] as const;
export type RejectionCode = (typeof rejectionCodes)[number];

/** The reasons that there can be, by what events come in by: Kinesis always says when a record arrived. */
export const rejectionCodesOf = (waysIn: readonly ('kinesis' | 'msk')[]): readonly RejectionCode[] => rejectionCodes.filter((code) => waysIn.includes('msk') || code !== 'arrival_unknown');

/** Why an event was rejected, in words that the producer's engineers can act on. It holds no value of a personal field. */
export interface Rejection {
  readonly code: RejectionCode;
  /** JSON pointer (RFC 6901) to what is wrong; empty for the whole. */
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

const longest = 200;

/** At most 200 characters of a text: what was found may be as long as an event. */
export const shortened = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}… (${text.length} characters)`);

/** What kind of JSON value this is, without showing it. */
export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** A found value for people: its kind, and for a scalar that is not personal its text. */
export const describe = (value: unknown, personal = false): string =>
  personal || value === null || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    ? kindOf(value)
    : `${kindOf(value)}: ${shortened(JSON.stringify(value))}`;
