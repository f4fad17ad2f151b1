import type { CompatibilityMode } from '../../definition/node';
import type { SchemaFormat } from '../compatibility/difference';
import { contractAvroSchema } from '../schemas/avro';
import { contractJsonSchema } from '../schemas/json';
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

const formats = [['json', 'JSON', contractJsonSchema], ['avro', 'AVRO', contractAvroSchema]] as const;

/** What the platform puts itself follows the model that it is from: nobody else writes it, and its versions are free. */
const modeOf = ({ platform, compatibility }: EventDefinition): CompatibilityMode => (platform === true ? 'NONE' : compatibility ?? 'BACKWARD');

/**
 * The schemas of all event types: `<type>.json` and `<type>.avro`.
 *
 * @param redefined contracts whose content an ephemeral environment changes under their version: these are free
 */
export const wantedSchemas = (events: readonly EventDefinition[], redefined: ReadonlySet<string> = new Set()): readonly WantedSchema[] => {
  const types = new Map<string, EventDefinition[]>();
  for (const event of [...events].sort((left, right) => left.version - right.version)) types.set(event.name, [...(types.get(event.name) ?? []), event]);
  return [...types].sort(([left], [right]) => (left < right ? -1 : 1)).flatMap(([type, versions]) => formats.map(([ending, format, schemaOf]) => {
    const made = new Map<string, WantedVersion>();
    for (const event of versions) {
      const definition = canonicalJson(schemaOf(event));
      if (!made.has(definition)) made.set(definition, { contract: versionedName(event), contractHash: event.hash, compatibility: redefined.has(versionedName(event)) ? 'NONE' : modeOf(event), definition });
    }
    return { name: `${type}.${ending}`, format, versions: [...made.values()] };
  }));
};
