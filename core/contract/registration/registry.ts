import type { CompatibilityMode } from '../../definition/node';

export type VersionStatus = 'AVAILABLE' | 'PENDING' | 'FAILURE' | 'DELETING';
export interface RegisteredVersion { readonly id: string; readonly status: VersionStatus }

/** The schema registry, as registration needs it. Names are within the environment's registry. */
export interface Registry {
  /** Makes the registry where it is not there. */
  readonly open: () => Promise<void>;
  readonly compatibilityOf: (schema: string) => Promise<CompatibilityMode | undefined>;
  readonly setCompatibility: (schema: string, mode: CompatibilityMode) => Promise<void>;
  readonly findVersion: (schema: string, definition: string) => Promise<RegisteredVersion | undefined>;
  /** Definitions of the versions that are available, oldest first. */
  readonly definitionsOf: (schema: string) => Promise<readonly string[]>;
  /** Makes a schema with its first version. */
  readonly create: (schema: string, format: 'JSON' | 'AVRO', mode: CompatibilityMode, definition: string) => Promise<RegisteredVersion>;
  readonly register: (schema: string, definition: string) => Promise<RegisteredVersion>;
  readonly statusOf: (id: string) => Promise<VersionStatus>;
  readonly describe: (id: string, metadata: Readonly<Record<string, string>>) => Promise<void>;
}
