import { parseTimestamp } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { predictionTableName } from '../../../core/lake/prediction-table';
import { findModel } from '../../../core/model/request';
import type { BegunScoring, PinnedScoring, ScoringRequest } from '../../../core/scoring/request';
import { otherRequest, pinnedKey, readScoringRequest, scoringFolder } from '../../../core/scoring/request';
import { knownEntitiesProblem } from '../../../core/training/known-entities';
import { readServingRecord } from '../model/serving-record';
import { TrainingRefused } from '../training/refused';
import type { ScoringPlace } from './place';

/** What a request was fixed to; undefined while it is not. */
export const readPinned = async ({ features }: Pick<ScoringPlace, 'features'>, folder: string): Promise<PinnedScoring | undefined> => {
  const bytes = await features.get(pinnedKey(folder));
  return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8')) as PinnedScoring;
};

const championOf = async ({ models }: ScoringPlace, model: ModelDefinition): Promise<string> => {
  const champion = (await readServingRecord(model, models.files))?.record.modelVersion;
  if (champion === undefined) throw new TrainingRefused(`No version of ${versionedName(model)} was promoted, and the request names none.`, { next: `npx headrace model promote ${model.name}`, isWrongUse: true });
  return champion;
};

const rowsOf = async ({ landing }: ScoringPlace, model: ModelDefinition, { rows }: ScoringRequest): Promise<PinnedScoring['rows']> => {
  if (rows === undefined) {
    const problem = knownEntitiesProblem(model);
    if (problem !== undefined) throw new TrainingRefused(problem, { isWrongUse: true });
    return null;
  }
  const tag = await landing.tag(rows);
  if (tag === undefined) throw new TrainingRefused(`There are no rows at ${rows} in the landing bucket; put them there and start again.`, { isWrongUse: true });
  return { key: rows, tag };
};

const pin = async (place: ScoringPlace, model: ModelDefinition, request: ScoringRequest, now: number): Promise<PinnedScoring> => {
  return {
    batch: request.batch, model: versionedName(model), modelVersion: request.modelVersion ?? await championOf(place, model), rows: await rowsOf(place, model, request),
    asked: { modelVersion: request.modelVersion ?? null, moment: request.moment ?? null }, scoredAt: new Date(now).toISOString(), manifestHash: place.manifest.hash,
  };
};

/**
 * Takes a request in, and fixes what it is scored with: its champion, its rows, its moment. Whoever takes it in again finds
 * what it was fixed to.
 *
 * @throws TrainingRefused when it is none, or another request has its name
 */
export const beginScoring = async (place: ScoringPlace, given: unknown, now: number): Promise<BegunScoring> => {
  const read = readScoringRequest(given);
  if (!read.ok) throw new TrainingRefused(`The request cannot be taken in: ${read.problem}.`, { isWrongUse: true });
  const { request } = read;
  const found = findModel(place.manifest.models, request.model);
  if (!found.ok) throw new TrainingRefused(found.problem.detail, { isWrongUse: true });
  const model = found.value;
  if (request.moment !== undefined && (parseTimestamp(request.moment) ?? 0) > now) throw new TrainingRefused(`The moment ${request.moment} is later than now; what will be known then is not known yet.`, { isWrongUse: true });
  const folder = scoringFolder(model, request.batch);
  if (await readPinned(place, folder) === undefined) await place.features.writeOnce(pinnedKey(folder), Buffer.from(`${JSON.stringify(await pin(place, model, request, now), null, 1)}\n`), 'application/json');
  // What stands there now: another attempt may have been first.
  const pinned = await readPinned(place, folder);
  if (pinned === undefined) throw new Error(`${pinnedKey(folder)} was written and is gone.`);
  const problem = otherRequest(request, pinned, versionedName(model), request.rows === undefined ? undefined : await place.landing.tag(request.rows));
  if (problem !== undefined) throw new TrainingRefused(problem, { isWrongUse: true });
  return { batch: pinned.batch, attempt: request.attempt, model: pinned.model, modelVersion: pinned.modelVersion, folder, table: predictionTableName(model) };
};
