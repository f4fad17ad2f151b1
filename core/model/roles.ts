import type { ModelDefinition } from '../manifest/manifest';
import { isVersionId } from './artefact';

/** What a version of a model does: it answers, it answers for a share of the entities, or it predicts beside the answers. */
export const roles = ['champion', 'challenger', 'shadow'] as const;
export type Role = (typeof roles)[number];

/** A version in a role: since when, and who said so. */
export interface Promotion {
  readonly modelVersion: string;
  /** ISO 8601. */
  readonly promotedAt: string;
  /** ARN of the caller; absent where a release wrote the record that did not ask. */
  readonly promotedBy?: string;
  /** The SageMaker endpoint that answers for the version; absent where the prediction API runs it itself. */
  readonly endpoint?: string;
}

/** The version that answers for a share of the entities. */
export interface Challenger extends Promotion {
  /** Share of the entities, over 0 and under 1. */
  readonly weight: number;
}

/** One change of the roles, for people. */
export interface RoleChange {
  readonly at: string;
  readonly by?: string;
  readonly change: 'promote' | 'rollback' | 'retire';
  readonly modelVersion: string;
  readonly role: Role;
  readonly weight?: number;
  /** The version that had the role before. */
  readonly replaced?: string;
}

/**
 * Which versions of a model do what: the one object that is changed when anything is promoted. Its own members are the
 * champion's, as they were when there were no other roles: whoever reads only these still finds who answers.
 */
export interface ServingRecord extends Promotion {
  readonly challenger?: Challenger;
  readonly shadows: readonly Promotion[];
  /** Champions of before, the newest last: where a rollback goes. */
  readonly before: readonly string[];
  /** The newest last. */
  readonly history: readonly RoleChange[];
}

/** Each costs the time of its run; and their events are put in one call, for which Kinesis takes 500 records: a request has at most 100 instances. */
export const mostShadows = 3;
/** The record is read by every Lambda twice a minute: it stays small. Older records are versions of the object. */
const mostBefore = 20;
const mostHistory = 100;

/** Key of the record in the models bucket. */
export const servingRecordKey = (model: Pick<ModelDefinition, 'name' | 'version'>): string => `models/${model.name}/v${model.version}/champion.json`;

/** Whether a number is a share that a challenger can have. */
export const isWeight = (share: number): boolean => share > 0 && share < 1;

type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const promotionOf = (json: unknown): Promotion | undefined => {
  if (!isObject(json) || !isVersionId(json['modelVersion'])) return undefined;
  const { modelVersion, promotedAt, promotedBy, endpoint } = json;
  return { modelVersion, promotedAt: typeof promotedAt === 'string' ? promotedAt : '', ...(typeof promotedBy === 'string' ? { promotedBy } : {}), ...(typeof endpoint === 'string' ? { endpoint } : {}) };
};

const challengerOf = (json: unknown): Challenger | undefined => {
  const promotion = promotionOf(json);
  const weight = isObject(json) ? json['weight'] : undefined;
  return promotion && typeof weight === 'number' && isWeight(weight) ? { ...promotion, weight } : undefined;
};

const isChange = (json: unknown): json is RoleChange =>
  isObject(json) && typeof json['at'] === 'string' && isVersionId(json['modelVersion']) && roles.some((role) => role === json['role']) && ['promote', 'rollback', 'retire'].includes(String(json['change']));

/** A record that was read, and what of it says nothing that can be served. */
export interface ReadRecord { readonly record: ServingRecord; readonly faults: readonly string[] }

/**
 * Reads the record. A challenger or shadow that cannot be read is left out, and told: the champion answers all the same.
 *
 * @returns `undefined` when it names no champion
 */
export const parseServingRecord = (json: unknown): ReadRecord | undefined => {
  const champion = promotionOf(json);
  if (!champion || !isObject(json)) return undefined;
  const challenger = challengerOf(json['challenger']);
  const shadows = listOf(json['shadows']).map(promotionOf);
  const faults = [
    ...(json['challenger'] !== undefined && !challenger ? ['its challenger is no version with a weight over 0 and under 1'] : []),
    ...(shadows.includes(undefined) || (json['shadows'] !== undefined && !Array.isArray(json['shadows'])) ? ['one of its shadows is no version'] : []),
    ...(shadows.length > mostShadows ? [`it has ${shadows.length} shadows, the most is ${mostShadows}`] : []),
  ];
  return {
    record: {
      ...champion, ...(challenger ? { challenger } : {}), shadows: shadows.filter((each) => each !== undefined).slice(0, mostShadows),
      before: listOf(json['before']).filter(isVersionId), history: listOf(json['history']).filter(isChange),
    },
    faults,
  };
};

/** The role that a version has; `undefined` when it has none. */
export const roleOf = (record: ServingRecord | undefined, modelVersion: string): Role | undefined => {
  if (record?.modelVersion === modelVersion) return 'champion';
  if (record?.challenger?.modelVersion === modelVersion) return 'challenger';
  return record?.shadows.some((shadow) => shadow.modelVersion === modelVersion) ? 'shadow' : undefined;
};

/** Who changes the roles, and when. */
export interface Author { readonly at: string; readonly by?: string }

/** A version that gets a role: with its endpoint, where one answers for it. */
interface Candidate { readonly modelVersion: string; readonly endpoint?: string | undefined }

/** The record after a change, or why there is none. `changed` is false where everything was so already. */
export type ChangedRoles = { readonly ok: true; readonly record: ServingRecord; readonly changed: boolean } | { readonly ok: false; readonly problem: string };

const refused = (problem: string): ChangedRoles => ({ ok: false, problem });
const promotionBy = ({ modelVersion, endpoint }: Candidate, { at, by }: Author): Promotion => ({ modelVersion, promotedAt: at, ...(by === undefined ? {} : { promotedBy: by }), ...(endpoint === undefined ? {} : { endpoint }) });

/** A version has one role: who gets another loses the one of before. */
const withoutRole = ({ challenger, shadows, ...rest }: ServingRecord, modelVersion: string): ServingRecord => ({
  ...rest,
  ...(challenger && challenger.modelVersion !== modelVersion ? { challenger } : {}),
  shadows: shadows.filter((shadow) => shadow.modelVersion !== modelVersion),
});

const remembered = (record: ServingRecord, change: Omit<RoleChange, keyof Author>, { at, by }: Author): ChangedRoles =>
  ({ ok: true, changed: true, record: { ...record, history: [...record.history, { at, ...(by === undefined ? {} : { by }), ...change }].slice(-mostHistory) } });

/** A record of a release that kept no history says at least since when its champion answers. */
const historyOf = ({ history, modelVersion, promotedAt, promotedBy }: ServingRecord): readonly RoleChange[] =>
  (history.length > 0 ? history : [{ at: promotedAt, ...(promotedBy === undefined ? {} : { by: promotedBy }), change: 'promote', modelVersion, role: 'champion' }]);

const newChampion = (record: ServingRecord, candidate: Candidate, before: readonly string[], change: 'promote' | 'rollback', author: Author): ChangedRoles =>
  remembered({ ...withoutChampion(withoutRole(record, candidate.modelVersion)), ...promotionBy(candidate, author), before: before.slice(-mostBefore), history: historyOf(record) },
    { change, modelVersion: candidate.modelVersion, role: 'champion', replaced: record.modelVersion }, author);

/** A record without what is the champion's own: who promoted the one before, and what answers for it, is no word on the next. */
const withoutChampion = ({ promotedBy: _promotedBy, endpoint: _endpoint, ...record }: ServingRecord): ServingRecord => record;

/** What a version is promoted to. */
export type PromotionAs = { readonly role: 'champion' } | { readonly role: 'challenger'; readonly weight: number } | { readonly role: 'shadow' };

/**
 * The roles after a promotion. The champion of before is where a rollback goes; a challenger takes the place of another. A
 * version that has the role already gets it again where something else is to answer for it.
 *
 * @param record `undefined` while nothing was promoted
 * @param endpoint the endpoint that answers for the version, where one does
 */
export const promoted = (record: ServingRecord | undefined, modelVersion: string, as: PromotionAs, author: Author, endpoint?: string): ChangedRoles => {
  const candidate = { modelVersion, endpoint };
  if (record === undefined) {
    if (as.role !== 'champion') return refused(`there is no champion that a ${as.role} could stand beside; promote one first`);
    return remembered({ ...promotionBy(candidate, author), shadows: [], before: [], history: [] }, { change: 'promote', modelVersion, role: 'champion' }, author);
  }
  const role = roleOf(record, modelVersion);
  if (as.role === 'champion') {
    if (role === 'champion') {
      if (record.endpoint === endpoint) return { ok: true, record, changed: false };
      return remembered({ ...withoutChampion(record), ...promotionBy(candidate, author), history: historyOf(record) }, { change: 'promote', modelVersion, role }, author);
    }
    return newChampion(record, candidate, [...record.before, record.modelVersion], 'promote', author);
  }
  if (role === 'champion') return refused(`it is the champion; promote another champion first, or roll back`);
  const others = { ...withoutRole(record, modelVersion), history: historyOf(record) };
  if (as.role === 'challenger') {
    if (!isWeight(as.weight)) return refused(`its weight is ${as.weight}; it must be over 0 and under 1`);
    if (role === 'challenger' && record.challenger?.weight === as.weight && record.challenger.endpoint === endpoint) return { ok: true, record, changed: false };
    const replaced = others.challenger?.modelVersion;
    return remembered({ ...others, challenger: { ...promotionBy(candidate, author), weight: as.weight } },
      { change: 'promote', modelVersion, role: 'challenger', weight: as.weight, ...(replaced === undefined ? {} : { replaced }) }, author);
  }
  if (role === 'shadow' && record.shadows.some((shadow) => shadow.modelVersion === modelVersion && shadow.endpoint === endpoint)) return { ok: true, record, changed: false };
  if (others.shadows.length >= mostShadows) return refused(`there are ${mostShadows} shadows already (${others.shadows.map((shadow) => shadow.modelVersion).join(', ')}); retire one first`);
  return remembered({ ...others, shadows: [...others.shadows, promotionBy(candidate, author)] }, { change: 'promote', modelVersion, role: 'shadow' }, author);
};

/** The roles after a rollback: the champion of before answers again, and the one that is rolled back has no role. Again, and it is the one before that. */
export const rolledBack = (record: ServingRecord, author: Author, endpoint?: string): ChangedRoles => {
  const modelVersion = record.before.at(-1);
  if (modelVersion === undefined) return refused(`no champion before ${record.modelVersion} is known; promote the version that is to answer`);
  return newChampion(record, { modelVersion, endpoint }, record.before.slice(0, -1), 'rollback', author);
};

/** The roles after a challenger or a shadow was ended. */
export const retired = (record: ServingRecord, modelVersion: string, author: Author): ChangedRoles => {
  const role = roleOf(record, modelVersion);
  if (role === undefined) return refused('it has no role');
  if (role === 'champion') return refused('it is the champion; promote another champion, or roll back');
  return remembered({ ...withoutRole(record, modelVersion), history: historyOf(record) }, { change: 'retire', modelVersion, role }, author);
};

/** Whether a version was the champion and is it no more: somebody has rolled back from it, or put another in its place. */
export const wasChampion = ({ modelVersion: now, before, history }: ServingRecord, modelVersion: string): boolean =>
  now !== modelVersion && (before.includes(modelVersion) || history.some(({ role, modelVersion: to, replaced }) => role === 'champion' && (to === modelVersion || replaced === modelVersion)));
