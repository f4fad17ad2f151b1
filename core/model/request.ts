import type { FieldNodes } from '../definition/node';
import { parseTimestamp } from '../event/time';
import type { Value } from '../expression/evaluate';
import type { EntityDefinition, ModelDefinition, ViewDefinition } from '../manifest/manifest';
import { parseField, shown } from './field-value';
import type { RequestFault, Result } from './problem';
import { failed, invalidRequest } from './problem';

/** Values of an entity's key fields, or of a model's request fields. */
export type FieldValues = Readonly<Record<string, Value>>;

/** Which moment is asked for. */
export interface AskedMoment {
  /** Epoch milliseconds; absent: now. */
  readonly at: number | undefined;
  /** Answer for a later moment where the state already holds events at or after `at`. */
  readonly allowNewerState: boolean;
}

export interface PredictionInstance {
  /** By slot. */
  readonly entities: Readonly<Record<string, FieldValues>>;
  readonly request: FieldValues;
  /** Id of the event that will tell the outcome, where the caller knows it: it goes to the log, and into no prediction. */
  readonly reference?: string;
}
export interface PredictionRequest extends AskedMoment { readonly instances: readonly PredictionInstance[] }
export interface FeatureQuery extends AskedMoment { readonly entities: readonly FieldValues[] }

/** Largest body that is read, bytes. */
export const longestBody = 1_000_000;
/** Most instances, or entities, of one request. */
export const mostInstances = 100;
/** Longest reference to an event, characters. */
export const longestReference = 256;
/** A caller's clock may be ahead by this much, milliseconds. */
const clockTolerance = 5 * 60_000;

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Only what the body itself has: never what it inherits, such as `constructor`. */
const member = (of: Members, name: string): unknown => (Object.hasOwn(of, name) ? of[name] : undefined);
const pointerTo = (at: string, name: string): string => `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
const listed = (names: readonly string[]): string => names.join(', ') || 'none';

/**
 * Reads a body as JSON.
 *
 * @param body UTF-8 bytes, as the client sent them
 */
export const readJson = (body: Uint8Array): Result<unknown> => {
  if (body.byteLength > longestBody) return failed('body_too_large', `The body has ${body.byteLength} bytes; the most is ${longestBody}. Send fewer instances at a time.`);
  if (body.byteLength === 0) return failed('bad_json', 'The body is empty; send a JSON object.');
  try {
    return { ok: true, value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch (error) {
    return failed('bad_json', `The body could not be read as JSON: ${error instanceof Error ? error.message : String(error)}. Send a JSON object in UTF-8.`);
  }
};

type Complain = (pointer: string, detail: string) => void;

const refuseUnknown = (of: Members, at: string, known: readonly string[], complain: Complain): void => {
  for (const name of Object.keys(of)) if (!known.includes(name)) complain(pointerTo(at, name), `is not known; allowed are ${listed(known)}`);
};

const readFields = (value: Members, fields: FieldNodes, at: string, complain: Complain): FieldValues => {
  refuseUnknown(value, at, Object.keys(fields), complain);
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => {
    const parsed = parseField(field, member(value, name));
    if (!parsed.ok) complain(pointerTo(at, name), parsed.detail);
    return [name, parsed.ok ? parsed.value : null];
  }));
};

/** An entity's key: an object of its key fields or, when there is but one, its value. */
const readEntity = (value: unknown, entity: EntityDefinition, at: string, complain: Complain): FieldValues => {
  const names = Object.keys(entity.key);
  const [only] = names;
  if (isObject(value)) return readFields(value, entity.key, at, complain);
  if (names.length === 1 && only !== undefined && value !== undefined && value !== null && typeof value !== 'object') {
    const parsed = parseField(entity.key[only] ?? { scalar: 'string', optional: false, personal: false }, value);
    if (!parsed.ok) complain(at, parsed.detail);
    return { [only]: parsed.ok ? parsed.value : null };
  }
  complain(at, `is ${shown(value, Object.values(entity.key).some(({ personal }) => personal))}; give the key of the ${entity.name}: an object with ${listed(names)}`);
  return {};
};

/** What the caller knows the outcome by. Its text may be of somebody, so that no problem repeats it. */
const readReference = (instance: Members, at: string, complain: Complain): Pick<PredictionInstance, 'reference'> => {
  const reference = member(instance, 'reference');
  if (reference === undefined) return {};
  if (typeof reference === 'string' && reference !== '' && reference.length <= longestReference) return { reference };
  complain(`${at}/reference`, `is no reference; it must be a text of 1 to ${longestReference} characters: the id of the event that will tell the outcome`);
  return {};
};

const readInstance = (value: unknown, model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>, at: string, complain: Complain): PredictionInstance => {
  if (!isObject(value)) {
    complain(at, `is ${shown(value)}; it must be an object with entities and request`);
    return { entities: {}, request: {} };
  }
  refuseUnknown(value, at, ['entities', 'request', 'reference'], complain);
  const reference = readReference(value, at, complain);
  const slots = member(value, 'entities') ?? {};
  const keys: Record<string, FieldValues> = {};
  if (!isObject(slots)) complain(`${at}/entities`, `is ${shown(slots)}; it must be an object with ${listed(Object.keys(model.entities))}`);
  else {
    refuseUnknown(slots, `${at}/entities`, Object.keys(model.entities), complain);
    for (const [slot, name] of Object.entries(model.entities)) {
      const entity = entities[name];
      if (entity) keys[slot] = readEntity(member(slots, slot), entity, pointerTo(`${at}/entities`, slot), complain);
    }
  }
  const fields = member(value, 'request') ?? {};
  if (isObject(fields)) return { entities: keys, request: readFields(fields, model.request, `${at}/request`, complain), ...reference };
  complain(`${at}/request`, `is ${shown(fields)}; it must be an object with ${listed(Object.keys(model.request))}`);
  return { entities: keys, request: {} };
};

const readMoment = (body: Members, now: number, complain: Complain): AskedMoment => {
  const [at, allow] = [member(body, 'at'), member(body, 'allowNewerState')];
  if (allow !== undefined && typeof allow !== 'boolean') complain('/allowNewerState', `is ${shown(allow)}; it must be true or false`);
  const moment = typeof at === 'string' ? parseTimestamp(at) : undefined;
  if (at !== undefined && moment === undefined) complain('/at', `is ${shown(at)}; it must be a date and time with its zone, such as "2001-01-31T18:00:00Z"`);
  if (moment !== undefined && moment > now + clockTolerance) complain('/at', `is later than now (${new Date(now).toISOString()}); what will be known then is not known yet: leave it out for now`);
  return { at: moment, allowNewerState: allow === true };
};

/** The members of a body that asks about a list of things, each read by `read`. */
const readList = <Each>(body: unknown, list: string, now: number, read: (value: unknown, at: string, complain: Complain) => Each): Result<AskedMoment & { readonly each: readonly Each[] }> => {
  if (!isObject(body)) return invalidRequest([{ pointer: '', detail: `is ${shown(body)}; it must be an object with ${list}` }]);
  const faults: RequestFault[] = [];
  const complain: Complain = (pointer, detail) => { faults.push({ pointer, detail }); };
  refuseUnknown(body, '', [list, 'at', 'allowNewerState'], complain);
  const moment = readMoment(body, now, complain);
  const values: unknown = member(body, list);
  if (!Array.isArray(values)) complain(`/${list}`, `is ${shown(values)}; it must be a list of 1 to ${mostInstances}`);
  else if (values.length === 0 || values.length > mostInstances) complain(`/${list}`, `has ${values.length} members; it must have 1 to ${mostInstances}${values.length > mostInstances ? ': split the request' : ''}`);
  const each = Array.isArray(values) && values.length <= mostInstances ? values.map((value, index) => read(value, `/${list}/${index}`, complain)) : [];
  return faults.length > 0 ? invalidRequest(faults) : { ok: true, value: { ...moment, each } };
};

/**
 * Reads what a prediction is asked for: `{"instances": [{"entities": {…}, "request": {…}}], "at"?, "allowNewerState"?}`.
 *
 * @param now epoch milliseconds
 * @returns the request, or a problem that names every fault with its place
 */
export const readPredictionRequest = (body: unknown, model: ModelDefinition, entities: Readonly<Record<string, EntityDefinition>>, now: number): Result<PredictionRequest> => {
  const read = readList(body, 'instances', now, (value, at, complain) => readInstance(value, model, entities, at, complain));
  return read.ok ? { ok: true, value: { at: read.value.at, allowNewerState: read.value.allowNewerState, instances: read.value.each } } : read;
};

/** Reads what features are asked for: `{"entities": [{…}], "at"?, "allowNewerState"?}`. */
export const readFeatureQuery = (body: unknown, entity: EntityDefinition, now: number): Result<FeatureQuery> => {
  const read = readList(body, 'entities', now, (value, at, complain) => readEntity(value, entity, at, complain));
  return read.ok ? { ok: true, value: { at: read.value.at, allowNewerState: read.value.allowNewerState, entities: read.value.each } } : read;
};

/** The versions of a definition by its name, the newest first, or the one that `name@vN` names. */
const found = <Definition extends { readonly name: string; readonly version: number }>(definitions: Readonly<Record<string, Definition>>, name: string): readonly Definition[] => {
  const named = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  return named ? [named] : Object.values(definitions).filter((each) => each.name === name).sort((left, right) => right.version - left.version);
};

const versions = (definitions: Readonly<Record<string, unknown>>): string => Object.keys(definitions).join(', ') || 'none';

/** The model that a path names: its newest version, or the one of `name@vN`. */
export const findModel = (models: Readonly<Record<string, ModelDefinition>>, name: string): Result<ModelDefinition> => {
  const [model] = found(models, name);
  return model ? { ok: true, value: model } : failed('unknown_model', `There is no model ${shown(name)}; the models are ${versions(models)}.`);
};

/** The versions of the feature view that a path names, the newest first, or the one of `name@vN`. */
export const findViews = (views: Readonly<Record<string, ViewDefinition>>, name: string): Result<readonly ViewDefinition[]> => {
  const versionsFound = found(views, name);
  return versionsFound.length > 0 ? { ok: true, value: versionsFound } : failed('unknown_view', `There is no feature view ${shown(name)}; the feature views are ${versions(views)}.`);
};
