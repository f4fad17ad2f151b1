import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { isoText } from '../../core/event/time';
import { sha256 } from '../../core/manifest/hash';
import type { ModelDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ModelMetadata } from '../../core/model/artefact';
import { metadataFault, metadataKey, modelFileKey } from '../../core/model/artefact';
import type { Author, ChangedRoles, PromotionAs, ServingRecord } from '../../core/model/roles';
import { hasEndpoint } from '../../core/model/endpoint';
import { parseServingRecord, promoted, retired, roleOf, rolledBack, servingRecordKey } from '../../core/model/roles';
import { s3Objects } from '../../lib/runtime/object-store';
import { callerArn } from '../caller';
import { CommandError } from '../command-error';
import type { Context } from '../context';
import { endEndpointOf, endpointFor, sweepEndpointsOf } from './model-endpoints';
import { modelNamed } from './training-set';

const clientOf = ({ environment }: Context): S3Client => new S3Client({ region: environment.region });

/** The record with the tag that a change of it is conditioned on. */
const readTagged = async (context: Context, model: ModelDefinition): Promise<{ readonly record: ServingRecord | undefined; readonly tag: string | undefined }> => {
  try {
    const { Body, ETag } = await clientOf(context).send(new GetObjectCommand({ Bucket: context.names.bucket('models'), Key: servingRecordKey(model) }));
    return { record: parseServingRecord(JSON.parse(await Body?.transformToString() ?? 'null'))?.record, tag: ETag };
  } catch (error) {
    if (error instanceof NoSuchKey) return { record: undefined, tag: undefined };
    throw error;
  }
};

/** Which versions of a model do what; `undefined` while none was promoted. */
export const servingRecordOf = async (context: Context, name: string): Promise<ServingRecord | undefined> => (await readTagged(context, modelNamed(context.manifest, name))).record;

/** Refuses a version that serving would refuse: one that is not there, is not for these inputs, or whose file is not what its metadata says. */
const requireServable = async (context: Context, model: ModelDefinition, modelVersion: string): Promise<ModelMetadata> => {
  const store = s3Objects(clientOf(context), context.names.bucket('models'));
  const [metadata, file] = await Promise.all([store.get(metadataKey(model, modelVersion)), store.get(modelFileKey(model, modelVersion))]);
  if (metadata === undefined) throw new CommandError(`${versionedName(model)} has no version ${modelVersion}.`, { next: `npx headrace model ls ${model.name}`, exitCode: 2 });
  const known: unknown = JSON.parse(metadata.toString('utf8'));
  const fault = metadataFault(known, model, modelVersion);
  if (fault) throw new CommandError(fault);
  const { checksum } = known as ModelMetadata;
  const found = file === undefined ? 'not there' : sha256(file);
  if (found !== checksum)
    throw new CommandError(`The file of version ${modelVersion} of ${versionedName(model)} is ${file === undefined ? found : `${found.slice(0, 12)} by its checksum`}; its metadata says ${checksum.slice(0, 12)}. It was changed or lost, and would not be loaded.`, { next: `npx headrace model ls ${model.name}` });
  return known as ModelMetadata;
};

/**
 * Changes the roles: one object, written on condition that it is as it was read, so that of two changes at once one is told.
 */
const changeRoles = async (context: Context, model: ModelDefinition, change: (record: ServingRecord | undefined, author: Author) => ChangedRoles, subject: string): Promise<ServingRecord> => {
  const { record: before, tag } = await readTagged(context, model);
  const after = change(before, { at: isoText(Date.now()), by: await callerArn(context) });
  const next = `npx headrace model show ${model.name}`;
  if (!after.ok) throw new CommandError(`${subject} of ${versionedName(model)}: ${after.problem}.`, { next });
  if (!after.changed) return after.record;
  await clientOf(context).send(new PutObjectCommand({
    Bucket: context.names.bucket('models'), Key: servingRecordKey(model), Body: JSON.stringify(after.record), ContentType: 'application/json', ...(tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }),
  })).catch((error: unknown) => {
    if (error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'ConditionalRequestConflict'))
      throw new CommandError(`The versions of ${versionedName(model)} that serve were changed by somebody else at the same time; nothing was changed by this command.`, { next, cause: error });
    throw error;
  });
  await sweepEndpointsOf(context, model, before, after.record);
  return after.record;
};

/** Gives a version a role. Promoting what has the role already changes nothing. */
export const promoteModel = async (context: Context, name: string, modelVersion: string, as: PromotionAs = { role: 'champion' }): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  const metadata = await requireServable(context, model, modelVersion);
  const endpoint = await endpointFor(context, model, metadata);
  return await changeRoles(context, model, (record, author) => promoted(record, modelVersion, as, author, endpoint), `Version ${modelVersion}`);
};

/** Ends a challenger or a shadow; of a version without a role, the endpoint that is still there. */
export const retireModel = async (context: Context, name: string, modelVersion: string): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  const record = await servingRecordOf(context, name);
  if (record && roleOf(record, modelVersion) === undefined && hasEndpoint(model) && await endEndpointOf(context, model, modelVersion)) return record;
  return await changeRoles(context, model, (current, author) => (current ? retired(current, modelVersion, author) : { ok: false, problem: 'no version was promoted' }), `Version ${modelVersion}`);
};

/** Lets the champion of before answer again. */
export const rollBackModel = async (context: Context, name: string): Promise<ServingRecord> => {
  const model = modelNamed(context.manifest, name);
  const record = await servingRecordOf(context, name);
  const target = record?.before.at(-1);
  const endpoint = target === undefined ? undefined : await endpointFor(context, model, await requireServable(context, model, target));
  return await changeRoles(context, model, (current, author) => {
    if (!current) return { ok: false, problem: 'no version was promoted' };
    // What was found servable is what is rolled back to.
    if (current.before.at(-1) !== target) return { ok: false, problem: 'another version was promoted at the same time' };
    return rolledBack(current, author, endpoint);
  }, 'The champion');
};
