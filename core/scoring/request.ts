import { parseTimestamp } from '../event/time';
import type { ModelDefinition } from '../manifest/manifest';
import { isVersionId } from '../model/artefact';
import { givenFormatOf, givenFormats } from '../training/given-rows';

/** What an execution of batch scoring is started with. */
export interface ScoringRequest {
  /** Names the request, and the rows that it adds to the table: asked for again, they are the same rows. */
  readonly batch: string;
  /** `name`, for the newest version of the definition, or `name@vN`. */
  readonly model: string;
  /** The champion at the start, where it is left out. */
  readonly modelVersion?: string;
  /** Key of the rows in the landing bucket; its end says their format. Left out: every entity that the model's views know. */
  readonly rows?: string;
  /** ISO 8601; of all rows that have none of their own. The start, where the rows have none and nothing is said. */
  readonly moment?: string;
  readonly attempt: number;
}

/** Below where rows that are to be scored are put in the landing bucket: what is there is a copy of somebody's own. */
export const scoringRowsPrefix = 'scoring-rows/';
/** Below where requests are worked on in the features bucket, for a while. */
export const scoringWorkPrefix = 'scoring/';

/** Where the rows of a request are put. */
export const scoringRowsKey = (batch: string, ending: string): string => `${scoringRowsPrefix}${batch}.${ending}`;

/** What a request is fixed to when it is first taken in: every attempt of it takes the same. */
export interface PinnedScoring {
  readonly batch: string;
  /** `name@vN`. */
  readonly model: string;
  readonly modelVersion: string;
  /** Null for the entities that are known. */
  readonly rows: { readonly key: string; /** S3's mark of the rows' bytes. */ readonly tag: string } | null;
  /** As it was asked for: another one is another request. */
  readonly asked: { readonly modelVersion: string | null; readonly moment: string | null };
  /** ISO 8601: the start. What was known before it is what rows without a moment are scored with, and no row is later. */
  readonly scoredAt: string;
  readonly manifestHash: string;
}

/** What the states after the first are told: references, never rows. */
export interface BegunScoring {
  readonly batch: string;
  readonly attempt: number;
  readonly model: string;
  readonly modelVersion: string;
  /** Where the request is worked on, in the features bucket. */
  readonly folder: string;
  /** The table that its predictions are put into. */
  readonly table: string;
}

/** What became of the rows of a request. */
export interface ScoredRows {
  readonly rows: number;
  readonly scored: number;
  /** By reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Files of predictions in the features bucket, in order. */
  readonly parts: readonly string[];
  /** File of what was refused, with the reasons; null where nothing was. */
  readonly refusedKey: string | null;
  /** SHA-256 over what was read of raw. */
  readonly rawHash: string;
}

/** Folder of a request's work in the features bucket. */
export const scoringFolder = (model: Pick<ModelDefinition, 'name' | 'version'>, batch: string): string => `${scoringWorkPrefix}${model.name}/v${model.version}/${batch}/`;
export const pinnedKey = (folder: string): string => `${folder}request.json`;
/** The entities that a request without rows is for: those that were known when it was first worked on. */
export const entitiesKey = (folder: string): string => `${folder}entities.parquet`;
export const scoredKey = (folder: string): string => `${folder}scored.json`;
export const refusedKey = (folder: string): string => `${folder}refused.ndjson`;
export const scoredPartKey = (folder: string, part: number): string => `${folder}part-${String(part).padStart(5, '0')}.parquet`;

/** Also the name of an execution, before the attempt, and part of keys. */
const batchName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u;

/** Whether a text can name a request. */
export const isScoringBatch = (text: string): boolean => batchName.test(text);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A request, or what is wrong with it. */
export type ReadScoring = { readonly ok: true; readonly request: ScoringRequest } | { readonly ok: false; readonly problem: string };

const refused = (problem: string): ReadScoring => ({ ok: false, problem });

/** Reads what an execution was started with. */
export const readScoringRequest = (given: unknown): ReadScoring => {
  if (!isObject(given)) return refused('it is no object');
  const { batch, model, modelVersion, rows, entities, moment, attempt } = given;
  if (typeof batch !== 'string' || !isScoringBatch(batch)) return refused('its batch is no name: a letter or digit, then letters, digits, - and _, 64 at most');
  if (typeof model !== 'string') return refused('it names no model');
  if (modelVersion !== undefined && !isVersionId(modelVersion)) return refused('its modelVersion can be the id of no version');
  if ((rows === undefined) !== (entities === 'known')) return refused('it has neither rows nor entities, or both: rows is the key of a file, entities can be "known"');
  if (rows !== undefined && (typeof rows !== 'string' || !rows.startsWith(scoringRowsPrefix))) return refused(`its rows are no key in the landing bucket that begins with ${scoringRowsPrefix}`);
  // A copy has the end of its name here, where other files have other ones.
  if (rows !== undefined && givenFormatOf(rows) === undefined) return refused(`its rows are no file of ${givenFormats.join(', ')}, by the end of their key`);
  if (moment !== undefined && (typeof moment !== 'string' || parseTimestamp(moment) === undefined)) return refused('its moment is no date and time with a zone, such as 2001-01-31T18:00:00Z');
  return { ok: true, request: { batch, model, attempt: typeof attempt === 'number' ? attempt : 1, ...(rows === undefined ? {} : { rows }), ...(modelVersion === undefined ? {} : { modelVersion }), ...(moment === undefined ? {} : { moment }) } };
};

/**
 * Why a request is not the one that has its name already; undefined when it is.
 *
 * @param definition `name@vN` of the model that is asked for
 * @param tag S3's mark of the rows that are there now; undefined where none are any more
 */
export const otherRequest = ({ batch, rows, modelVersion, moment }: ScoringRequest, pinned: PinnedScoring, definition: string, tag: string | undefined): string | undefined => {
  const { asked } = pinned;
  const differs = [
    ...(pinned.model === definition ? [] : [`it is of ${pinned.model}`]),
    ...((pinned.rows?.key ?? null) === (rows ?? null) && (pinned.rows === null || tag === undefined || pinned.rows.tag === tag) ? [] : ['it has other rows']),
    ...(asked.modelVersion === (modelVersion ?? null) ? [] : [asked.modelVersion === null ? 'it names no version' : `it is for version ${asked.modelVersion}`]),
    ...(asked.moment === (moment ?? null) ? [] : [asked.moment === null ? 'it names no moment' : `its moment is ${asked.moment}`]),
  ];
  return differs.length === 0 ? undefined : `Another request was made before with the name ${batch}: ${differs.join(', ')}. Give this one another name.`;
};
