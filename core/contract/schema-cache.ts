import type { EpochMillis } from '../event/time';
import type { SchemaFormat } from './compatibility/difference';
import type { SchemaText } from './schema-text';

/** A version of a schema, as the registry has it. */
export interface SchemaVersion extends SchemaText {
  readonly id: string;
  readonly schemaName: string;
  /** Where the registry gives one id to one text, under whatever names it stands: this is one of them, and there may be more at any time. */
  readonly isOneOfSeveral?: true;
  readonly format: SchemaFormat;
  readonly versionNumber: number;
  /** Absent where the registry does not say: then nobody can have its id who did not get it from there. */
  readonly createdAt?: EpochMillis;
}

/** What is known of an id: a version, that there is none, or that it cannot be asked for at the moment. */
export type KnownSchema = { readonly kind: 'found'; readonly version: SchemaVersion } | { readonly kind: 'missing'; /** Why what is there cannot be used. */ readonly why?: string } | { readonly kind: 'failing'; readonly error: unknown };

export interface SchemaCacheSettings {
  /** Versions kept, and ids kept of which there is none; what was not used for longest goes. */
  readonly most: number;
  /** How long an id is remembered as missing, milliseconds. */
  readonly missingMilliseconds: number;
  /** How long nothing is asked for an id after a fault; doubled with each, up to `longestMilliseconds`. */
  readonly backoffMilliseconds: number;
  readonly longestMilliseconds: number;
}

const schemaCacheDefaults: SchemaCacheSettings = { most: 1024, missingMilliseconds: 60_000, backoffMilliseconds: 200, longestMilliseconds: 10_000 };

/** Schema versions by id. A version never changes, so what was found stays right, with the registry down as well. */
export interface SchemaCache {
  /** `undefined`: ask the registry. */
  readonly get: (id: string, now: EpochMillis) => KnownSchema | undefined;
  readonly found: (version: SchemaVersion) => void;
  readonly missing: (id: string, now: EpochMillis, why?: string) => void;
  readonly failed: (id: string, error: unknown, now: EpochMillis) => void;
}

interface Absent { readonly until: EpochMillis; readonly faults: number; readonly known: KnownSchema }

/** A map that forgets what was not used for longest. */
const recent = <Value>(most: number) => {
  const values = new Map<string, Value>();
  return {
    get: (key: string): Value | undefined => {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set: (key: string, value: Value): void => {
      values.delete(key);
      values.set(key, value);
      const oldest = values.keys().next();
      if (values.size > most && oldest.done !== true) values.delete(oldest.value);
    },
    delete: (key: string): void => { values.delete(key); },
  };
};

/** Makes an empty cache. What is found and what is not are kept apart: unknown ids, however many, push no known one out. */
export const schemaCache = ({ most, missingMilliseconds, backoffMilliseconds, longestMilliseconds }: SchemaCacheSettings = schemaCacheDefaults): SchemaCache => {
  const versions = recent<KnownSchema>(most);
  const absent = recent<Absent>(most);
  return {
    get: (id, now) => {
      const version = versions.get(id);
      if (version !== undefined) return version;
      const known = absent.get(id);
      return known !== undefined && now < known.until ? known.known : undefined;
    },
    found: (version) => {
      absent.delete(version.id);
      versions.set(version.id, { kind: 'found', version });
    },
    missing: (id, now, why) => { absent.set(id, { until: now + missingMilliseconds, faults: 0, known: { kind: 'missing', ...(why === undefined ? {} : { why }) } }); },
    failed: (id, error, now) => {
      const faults = (absent.get(id)?.faults ?? 0) + 1;
      absent.set(id, { until: now + Math.min(longestMilliseconds, backoffMilliseconds * 2 ** (faults - 1)), faults, known: { kind: 'failing', error } });
    },
  };
};
