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

/** Finds schema versions by their ids. */
export interface SchemaRegistry {
  /** What each id stands for; an id for which the registry gave no answer is `failing`, and worth another try later. */
  readonly resolve: (ids: Iterable<string>) => Promise<ReadonlyMap<string, KnownSchema>>;
}

const getVersion = { target: 'AWSGlue.GetSchemaVersion', jsonVersion: '1.1' } as const;
const limits = { timeoutMilliseconds: 3000, attempts: 4, baseMilliseconds: 100, longestMilliseconds: 2000 };
/** Calls at a time: ids that are made up cannot flood the registry, they wait for each other. */
const inFlight = 4;

interface Answer { readonly SchemaDefinition?: string; readonly DataFormat?: string; readonly SchemaArn?: string; readonly VersionNumber?: number; readonly Status?: string; readonly CreatedTime?: string }

const versionOf = (id: string, { SchemaDefinition, DataFormat, SchemaArn = '', VersionNumber = 0, Status, CreatedTime = '' }: Answer, registry: string): SchemaVersion | undefined => {
  const [registryName, schemaName] = SchemaArn.slice(SchemaArn.lastIndexOf(':schema/') + ':schema/'.length).split('/');
  // Another registry's schemas are no contracts of this environment, and what is not available was never agreed to.
  if (Status !== 'AVAILABLE' || registryName !== registry || schemaName === undefined || SchemaDefinition === undefined || (DataFormat !== 'AVRO' && DataFormat !== 'JSON')) return undefined;
  return { id, schemaName, registryName, format: DataFormat, definition: SchemaDefinition, versionNumber: VersionNumber, createdAt: Date.parse(CreatedTime) };
};

const isMissing = (error: unknown): boolean => error instanceof ServiceFault && (error.code === 'EntityNotFoundException' || error.code === 'InvalidInputException');

/** The Glue Schema Registry, with a cache before it: one call for an id at a time, whoever asks. */
export const glueSchemaRegistry = ({ registryName, service, now, cache = schemaCache() }: SchemaRegistrySettings): SchemaRegistry => {
  const flights = new Map<string, Promise<void>>();

  const ask = async (id: string): Promise<void> => {
    try {
      const version = versionOf(id, await callJson(service, getVersion, { SchemaVersionId: id }, limits), registryName);
      if (version === undefined) cache.missing(id, now());
      else cache.found(version);
    } catch (error) {
      if (isMissing(error)) cache.missing(id, now());
      else cache.failed(id, error, now());
    }
  };
  const flight = (id: string): Promise<void> => {
    const flying = flights.get(id) ?? ask(id).finally(() => { flights.delete(id); });
    flights.set(id, flying);
    return flying;
  };

  return {
    resolve: async (ids) => {
      const asked = new Set(ids);
      const unknown = [...asked].filter((id) => cache.get(id, now()) === undefined);
      const known = new Map<string, KnownSchema>();
      await Promise.all(Array.from({ length: Math.min(inFlight, unknown.length) }, async () => {
        for (let id = unknown.pop(); id !== undefined; id = unknown.pop()) {
          await flight(id);
          // Taken at once: with very many ids the cache may have forgotten it when all have been asked for.
          known.set(id, cache.get(id, now()) ?? { kind: 'failing', error: new Error(`the schema version ${id} could not be kept`) });
        }
      }));
      for (const id of asked) {
        const each = known.get(id) ?? cache.get(id, now());
        known.set(id, each ?? { kind: 'failing', error: new Error(`the schema version ${id} could not be kept`) });
      }
      return known;
    },
  };
};
