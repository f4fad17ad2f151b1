import { isoText } from '../../core/event/time';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { hasEndpoint } from '../../core/model/endpoint';
import type { Author, PromotionAs, ServingRecord } from '../../core/model/roles';
import { roleOf } from '../../core/model/roles';
import type { RolesEffects, RolesOutcome } from '../../lib/runtime/model/roles';
import { promoteVersion, retireVersion, rolesOf, rollBackRoles } from '../../lib/runtime/model/roles';
import { callerArn } from '../caller';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { modelZoneOf } from './model-zone';
import { endEndpointOf, endpointFor, sweepEndpointsOf } from './model-endpoints';
import { requireRegistered } from './registered-version';
import { modelNamed } from './training-set';

const authorOf = async (context: Context): Promise<Author> => ({ at: isoText(Date.now()), by: await callerArn(context) });

const effectsOf = (context: Context, model: ModelDefinition): RolesEffects => ({
  endpointFor: async (version) => await endpointFor(context, model, version),
  changed: async (before) => { await sweepEndpointsOf(context, model, before); },
});

const recordOf = (outcome: RolesOutcome): ServingRecord => {
  if (outcome.ok) return outcome.record;
  throw new CommandError(outcome.problem, { next: outcome.next, ...(outcome.isWrongUse === true ? { exitCode: 2 } : {}) });
};

/** Which versions of a model do what; `undefined` while none was promoted. */
export const servingRecordOf = async (context: Context, name: string): Promise<ServingRecord | undefined> => rolesOf(modelZoneOf(context), modelNamed(context.manifest, name));

/** Gives a version a role. Promoting what has the role already changes nothing. */
export const promoteModel = async (context: Context, name: string, modelVersion: string, as: PromotionAs = { role: 'champion' }): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  return recordOf(await promoteVersion(modelZoneOf(context), model, modelVersion, await authorOf(context), { as, effects: effectsOf(context, model) }));
};

/** Ends a challenger or a shadow; of a version without a role, the endpoint that is still there. */
export const retireModel = async (context: Context, name: string, modelVersion: string): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  const record = await servingRecordOf(context, name);
  if (record && roleOf(record, modelVersion) === undefined && hasEndpoint(model) && await endEndpointOf(context, model, modelVersion)) {
    const now = await servingRecordOf(context, name);
    if (now && roleOf(now, modelVersion) !== undefined) throw new CommandError(`Version ${modelVersion} of ${name} was promoted by somebody else while its endpoint was deleted.`, { next: `npx headrace model promote ${name} ${modelVersion}` });
    return record;
  }
  const outcome = await retireVersion(modelZoneOf(context), model, modelVersion, await authorOf(context), effectsOf(context, model));
  if (!outcome.ok && roleOf(record, modelVersion) === undefined) await requireRegistered(context, name, modelVersion);
  return recordOf(outcome);
};

/** Lets the champion of before answer again. */
export const rollBackModel = async (context: Context, name: string): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  return recordOf(await rollBackRoles(modelZoneOf(context), model, await authorOf(context), effectsOf(context, model)));
};
