import { spawnSync } from 'node:child_process';
import type { Compatibility, DataFormat } from '@aws-sdk/client-glue';
import { CreateSchemaCommand, GetSchemaVersionCommand, GlueClient, RegisterSchemaVersionCommand } from '@aws-sdk/client-glue';
import { commandOf } from '../../../local/process';

/** An Avro record with one field, and others. */
export const avro = (...fields: readonly object[]): string => JSON.stringify({ type: 'record', name: 'landed', namespace: 'flight', fields: [{ name: 'origin', type: 'string' }, ...fields] });
export const optionalCarrier = { name: 'carrier', type: ['null', 'string'], default: null };
export const requiredGate = { name: 'gate', type: 'string' };

export const registryName = 'contracts';
export const id = (SchemaName: string) => ({ RegistryName: registryName, SchemaName });
export const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

interface Creation { readonly format?: DataFormat; readonly definition?: string; readonly compatibility?: Compatibility; readonly tags?: Record<string, string> }

/** The calls that most tests make, to a registry of the local cloud. */
export const registryAt = (endpoint: string) => {
  const client = new GlueClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
  const settled = async (SchemaVersionId: string | undefined): Promise<string | undefined> => {
    for (;;) {
      const { Status } = await client.send(new GetSchemaVersionCommand({ SchemaVersionId }));
      if (Status !== 'PENDING') return Status;
      await sleep(50);
    }
  };
  const create = (SchemaName: string, { format = 'AVRO', definition = avro(), compatibility = 'BACKWARD', tags = {} }: Creation = {}) =>
    client.send(new CreateSchemaCommand({ RegistryId: { RegistryName: registryName }, SchemaName, DataFormat: format, Compatibility: compatibility, SchemaDefinition: definition, Tags: tags }));
  return {
    client,
    settled,
    create,
    /** Makes a schema and waits until its first version has settled; gives that version's id. */
    created: async (name: string, creation: Creation = {}): Promise<string | undefined> => {
      const { SchemaVersionId } = await create(name, creation);
      await settled(SchemaVersionId);
      return SchemaVersionId;
    },
    /** Registers a version and gives what became of it. */
    register: async (name: string, definition: string): Promise<string | undefined> =>
      settled((await client.send(new RegisterSchemaVersionCommand({ SchemaId: id(name), SchemaDefinition: definition }))).SchemaVersionId),
  };
};

/** Processes of the compatibility checker that a process started. */
export const checkersOf = (parent: number): readonly number[] =>
  spawnSync('ps', ['-ax', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout.split('\n').map((line) => line.trim().split(/\s+/u).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent && /schema-registry.main\.[jt]s/u.test(commandOf(pid)) ? [pid] : []));
