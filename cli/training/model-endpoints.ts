import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { ModelDefinition } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import { endpointsInRoles } from '../../core/model/endpoint';
import type { ServingRecord } from '../../core/model/roles';
import type { EndpointPlace } from '../../lib/runtime/endpoint/place';
import { EndpointFault } from '../../lib/runtime/endpoint/place';
import { describeEndpoint } from '../../lib/runtime/endpoint/sage-maker';
import { endEndpoint, serveVersion, sweepUnused } from '../../lib/runtime/endpoint/serve-version';
import { rolesOf } from '../../lib/runtime/model/roles';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { modelZoneOf } from './model-zone';

const placeOf = ({ names, environment: { region } }: Context): EndpointPlace => ({ names, sageMaker: new SageMakerClient({ region }), s3: new S3Client({ region }), ssm: new SSMClient({ region }) });

/** Lets an endpoint answer for a version before it gets a role, where its model has endpoints. */
export const endpointFor = async (context: Context, model: ModelDefinition, version: ModelMetadata): Promise<string | undefined> => {
  try {
    return await serveVersion(placeOf(context), model, version);
  } catch (error) {
    if (error instanceof EndpointFault) throw new CommandError(`Version ${version.modelVersion} of ${model.name} has no endpoint that answers for it: ${error.message}.`, { next: `npx headrace model show ${model.name}`, cause: error });
    throw error;
  }
};

/** Deletes the endpoints that nobody asks after a change of the roles. The change stands, whatever becomes of them. */
export const sweepEndpointsOf = async (context: Context, model: ModelDefinition, before: ServingRecord | undefined): Promise<void> => {
  try {
    const { deleted, missed } = await sweepUnused(placeOf(context), model, before, async () => await rolesOf(modelZoneOf(context), model));
    for (const endpoint of deleted) process.stderr.write(`deleted the endpoint ${endpoint}, which no version needs\n`);
    for (const endpoint of missed) process.stderr.write(`somebody gave a role to the version of ${endpoint} in the same moment: promote that version again, and it comes back (npx headrace model show ${model.name})\n`);
  } catch (error) {
    process.stderr.write(`endpoints that no version needs could not be deleted, the next change of the roles tries again: ${String(error)}\n`);
  }
};

/** Deletes the endpoint of a version without a role. @returns false when there was none */
export const endEndpointOf = async (context: Context, model: ModelDefinition, modelVersion: string): Promise<boolean> => await endEndpoint(placeOf(context), model, modelVersion);

/** The endpoints of versions in roles, with what SageMaker says of each. */
export const endpointStatuses = async (context: Context, record: ServingRecord): Promise<Readonly<Record<string, string>>> => {
  const place = placeOf(context);
  return Object.fromEntries(await Promise.all(endpointsInRoles(record).map(async (endpoint): Promise<[string, string]> => [endpoint, (await describeEndpoint(place, endpoint))?.EndpointStatus ?? 'missing'])));
};
