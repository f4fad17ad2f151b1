import {
  CreateRegistryCommand, CreateSchemaCommand, EntityNotFoundException, AlreadyExistsException, GetRegistryCommand, GetSchemaByDefinitionCommand, GetSchemaCommand, GetSchemaVersionCommand,
  GlueClient, ListSchemaVersionsCommand, PutSchemaVersionMetadataCommand, RegisterSchemaVersionCommand, UpdateSchemaCommand,
} from '@aws-sdk/client-glue';
import type { RegisteredVersion, Registry, SchemaName, VersionStatus } from '../../core/contract/registration/registry';

const orUndefined = async <Result>(call: Promise<Result>): Promise<Result | undefined> => {
  try { return await call; } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
};

const version = (id: string | undefined, status: string | undefined): RegisteredVersion => {
  if (id === undefined) throw new Error('the registry gave a schema version without an id.');
  return { id, status: (status ?? 'PENDING') as VersionStatus };
};

/** The registry in Glue. */
export const glueRegistry = (registryName: string, description: string, client: GlueClient = new GlueClient({ maxAttempts: 10 })): Registry => {
  const schemaId = ({ name }: SchemaName) => ({ RegistryName: registryName, SchemaName: name });
  return {
    open: async () => {
      if (await orUndefined(client.send(new GetRegistryCommand({ RegistryId: { RegistryName: registryName } })))) return;
      try { await client.send(new CreateRegistryCommand({ RegistryName: registryName, Description: description })); } catch (error) {
        if (!(error instanceof AlreadyExistsException)) throw error;
      }
    },
    compatibilityOf: async (schema) => (await orUndefined(client.send(new GetSchemaCommand({ SchemaId: schemaId(schema) }))))?.Compatibility,
    setCompatibility: async (schema, mode) => {
      // The checkpoint has to be given too (Glue API reference, UpdateSchema); it stays where it is.
      const { SchemaCheckpoint = 1 } = await client.send(new GetSchemaCommand({ SchemaId: schemaId(schema) }));
      await client.send(new UpdateSchemaCommand({ SchemaId: schemaId(schema), SchemaVersionNumber: { VersionNumber: SchemaCheckpoint }, Compatibility: mode }));
    },
    findVersion: async (schema, definition) => {
      const found = await orUndefined(client.send(new GetSchemaByDefinitionCommand({ SchemaId: schemaId(schema), SchemaDefinition: definition })));
      return found && version(found.SchemaVersionId, found.Status);
    },
    definitionsOf: async (schema) => {
      const found: { readonly number: number; readonly definition: string }[] = [];
      let next: string | undefined;
      do {
        const page = await orUndefined(client.send(new ListSchemaVersionsCommand({ SchemaId: schemaId(schema), MaxResults: 100, ...(next === undefined ? {} : { NextToken: next }) })));
        for (const { SchemaVersionId, VersionNumber, Status } of page?.Schemas ?? []) {
          if (Status !== 'AVAILABLE' || SchemaVersionId === undefined) continue;
          const { SchemaDefinition } = await client.send(new GetSchemaVersionCommand({ SchemaVersionId }));
          if (SchemaDefinition !== undefined) found.push({ number: VersionNumber ?? 0, definition: SchemaDefinition });
        }
        next = page?.NextToken;
      } while (next);
      return found.sort((left, right) => left.number - right.number).map(({ definition }) => ({ definition }));
    },
    create: async (schema, mode, definition) => {
      const made = await client.send(new CreateSchemaCommand({ RegistryId: { RegistryName: registryName }, SchemaName: schema.name, DataFormat: schema.format, Compatibility: mode, SchemaDefinition: definition }));
      return version(made.SchemaVersionId, made.SchemaVersionStatus);
    },
    register: async (schema, definition) => {
      const made = await client.send(new RegisterSchemaVersionCommand({ SchemaId: schemaId(schema), SchemaDefinition: definition }));
      return version(made.SchemaVersionId, made.Status);
    },
    statusOf: async (id) => version(id, (await client.send(new GetSchemaVersionCommand({ SchemaVersionId: id }))).Status).status,
    describe: async (id, metadata) => {
      for (const [MetadataKey, MetadataValue] of Object.entries(metadata)) {
        try { await client.send(new PutSchemaVersionMetadataCommand({ SchemaVersionId: id, MetadataKeyValue: { MetadataKey, MetadataValue } })); } catch (error) {
          if (!(error instanceof AlreadyExistsException)) throw error;
        }
      }
    },
  };
};
