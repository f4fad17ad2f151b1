import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { endpointNames, endpointsInRoles, endpointsInUse, hasEndpoint } from '../../../core/model/endpoint';
import type { ServingRecord } from '../../../core/model/roles';
import { ensureEndpoint } from './ensure-endpoint';
import type { EndpointPlace } from './place';
import { EndpointFault } from './place';
import type { Sweep } from './sage-maker';
import { deleteEndpoint, sweepEndpoints } from './sage-maker';

/** A prediction API that has not looked at the record for so long has ended. */
const inUseMilliseconds = 60 * 60_000;

/**
 * Called before a version gets a role: an endpoint answers for it, where its model has endpoints.
 *
 * @returns the endpoint, for the record; `undefined` where the prediction API runs the model itself
 * @throws EndpointFault when no endpoint comes up
 */
export const serveVersion = async (place: EndpointPlace, model: ModelDefinition, version: Pick<ModelMetadata, 'modelVersion' | 'checksum'>): Promise<string | undefined> =>
  (hasEndpoint(model) ? (await ensureEndpoint(place, model, version)).endpoint : undefined);

/**
 * Called after the roles changed: deletes the endpoints of versions that nobody asks any more.
 *
 * @param before the roles as they were
 * @param current reads the roles as they are by now: somebody else may change them meanwhile
 */
export const sweepUnused = async (place: EndpointPlace, model: ModelDefinition, before: ServingRecord | undefined, current: () => Promise<ServingRecord | undefined>): Promise<Sweep> => {
  if (!hasEndpoint(model) && endpointsInRoles(before).length === 0) return { deleted: [], missed: [] };
  const since = Date.now() - inUseMilliseconds;
  return await sweepEndpoints(place, model, async () => {
    const record = await current();
    // A record that is gone says nothing of who asks: nothing is deleted by it.
    if (record === undefined) throw new EndpointFault(`${versionedName(model)} has no record of its roles any more`);
    return endpointsInUse(place.names.prefix, model, record, since);
  }, new Date(since));
};

/** Deletes the endpoint of a version without a role, which a rollback may have gone to. @returns false when there was none */
export const endEndpoint = async (place: EndpointPlace, model: ModelDefinition, modelVersion: string): Promise<boolean> => {
  const deleted = await Promise.all(endpointNames(place.names.prefix, model, modelVersion).map(async (name) => await deleteEndpoint(place, name)));
  return deleted.includes(true);
};
