import { GetSchemaByDefinitionCommand, GlueClient } from '@aws-sdk/client-glue';
import { writeFrame } from '../../core/contract/frame';
import { contractAvroSchema } from '../../core/contract/schemas/avro';
import { contractJsonSchema } from '../../core/contract/schemas/json';
import type { Event } from '../../core/definition/source';
import { canonicalJson } from '../../core/manifest/hash';
import { versionedName } from '../../core/manifest/manifest';
import { encodeAvro } from '../runtime/wire/avro';
import { deflate } from '../runtime/wire/inflate';
import type { EncodeEvent } from './encoding';

export interface GlueEncodingSettings {
  /** `headrace-<environment>`, where a deploy has registered the contracts. */
  readonly registryName: string;
  readonly format: 'AVRO' | 'JSON';
  readonly compression?: 'none' | 'zlib';
  readonly client?: GlueClient;
}

interface Registered { readonly schemaVersionId: string; readonly definition: string }

const schemas = {
  AVRO: { ending: 'avro', schemaOf: contractAvroSchema },
  JSON: { ending: 'json', schemaOf: contractJsonSchema },
} as const;

/**
 * Writes events in frames of the Glue Schema Registry, by the schema that is registered for their contract. Each contract is
 * looked up once.
 *
 * @throws Error, when an event is put, if its contract is not registered
 */
export const glueFrames = ({ registryName, format, compression = 'none', client = new GlueClient({}) }: GlueEncodingSettings): EncodeEvent => {
  const { ending, schemaOf } = schemas[format];
  const registered = new Map<string, Promise<Registered>>();

  const find = async (type: Event): Promise<Registered> => {
    const definition = canonicalJson(schemaOf(type));
    const found = await client.send(new GetSchemaByDefinitionCommand({ SchemaId: { RegistryName: registryName, SchemaName: `${type.name}.${ending}` }, SchemaDefinition: definition }));
    if (found.SchemaVersionId === undefined || found.Status !== 'AVAILABLE') throw new Error(`${versionedName(type)} is ${found.Status ?? 'not registered'} in ${registryName}; deploy it first.`);
    return { schemaVersionId: found.SchemaVersionId, definition };
  };
  const lookUp = (type: Event): Promise<Registered> => {
    const name = versionedName(type);
    const found = registered.get(name) ?? find(type).catch((error: unknown) => {
      registered.delete(name);
      throw error;
    });
    registered.set(name, found);
    return found;
  };

  return async (type, event) => {
    const { schemaVersionId, definition } = await lookUp(type);
    const payload = format === 'AVRO' ? encodeAvro(definition, event) : Buffer.from(JSON.stringify(event), 'utf8');
    return writeFrame({ registry: 'glue', schemaVersionId, compression, payload: compression === 'zlib' ? deflate(payload) : payload });
  };
};
