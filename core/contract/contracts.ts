import { rawFolder } from '../lake/folder';
import type { FieldNode } from '../definition/node';
import type { Tombstone } from '../erasure/tombstone';
import type { EpochMillis } from '../event/time';
import { parseTimestamp } from '../event/time';
import type { EventDefinition, Manifest, VersionedName } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';

/** What a generated validator found first: the keyword of JSON Schema that failed, and where. */
export interface SchemaFault {
  /** JSON pointer within the data. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A generated validator; after it gave false, `errors` holds what it found. */
interface DataValidator {
  (data: unknown): boolean;
  readonly errors?: readonly SchemaFault[] | null;
}

type Formats = Readonly<Record<'date-time', (text: string) => boolean>>;

/** The module that `headrace compile` generates beside the manifest. */
export interface ValidatorModule {
  /** Hash of each contract that it was made from. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The validators, by contract; what a date-time is, is decided in one place and given to them. */
  readonly validatorsWith: (formats: Formats) => Readonly<Record<string, DataValidator>>;
}

/** A version of an event type, ready to judge. */
export interface Contract {
  readonly name: VersionedName;
  readonly definition: EventDefinition;
  /** `<type>/v<n>`: its folder in the raw zone. */
  readonly folder: string;
  readonly validate: DataValidator;
  readonly field: (name: string) => FieldNode | undefined;
}

/** The versions of one event type, newest first. */
export type ContractVersions = readonly Contract[];

/**
 * Since when contracts are judged by, in the arrival of records: what the last step of a deploy published. It does not
 * depend on who judges or when, so both consumers and every retry take the same version for a record.
 */
export type Activations = ReadonlyMap<string, EpochMillis>;

/** Every contract that events are judged by. */
export interface Contracts {
  readonly manifestHash: string;
  readonly types: ReadonlyMap<string, ContractVersions>;
  /** Names of all contracts of the manifest, also where `types` holds only some. */
  readonly names: ReadonlySet<string>;
  /** Absent where every contract is active at any time: an import takes the newest. */
  readonly activations?: Activations;
  /** Of subjects that were erased: their records are passed over. Absent: nobody was. */
  readonly tombstones?: readonly Tombstone[];
}

const formats: Formats = { 'date-time': (text) => parseTimestamp(text) !== undefined };

const contractOf = (definition: EventDefinition, validate: DataValidator): Contract => {
  const fields = new Map(Object.entries(definition.fields));
  return { name: versionedName(definition), definition, folder: rawFolder(definition), validate, field: (name) => fields.get(name) };
};

/**
 * Makes the contracts of a manifest. Do it once: validators are made at that time.
 *
 * @param validators the generated module that belongs to the manifest
 * @throws Error when the two do not belong together
 */
export const contractsOf = (manifest: Manifest, validators: ValidatorModule): Contracts => {
  const made = new Map(Object.entries(validators.validatorsWith(formats)));
  const types = new Map<string, Contract[]>();
  for (const [name, definition] of Object.entries(manifest.events)) {
    const validate = made.get(name);
    if (validate === undefined || validators.hashes[name] !== definition.hash)
      throw new Error(`the generated validators hold ${validators.hashes[name] ?? 'nothing'} for ${name}, the manifest ${definition.hash}; run npx headrace compile.`);
    types.set(definition.name, [...(types.get(definition.name) ?? []), contractOf(definition, validate)]);
  }
  for (const versions of types.values()) versions.sort((left, right) => right.definition.version - left.definition.version);
  return { manifestHash: manifest.hash, types, names: new Set(Object.keys(manifest.events)) };
};
