import type { CompatibilityMode } from '../../definition/node';
import type { SchemaFormat } from '../compatibility/difference';
import type { SchemaText } from '../schema-text';

export type VersionStatus = 'AVAILABLE' | 'PENDING' | 'FAILURE' | 'DELETING';
export interface RegisteredVersion {
  readonly id: string;
  readonly status: VersionStatus;
  /** What the registry said when it did not take the version, if it says anything. */
  readonly reason?: string;
}

/** A schema of the registry, by the name that it has within the environment's. */
export interface SchemaName { readonly name: string; readonly format: SchemaFormat }

/** The schema registry, as registration needs it: Glue's or Confluent's. */
export interface Registry {
  /** Makes the registry where it is not there. */
  readonly open: () => Promise<void>;
  /** `undefined` when there is no such schema yet. */
  readonly compatibilityOf: (schema: SchemaName) => Promise<CompatibilityMode | undefined>;
  readonly setCompatibility: (schema: SchemaName, mode: CompatibilityMode) => Promise<void>;
  readonly findVersion: (schema: SchemaName, definition: string) => Promise<RegisteredVersion | undefined>;
  /** The versions that are available, oldest first. */
  readonly definitionsOf: (schema: SchemaName) => Promise<readonly SchemaText[]>;
  /** Makes a schema with its first version. */
  readonly create: (schema: SchemaName, mode: CompatibilityMode, definition: string) => Promise<RegisteredVersion>;
  readonly register: (schema: SchemaName, definition: string) => Promise<RegisteredVersion>;
  readonly statusOf: (id: string) => Promise<VersionStatus>;
  /** Notes what a version is of, where the registry keeps such notes. */
  readonly describe: (id: string, metadata: Readonly<Record<string, string>>) => Promise<void>;
}
