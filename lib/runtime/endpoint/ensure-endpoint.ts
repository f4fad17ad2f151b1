import { setTimeout as pause } from 'node:timers/promises';
import type { DescribeEndpointCommandOutput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { CreateEndpointCommand, CreateEndpointConfigCommand, CreateModelCommand, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import type { EndpointCapacity, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { endpointContentName, endpointName, endpointVariables } from '../../../core/model/endpoint';
import { keepArchive } from './keep-archive';
import type { EndpointPlace, EndpointProgram } from './place';
import { EndpointFault, endpointProgram } from './place';
import { deleteContent, deleteEndpoint, describeEndpoint, unlessChanging, unlessThere } from './sage-maker';

/** SageMaker gives up on a container that does not start after some 15 minutes; machines have to come first. */
const longestMilliseconds = 45 * 60_000;
const longestPause = 15_000;

/** Variables of the containers: the program is installed from the archive, by a build that asks no package index. */
const containerVariables = { SAGEMAKER_PROGRAM: 'inference.py', SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code', PIP_NO_INDEX: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' } as const;

const variantOf = (capacity: EndpointCapacity): Omit<ProductionVariant, 'ModelName'> => (capacity.kind === 'serverless'
  ? { VariantName: 'all', ServerlessConfig: { MemorySizeInMB: capacity.memoryMegabytes, MaxConcurrency: capacity.maxConcurrency } }
  : { VariantName: 'all', InstanceType: capacity.instanceType as NonNullable<ProductionVariant['InstanceType']>, InitialInstanceCount: capacity.instances, InitialVariantWeight: 1 });

/** Makes the model and the configuration of an endpoint; their common name says what they are made of. */
const makeContent = async ({ sageMaker, names }: EndpointPlace, endpoint: string, archive: string, { image, role }: EndpointProgram, variables: Readonly<Record<string, string>>, capacity: EndpointCapacity): Promise<string> => {
  const container = { Image: image, ModelDataUrl: `s3://${names.bucket('models')}/${archive}`, Environment: { ...containerVariables, ...variables } };
  const variant = variantOf(capacity);
  const name = endpointContentName(endpoint, { container, role, variant });
  await unlessThere(sageMaker.send(new CreateModelCommand({ ModelName: name, PrimaryContainer: container, ExecutionRoleArn: role })));
  await unlessThere(sageMaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [{ ...variant, ModelName: name }] })));
  return name;
};

/** Waits until an endpoint is at rest. */
const settled = async (place: EndpointPlace, endpoint: string): Promise<DescribeEndpointCommandOutput | undefined> => {
  const deadline = Date.now() + longestMilliseconds;
  for (let wait = 200; ; wait = Math.min(wait * 1.5, longestPause)) {
    const described = await describeEndpoint(place, endpoint);
    if (described === undefined || ['InService', 'Failed', 'OutOfService', 'UpdateRollbackFailed'].includes(described.EndpointStatus ?? '')) return described;
    if (Date.now() > deadline) throw new EndpointFault(`the endpoint ${endpoint} has been ${described.EndpointStatus} for ${longestMilliseconds / 60_000} minutes; look at it: aws sagemaker describe-endpoint --endpoint-name ${endpoint}`);
    await pause(wait);
  }
};

/** What became of the endpoint of a version. */
export interface EnsuredEndpoint { readonly endpoint: string; readonly changed: boolean }

/**
 * Lets an endpoint answer for a version, as the model's definition has it, and waits until it does. An endpoint that is
 * there is taken as it is, or updated where it is made of something else: SageMaker starts the new machines beside the old,
 * and keeps these when the new do not come up. One that does not come up at all is deleted again.
 *
 * @throws EndpointFault when it does not come up: nothing that answered before was touched
 */
export const ensureEndpoint = async (place: EndpointPlace, model: ModelDefinition, { modelVersion, checksum }: Pick<ModelMetadata, 'modelVersion' | 'checksum'>): Promise<EnsuredEndpoint> => {
  const capacity = model.serving?.endpoint;
  if (capacity === undefined) throw new EndpointFault(`${versionedName(model)} has no endpoint in its definition`);
  const program = await endpointProgram(place, model);
  const archive = await keepArchive(place, model, modelVersion, program);
  const endpoint = endpointName(place.names.prefix, model, modelVersion, capacity.kind);
  let before = await settled(place, endpoint);
  if (before !== undefined && before.EndpointStatus !== 'InService') {
    // Of a promotion that did not get so far as to delete it.
    await deleteEndpoint(place, endpoint);
    await settled(place, endpoint);
    before = undefined;
  }
  // Now and not before: whoever deletes an endpoint deletes what it is made of.
  const content = await makeContent(place, endpoint, archive, program, endpointVariables(model, checksum), capacity);
  const former = before?.EndpointConfigName;
  if (former === content) return { endpoint, changed: false };
  // Where somebody else promotes the same version at once, both wait for the one endpoint.
  if (before === undefined) await unlessThere(place.sageMaker.send(new CreateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: content })));
  else await unlessChanging(place.sageMaker.send(new UpdateEndpointCommand({ EndpointName: endpoint, EndpointConfigName: content })));
  const after = await settled(place, endpoint);
  if (after?.EndpointStatus === 'InService' && after.EndpointConfigName === content) {
    if (former !== undefined) await deleteContent(place, former);
    return { endpoint, changed: true };
  }
  const isOthers = after?.EndpointStatus === 'InService' && after.EndpointConfigName !== former;
  const reason = after?.FailureReason ?? (isOthers ? 'somebody else made it of something else at the same time; promote the version again' : `it is ${after?.EndpointStatus ?? 'deleted'}`);
  if (former === undefined && after?.EndpointConfigName === content) await deleteEndpoint(place, endpoint);
  else await deleteContent(place, content);
  throw new EndpointFault(`the endpoint ${endpoint} of version ${modelVersion} did not come up: ${reason}. Its log is /aws/sagemaker/Endpoints/${endpoint}`);
};
