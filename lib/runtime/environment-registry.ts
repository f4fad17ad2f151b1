import type { Registry } from '../../core/contract/registration/registry';
import type { AwsService } from './aws-request';
import { awsService } from './aws-request';
import type { ConfluentRegistrySettings } from './confluent/client';
import type { SchemaRegistry } from './schema-registry';
import { glueSchemaRegistry } from './schema-registry';
import { readVariables } from './variables';

/** The registry of an environment as the command line and Lambdas are told of it: Glue's by its name, another by its address. */
export interface RegistryPlace { readonly name: string; readonly url?: string | undefined; readonly secret?: string | undefined; readonly subjectPrefix?: string | undefined }

/** Where the functions that were granted the registry find it: they read `REGISTRY_NAME`, and `REGISTRY_URL`, `REGISTRY_SECRET` and `SUBJECT_PREFIX` where these are set. */
export const registryPlace = (): RegistryPlace => {
  const { REGISTRY_URL: url, REGISTRY_SECRET: secret, SUBJECT_PREFIX: subjectPrefix } = process.env;
  return { name: readVariables('REGISTRY_NAME').REGISTRY_NAME, url, secret, subjectPrefix };
};

const confluentSettings = async (url: string, { secret, subjectPrefix = '' }: RegistryPlace, secrets: () => AwsService): Promise<ConfluentRegistrySettings> => {
  if (secret === undefined) return { url, subjectPrefix };
  const { secretCredentials } = await import('./confluent/secret');
  return { url, subjectPrefix, credentials: secretCredentials(secret, secrets()) };
};

/** The registry that frames are opened by. What only Confluent's needs is loaded when a frame is met: most batches are plain JSON. */
export const environmentSchemaRegistry = (place: RegistryPlace = registryPlace()): SchemaRegistry => {
  const { url } = place;
  if (url === undefined) return glueSchemaRegistry({ registryName: place.name, service: awsService('glue'), now: Date.now });
  let made: Promise<SchemaRegistry> | undefined;
  const make = async (): Promise<SchemaRegistry> => {
    const { confluentSchemaRegistry } = await import('./confluent/schemas');
    return confluentSchemaRegistry({ ...await confluentSettings(url, place, () => awsService('secretsmanager')), now: Date.now });
  };
  return { kind: 'confluent', resolve: async (ids) => await (await (made ??= make())).resolve(ids) };
};

/** The registry that contracts are registered in. */
export const registrationRegistry = async (place: RegistryPlace, description: string, secrets: () => AwsService = () => awsService('secretsmanager')): Promise<Registry> => {
  if (place.url !== undefined) return (await import('./confluent/registration')).confluentRegistry(await confluentSettings(place.url, place, secrets));
  return (await import('./glue-registry')).glueRegistry(place.name, description);
};
