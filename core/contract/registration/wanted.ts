import type { CompatibilityMode } from '../../definition/node';
import type { SchemaFormat } from '../compatibility/difference';
import { contractAvroSchema } from '../schemas/avro';
import { protobufText } from '../protobuf/text';
import { contractJsonSchema } from '../schemas/json';
import { contractProtobufSchema } from '../schemas/protobuf';
import { canonicalJson } from '../../manifest/hash';
import type { EventDefinition, VersionedName } from '../../manifest/manifest';
import { versionedName } from '../../manifest/manifest';

/** A version of a schema that the registry is to have. */
export interface WantedVersion {
  readonly contract: VersionedName;
  readonly contractHash: string;
  readonly compatibility: CompatibilityMode;
  /** The schema as it stands in the registry. */
  readonly definition: string;
}

/** A schema of the registry: one event type in one format. */
export interface WantedSchema {
  readonly name: string;
  readonly format: SchemaFormat;
  /** Oldest first; versions that the format cannot tell apart stand once. */
  readonly versions: readonly WantedVersion[];
}

/** The text of a contract in each format; in PROTOBUF it depends on the versions before it. */
const formats: readonly (readonly [ending: string, format: SchemaFormat, textOf: (event: EventDefinition, versions: readonly EventDefinition[]) => string])[] = [
  ['json', 'JSON', (event) => canonicalJson(contractJsonSchema(event))],
  ['avro', 'AVRO', (event) => canonicalJson(contractAvroSchema(event))],
  ['proto', 'PROTOBUF', (event, versions) => protobufText(contractProtobufSchema(event, versions))],
];

/** What the platform puts itself follows the model that it is from: nobody else writes it, and its versions are free. */
const modeOf = ({ platform, compatibility }: EventDefinition): CompatibilityMode => (platform === true ? 'NONE' : compatibility ?? 'BACKWARD');

/**
 * The schemas of all event types: `<type>.json`, `<type>.avro` and `<type>.proto`.
 *
 * @param redefined contracts whose content an ephemeral environment changes under their version: these are free
 */
export const wantedSchemas = (events: readonly EventDefinition[], redefined: ReadonlySet<string> = new Set()): readonly WantedSchema[] => {
  const types = new Map<string, EventDefinition[]>();
  for (const event of [...events].sort((left, right) => left.version - right.version)) types.set(event.name, [...(types.get(event.name) ?? []), event]);
  return [...types].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([type, versions]) => formats.map(([ending, format, textOf]) => {
    const made = new Map<string, WantedVersion>();
    for (const event of versions) {
      const definition = textOf(event, versions);
      if (!made.has(definition)) made.set(definition, { contract: versionedName(event), contractHash: event.hash, compatibility: redefined.has(versionedName(event)) ? 'NONE' : modeOf(event), definition });
    }
    return { name: `${type}.${ending}`, format, versions: [...made.values()] };
  }));
};
