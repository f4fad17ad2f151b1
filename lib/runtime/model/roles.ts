import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { ModelMetadata } from '../../../core/model/artefact';
import { metadataFault, metadataKey, modelFileKey } from '../../../core/model/artefact';
import type { Author, ChangedRoles, PromotionAs, ServingRecord } from '../../../core/model/roles';
import { parseServingRecord, promoted, retired, rolledBack, servingRecordKey } from '../../../core/model/roles';
import { s3Objects } from '../object-store';
import type { ModelZone } from './registry';
import { isConditionFailure, zoneClient } from './registry';

/** The roles as they stand after a change, or why they were not changed. `isWrongUse`: there is no such version. */
export type RolesOutcome = { readonly ok: true; readonly record: ServingRecord } | { readonly ok: false; readonly problem: string; readonly next: string; readonly isWrongUse?: boolean };

type Refusal = Extract<RolesOutcome, { ok: false }>;

/** What a change of the roles does beside it, where versions are served elsewhere than in the API's process. */
export interface RolesEffects {
  /** Lets an endpoint answer for a version before it gets a role; gives its name, where its model has endpoints. */
  readonly endpointFor: (version: ModelMetadata) => Promise<string | undefined>;
  readonly changed: (before: ServingRecord | undefined) => Promise<void>;
}

const nothingBeside: RolesEffects = { endpointFor: () => Promise.resolve(undefined), changed: () => Promise.resolve() };

/** The record with the tag that a change of it is conditioned on. */
const readTagged = async (zone: ModelZone, model: ModelDefinition): Promise<{ readonly record: ServingRecord | undefined; readonly tag: string | undefined }> => {
  try {
    const { Body, ETag } = await zoneClient(zone).send(new GetObjectCommand({ Bucket: zone.bucket, Key: servingRecordKey(model) }));
    return { record: parseServingRecord(JSON.parse(await Body?.transformToString() ?? 'null'))?.record, tag: ETag };
  } catch (error) {
    if (error instanceof NoSuchKey) return { record: undefined, tag: undefined };
    throw error;
  }
};

/** Which versions of a model do what; `undefined` while none was promoted. */
export const rolesOf = async (zone: ModelZone, model: ModelDefinition): Promise<ServingRecord | undefined> => (await readTagged(zone, model)).record;

/** Refuses a version that serving would refuse: one that is not there, is not for these inputs, or whose file is not what its metadata says. */
const servable = async (zone: ModelZone, model: ModelDefinition, modelVersion: string): Promise<Refusal | { readonly ok: true; readonly metadata: ModelMetadata }> => {
  const store = s3Objects(zoneClient(zone), zone.bucket);
  const [metadata, file] = await Promise.all([store.get(metadataKey(model, modelVersion)), store.get(modelFileKey(model, modelVersion))]);
  const next = `npx headrace model ls ${model.name}`;
  if (metadata === undefined) return { ok: false, problem: `${versionedName(model)} has no version ${modelVersion}.`, next, isWrongUse: true };
  const known: unknown = JSON.parse(metadata.toString('utf8'));
  const fault = metadataFault(known, model, modelVersion);
  if (fault) return { ok: false, problem: fault, next };
  const { checksum } = known as ModelMetadata;
  const found = file === undefined ? 'not there' : sha256(file);
  return found === checksum ? { ok: true, metadata: known as ModelMetadata }
    : { ok: false, problem: `The file of version ${modelVersion} of ${versionedName(model)} is ${file === undefined ? found : `${found.slice(0, 12)} by its checksum`}; its metadata says ${checksum.slice(0, 12)}. It was changed or lost, and would not be loaded.`, next };
};

/** Changes the roles: one object, written on condition that it is as it was read, so that of two changes at once one is told. */
const changeRoles = async (zone: ModelZone, model: ModelDefinition, change: (record: ServingRecord | undefined) => ChangedRoles, subject: string, { changed }: Pick<RolesEffects, 'changed'>): Promise<RolesOutcome> => {
  const { record: before, tag } = await readTagged(zone, model);
  const after = change(before);
  const next = `npx headrace model show ${model.name}`;
  if (!after.ok) return { ok: false, problem: `${subject} of ${versionedName(model)}: ${after.problem}.`, next };
  if (!after.changed) return { ok: true, record: after.record };
  try {
    await zoneClient(zone).send(new PutObjectCommand({
      Bucket: zone.bucket, Key: servingRecordKey(model), Body: JSON.stringify(after.record), ContentType: 'application/json', ...(tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }),
    }));
  } catch (error) {
    if (isConditionFailure(error)) return { ok: false, problem: `The versions of ${versionedName(model)} that serve were changed by somebody else at the same time; nothing was changed by this command.`, next };
    throw error;
  }
  await changed(before);
  return { ok: true, record: after.record };
};

/**
 * The effects of a change that gives a version a role: its endpoint is looked at once more when the role is written. Whoever swept
 * endpoints meanwhile saw no role, and may have deleted it; whoever begins now sees one.
 */
const confirming = (effects: RolesEffects, version: ModelMetadata, endpoint: string | undefined): Pick<RolesEffects, 'changed'> => ({
  changed: async (before) => {
    if (endpoint !== undefined) await effects.endpointFor(version);
    await effects.changed(before);
  },
});

/** How a version is promoted. */
export interface PromotionOptions {
  /** The champion, unless said otherwise. */
  readonly as?: PromotionAs;
  /** The champion that there must still be, null for none: whoever compared a version with it promotes it over no other. */
  readonly over?: string | null;
  readonly effects?: RolesEffects;
}

/** Gives a version a role. Promoting what has the role already changes nothing. */
export const promoteVersion = async (zone: ModelZone, model: ModelDefinition, modelVersion: string, author: Author, { as = { role: 'champion' }, over, effects = nothingBeside }: PromotionOptions = {}): Promise<RolesOutcome> => {
  const found = await servable(zone, model, modelVersion);
  if (!found.ok) return found;
  const endpoint = await effects.endpointFor(found.metadata);
  return await changeRoles(zone, model, (record) => {
    const now = record?.modelVersion ?? null;
    if (over !== undefined && over !== now && now !== modelVersion) return { ok: false, problem: `it was compared with ${over ?? 'no champion'}, and the champion is now ${now ?? 'none'}` };
    return promoted(record, modelVersion, as, author, endpoint);
  }, `Version ${modelVersion}`, confirming(effects, found.metadata, endpoint));
};

/** Ends a challenger or a shadow. */
export const retireVersion = async (zone: ModelZone, model: ModelDefinition, modelVersion: string, author: Author, effects: RolesEffects): Promise<RolesOutcome> =>
  await changeRoles(zone, model, (record) => (record ? retired(record, modelVersion, author) : { ok: false, problem: 'no version was promoted' }), `Version ${modelVersion}`, effects);

/** Lets the champion of before answer again. */
export const rollBackRoles = async (zone: ModelZone, model: ModelDefinition, author: Author, effects: RolesEffects): Promise<RolesOutcome> => {
  const target = (await rolesOf(zone, model))?.before.at(-1);
  const found = target === undefined ? undefined : await servable(zone, model, target);
  if (found?.ok === false) return found;
  const endpoint = found === undefined ? undefined : await effects.endpointFor(found.metadata);
  return await changeRoles(zone, model, (current) => {
    if (!current) return { ok: false, problem: 'no version was promoted' };
    // What was found servable is what is rolled back to.
    if (current.before.at(-1) !== target) return { ok: false, problem: 'another version was promoted at the same time' };
    return rolledBack(current, author, endpoint);
  }, 'The champion', found === undefined ? effects : confirming(effects, found.metadata, endpoint));
};
