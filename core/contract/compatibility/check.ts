import type { CompatibilityMode } from '../../definition/node';
import type { AvroSchema } from './avro/node';
import { avroMismatches } from './avro/differences';
import type { Direction, Mismatch, SchemaDifference, SchemaFormat } from './difference';
import { difference } from './difference';
import type { JsonSchemaText } from './json/differences';
import { jsonMismatches } from './json/differences';
import type { ProtobufSchemaText } from './protobuf/differences';
import { protobufMismatches } from './protobuf/differences';

/** A schema as data. */
export type Schema = AvroSchema | JsonSchemaText | ProtobufSchemaText;

/** Versions of a schema, and what they are to keep. */
export interface CompatibilityQuestion {
  readonly format: SchemaFormat;
  readonly mode: CompatibilityMode;
  readonly proposed: Schema;
  /** Oldest first. */
  readonly previous: readonly Schema[];
}

/** A difference with the version that it was found against, its index in `previous`. */
export type VersionDifference = SchemaDifference & { readonly against: number };

export type CompatibilityVerdict = { readonly compatible: true } | { readonly compatible: false; readonly differences: readonly VersionDifference[] };

const mismatches: Readonly<Record<SchemaFormat, (reader: Schema, writer: Schema, direction: Direction) => readonly Mismatch[]>> = {
  AVRO: (reader, writer) => avroMismatches(reader as AvroSchema, writer as AvroSchema),
  JSON: (reader, writer) => jsonMismatches(reader as JsonSchemaText, writer as JsonSchemaText),
  PROTOBUF: (reader, writer, direction) => protobufMismatches(reader as ProtobufSchemaText, writer as ProtobufSchemaText, direction),
};

const reads: Readonly<Record<CompatibilityMode, { readonly backward: boolean; readonly forward: boolean; readonly all: boolean }>> = {
  NONE: { backward: false, forward: false, all: false },
  DISABLED: { backward: false, forward: false, all: false },
  BACKWARD: { backward: true, forward: false, all: false },
  BACKWARD_ALL: { backward: true, forward: false, all: true },
  FORWARD: { backward: false, forward: true, all: false },
  FORWARD_ALL: { backward: false, forward: true, all: true },
  FULL: { backward: true, forward: true, all: false },
  FULL_ALL: { backward: true, forward: true, all: true },
};

/**
 * Whether a version of a schema may follow the former ones. A schema that is none is refused under every mode.
 *
 * Modes are those of the Glue Schema Registry ("Schema versioning and compatibility"); BACKWARD, FORWARD and FULL look at the
 * last version alone.
 */
export const checkCompatibility = ({ format, mode, proposed, previous }: CompatibilityQuestion): CompatibilityVerdict => {
  const { backward, forward, all } = reads[mode];
  const last = previous.length - 1;
  const invalid = mismatches[format](proposed, proposed, 'backward').filter(({ kind }) => kind === 'invalid_schema').map((each) => ({ ...difference(each, 'backward'), against: last }));
  const disabled: readonly VersionDifference[] = mode === 'DISABLED' && previous.length > 0
    ? [{ ...difference({ path: '', kind: 'change_disabled', reader: 'no version but the first', writer: 'another version' }, 'backward'), against: last }] : [];
  const differences = invalid.length > 0 ? invalid : [...disabled, ...previous.flatMap((former, against) => {
    if (!all && against !== last) return [];
    return [
      ...(backward ? mismatches[format](proposed, former, 'backward').map((each) => difference(each, 'backward')) : []),
      ...(forward ? mismatches[format](former, proposed, 'forward').map((each) => difference(each, 'forward')) : []),
    ].map((each): VersionDifference => ({ ...each, against }));
  })];
  return differences.length === 0 ? { compatible: true } : { compatible: false, differences };
};
