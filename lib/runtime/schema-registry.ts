import type { RegistryKind } from '../../core/contract/frame';
import type { KnownSchema, SchemaCache, SchemaVersion } from '../../core/contract/schema-cache';
import { schemaCache } from '../../core/contract/schema-cache';
import type { EpochMillis } from '../../core/event/time';
import { callJson, ServiceFault } from './aws-json';
import type { AwsService } from './aws-request';

export interface SchemaRegistrySettings {
  readonly registryName: string;
  readonly service: AwsService;
  readonly now: () => EpochMillis;
  readonly cache?: SchemaCache;
}

/** Finds schema versions by their ids: the schema registry, as consumers need it. */
export interface SchemaRegistry {
  /** Whose frames are taken. */
  readonly kind: RegistryKind;
  /** What each id stands for; an id for which the registry gave no answer is `failing`, and worth another try later. */
  readonly resolve: (ids: Iterable<string>) => Promise<ReadonlyMap<string, KnownSchema>>;
}

const getVersion = { target: 'AWSGlue.GetSchemaVersion', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 3000, attempts: 4, baseMilliseconds: 100, longestMilliseconds: 2000 };
/** Calls at a time: ids that are made up cannot flood the registry, they wait for each other. */
const inFlight = 4;

/** What a registry said of an id: a version, or that there is none that can be used, and why. */
export type Asked = SchemaVersion | { readonly missing: true; readonly why?: string };

interface Answer { readonly SchemaDefinition?: string; readonly DataFormat?: string; readonly SchemaArn?: string; readonly VersionNumber?: number; readonly Status?: string; readonly CreatedTime?: string }

const versionOf = (id: string, { SchemaDefinition, DataFormat, SchemaArn = '', VersionNumber = 0, Status, CreatedTime = '' }: Answer, registry: string): SchemaVersion | undefined => {
  const [registryName, schemaName] = SchemaArn.slice(SchemaArn.lastIndexOf(':schema/') + ':schema/'.length).split('/');
  // Glue is comparing it with those before, for some seconds: to be asked again.
  if (Status === 'PENDING' && registryName === registry) throw new Error(`the schema version ${id} is still being checked by the registry`);
  // Another registry's schemas are no contracts of this environment, and what is not available was never agreed to.
  if (Status !== 'AVAILABLE' || registryName !== registry || schemaName === undefined || SchemaDefinition === undefined || (DataFormat !== 'AVRO' && DataFormat !== 'JSON' && DataFormat !== 'PROTOBUF')) return undefined;
  return { id, schemaName, format: DataFormat, definition: SchemaDefinition, versionNumber: VersionNumber, createdAt: Date.parse(CreatedTime) };
};

const isMissing = (error: unknown): boolean => error instanceof ServiceFault && (error.code === 'EntityNotFoundException' || error.code === 'InvalidInputException');

const unkept = (id: string): KnownSchema => ({ kind: 'failing', error: new Error(`the schema version ${id} could not be kept`) });

/**
 * A registry with a cache before it: one call for an id at a time, whoever asks, and few at once.
 *
 * @param ask the registry itself; what it throws is a fault that may pass
 */
export const cachedRegistry = (kind: RegistryKind, ask: (id: string) => Promise<Asked>, now: () => EpochMillis, cache: SchemaCache = schemaCache()): SchemaRegistry => {
  const flights = new Map<string, Promise<void>>();

  const take = async (id: string): Promise<void> => {
    try {
      const answer = await ask(id);
      if ('missing' in answer) cache.missing(id, now(), answer.why);
      else cache.found(answer);
    } catch (error) {
      cache.failed(id, error, now());
    }
  };
  const flight = (id: string): Promise<void> => {
    const flying = flights.get(id) ?? take(id).finally(() => { flights.delete(id); });
    flights.set(id, flying);
    return flying;
  };

  return {
    kind,
    resolve: async (ids) => {
      const asked = new Set(ids);
      const unknown = [...asked].filter((id) => cache.get(id, now()) === undefined);
      const known = new Map<string, KnownSchema>();
      await Promise.all(Array.from({ length: Math.min(inFlight, unknown.length) }, async () => {
        for (let id = unknown.pop(); id !== undefined; id = unknown.pop()) {
          await flight(id);
          // Taken at once: with very many ids the cache may have forgotten it when all have been asked for.
          known.set(id, cache.get(id, now()) ?? unkept(id));
        }
      }));
      for (const id of asked) known.set(id, known.get(id) ?? cache.get(id, now()) ?? unkept(id));
      return known;
    },
  };
};

/** The Glue Schema Registry. */
export const glueSchemaRegistry = ({ registryName, service, now, cache }: SchemaRegistrySettings): SchemaRegistry => cachedRegistry('glue', async (id) => {
  try {
    return versionOf(id, await callJson(service, getVersion, { SchemaVersionId: id }, limits), registryName) ?? { missing: true };
  } catch (error) {
    if (isMissing(error)) return { missing: true };
    throw error;
  }
}, now, cache);
