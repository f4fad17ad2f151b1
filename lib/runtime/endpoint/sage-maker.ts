import type { DescribeEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { DeleteEndpointCommand, DeleteEndpointConfigCommand, DeleteModelCommand, DescribeEndpointCommand, DescribeEndpointConfigCommand, paginateListEndpoints } from '@aws-sdk/client-sagemaker';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { endpointPrefix, isEndpointOf } from '../../../core/model/endpoint';
import type { EndpointPlace } from './place';

/** SageMaker has one name for all that is wrong with a request; its words tell what. */
const isRefusal = (error: unknown, words: RegExp): boolean => error instanceof Error && error.name === 'ValidationException' && words.test(error.message);

/** Runs a call; what it asks for is not there. */
const unlessMissing = async <Value>(call: Promise<Value>): Promise<Value | undefined> => {
  try { return await call; } catch (error) {
    if (isRefusal(error, /could not find/iu)) return undefined;
    throw error;
  }
};

/** Runs a call that makes something of a name that says its content: what is there already is as good. */
export const unlessThere = async (call: Promise<unknown>): Promise<void> => {
  try { await call; } catch (error) {
    if (!isRefusal(error, /already exist/iu)) throw error;
  }
};

/** Runs a call that changes an endpoint; one that somebody else is changing is waited for by whoever calls. */
export const unlessChanging = async (call: Promise<unknown>): Promise<void> => {
  try { await call; } catch (error) {
    if (!isRefusal(error, /in-progress endpoint/iu)) throw error;
  }
};

/** An endpoint as SageMaker has it; `undefined` when there is none of that name. */
export const describeEndpoint = async ({ sageMaker }: EndpointPlace, endpoint: string): Promise<DescribeEndpointCommandOutput | undefined> =>
  await unlessMissing(sageMaker.send(new DescribeEndpointCommand({ EndpointName: endpoint })));

/** Deletes a configuration and the model behind it. */
export const deleteContent = async ({ sageMaker }: EndpointPlace, configuration: string): Promise<void> => {
  const described = await unlessMissing(sageMaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configuration })));
  await unlessMissing(sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configuration })));
  for (const { ModelName } of described?.ProductionVariants ?? []) if (ModelName !== undefined) await unlessMissing(sageMaker.send(new DeleteModelCommand({ ModelName })));
};

/** Deletes an endpoint with what is behind it. @returns false when there was none */
export const deleteEndpoint = async (place: EndpointPlace, endpoint: string): Promise<boolean> => {
  const described = await describeEndpoint(place, endpoint);
  if (described === undefined) return false;
  await unlessMissing(place.sageMaker.send(new DeleteEndpointCommand({ EndpointName: endpoint })));
  if (described.EndpointConfigName !== undefined) await deleteContent(place, described.EndpointConfigName);
  return true;
};

/** What a sweep did. `missed`: deleted endpoints that somebody gave a version's role to in the same moment. */
export interface Sweep { readonly deleted: readonly string[]; readonly missed: readonly string[] }

/**
 * Deletes the endpoints of a model that nobody asks: none that is kept, and none that was changed since a moment, which somebody
 * may be promoting. One that was there all the while may be promoted without a change to it, so each is looked for among those that
 * are kept before it goes, and after.
 */
export const sweepEndpoints = async (place: EndpointPlace, model: ModelDefinition, kept: () => Promise<ReadonlySet<string>>, since: Date): Promise<Sweep> => {
  const { prefix } = place.names;
  const found: string[] = [];
  for await (const { Endpoints = [] } of paginateListEndpoints({ client: place.sageMaker }, { NameContains: endpointPrefix(prefix, model), LastModifiedTimeBefore: since }))
    found.push(...Endpoints.flatMap(({ EndpointName: name }) => (name !== undefined && isEndpointOf(prefix, model, name) ? [name] : [])));
  const deleted: string[] = [];
  for (const name of found) if (!(await kept()).has(name) && await deleteEndpoint(place, name)) deleted.push(name);
  const now = deleted.length > 0 ? await kept() : new Set<string>();
  return { deleted, missed: deleted.filter((name) => now.has(name)) };
};
