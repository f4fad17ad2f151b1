import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseTimestamp } from '../../../core/event/time';
import { sha256 } from '../../../core/manifest/hash';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { BegunScoring, PinnedScoring, ScoredRows } from '../../../core/scoring/request';
import { entitiesKey, refusedKey, scoredKey, scoredPartKey } from '../../../core/scoring/request';
import { partCandidates, partRange, partsStatement, rowsOfPart, writePart } from '../../../core/scoring/scored-part';
import { givenStatistics, writeRefused } from '../../../core/training/given-rows';
import { keepEntities, keptEntities, knownEntities } from '../../../core/training/known-entities';
import type { Database } from '../duckdb';
import { withDatabase } from '../duckdb';
import { loadVersion, type LoadedVersion } from '../model/model-file';
import { takeGiven, type TakenRows } from '../training/given';
import { sourcesFor } from '../training/given-features';
import { TrainingRefused } from '../training/refused';
import { rowsOfCandidates } from '../training/rows';
import { loadSources } from '../training/sources';
import { readPinned } from './begin';
import type { ScoringPlace } from './place';
import { predictExamples } from './predict-examples';

/** How long a call works: no part but its first is begun after the deadline, epoch milliseconds. */
export interface ScoringLimits {
  readonly deadline: number;
  readonly now: () => number;
  /** Rows of a part; every call for a request has the same. */
  readonly rowsOfPart?: number;
}

type Records = Awaited<ReturnType<typeof loadSources>>['records'];

/** Rows of a request as candidates, with what their features are made from. */
interface Candidates extends Omit<TakenRows, 'isLabelled' | 'range'> {
  readonly content: readonly string[];
  /** Undefined where no row is one of the model. */
  readonly records: Records | undefined;
}

const momentsOf = ({ scoredAt, asked }: PinnedScoring): { readonly now: number; readonly asked: number | undefined } =>
  ({ now: parseTimestamp(scoredAt) ?? 0, asked: asked.moment === null ? undefined : parseTimestamp(asked.moment) });

/** Rows of a file; those that have no moment have the one that was asked for, or the start. */
const takeFile = async (database: Database, place: ScoringPlace, model: ModelDefinition, pinned: PinnedScoring, { key, tag }: NonNullable<PinnedScoring['rows']>, directory: string): Promise<Candidates> => {
  const file = join(directory, basename(key));
  if (!await place.landing.bring(key, tag, file)) throw new TrainingRefused(`The rows ${key} are not there any more, or are others than those that the request ${pinned.batch} was made for; make another request.`);
  const { now, asked } = momentsOf(pinned);
  const taken = await takeGiven(database, place.manifest, model, { file, name: basename(key), now, otherwise: now, source: pinned.batch, hasLabel: false, ...(asked === undefined ? {} : { moment: asked }) });
  rmSync(file);
  if (taken.range === undefined) return { ...taken, content: [], records: undefined };
  const brought = await sourcesFor(place, model, taken.range, () => undefined);
  return { ...taken, content: brought.flatMap((source) => source.content), records: (await loadSources(database, brought)).records };
};

/** Puts a file into the features bucket, unless it is there. */
const put = async ({ features }: ScoringPlace, key: string, file: string, type: string): Promise<void> => {
  await features.writeOnce(key, readFileSync(file), type);
  rmSync(file);
};

/**
 * Every entity that the model's views know. They are written down by the first call: raw gets records that were known before the moment
 * for a while after it, and another set of entities would be cut into other parts.
 */
const takeKnown = async (database: Database, place: ScoringPlace, model: ModelDefinition, pinned: PinnedScoring, folder: string, directory: string): Promise<Candidates> => {
  const { now, asked = now } = momentsOf(pinned);
  const brought = await sourcesFor(place, model, { first: asked, last: asked }, () => undefined);
  const { records } = await loadSources(database, brought);
  const [key, file] = [entitiesKey(folder), join(directory, 'entities.parquet')];
  if (await place.features.get(key) === undefined) {
    await database.run(knownEntities({ manifest: place.manifest, model, records, moment: asked, source: pinned.batch }));
    await database.run(keepEntities(file));
    await put(place, key, file, 'application/vnd.apache.parquet');
  }
  // What stands there now: another attempt may have been first.
  const kept = await place.features.get(key);
  if (kept === undefined) throw new Error(`${key} was written and is gone.`);
  writeFileSync(file, kept);
  await database.run(keptEntities(file));
  rmSync(file);
  const [counts] = await database.rows(givenStatistics);
  const rows = Number(counts?.['rows'] ?? 0);
  return { rows, kept: rows, refused: {}, content: brought.flatMap((source) => source.content), records };
};

const scorePart = async (database: Database, place: ScoringPlace, model: ModelDefinition, version: LoadedVersion, pinned: PinnedScoring, records: Records, part: number, file: string): Promise<void> => {
  await database.run(partCandidates(part));
  const [range] = await database.rows(partRange);
  await rowsOfCandidates(database, { manifest: place.manifest, model, records, isLabelled: false }, { from: Number(range?.['first']), to: Number(range?.['last']) + 1 });
  await predictExamples(database, model, version);
  await database.run(writePart(place.manifest, model, pinned, file));
};

/** Parts that are there: of an earlier call, or of one that was killed. */
const partsThere = async ({ features }: ScoringPlace, folder: string): Promise<ReadonlySet<string>> => {
  const keys = new Set<string>();
  for await (const { key } of features.list(`${folder}part-`)) keys.add(key);
  return keys;
};

/** Works in a database: takes the rows, and scores part after part. Undefined when the time was up before all were done. */
const scoreIn = async (database: Database, place: ScoringPlace, model: ModelDefinition, pinned: PinnedScoring, folder: string, directory: string, { deadline, now, rowsOfPart: size = rowsOfPart }: ScoringLimits): Promise<ScoredRows | undefined> => {
  const version = await loadVersion(model, pinned.modelVersion, place.models);
  const { rows, kept, refused, content, records } = pinned.rows === null ? await takeKnown(database, place, model, pinned, folder, directory) : await takeFile(database, place, model, pinned, pinned.rows, directory);
  const isRefused = Object.keys(refused).length > 0;
  const refusedFile = join(directory, 'refused.ndjson');
  if (isRefused) await database.run(writeRefused(refusedFile));
  const parts = Array.from({ length: Math.ceil(kept / size) }, (_, part) => scoredPartKey(folder, part));
  if (records !== undefined && kept > 0) {
    const there = await partsThere(place, folder);
    await database.run(partsStatement(size));
    let made = 0;
    for (const [part, key] of parts.entries()) {
      if (there.has(key)) continue;
      // Each call makes a part at least: one that only takes the rows would be called for ever.
      if (made > 0 && now() > deadline) return undefined;
      const file = join(directory, 'part.parquet');
      await scorePart(database, place, model, version, pinned, records, part, file);
      await put(place, key, file, 'application/vnd.apache.parquet');
      made += 1;
    }
  }
  if (isRefused) await put(place, refusedKey(folder), refusedFile, 'application/x-ndjson');
  return { rows, scored: kept, refused, parts, refusedKey: isRefused ? refusedKey(folder) : null, rawHash: sha256(content.join('\n')) };
};

/** What became of a request's rows; undefined while they are not all scored. */
export const readScored = async ({ features }: Pick<ScoringPlace, 'features'>, folder: string): Promise<ScoredRows | undefined> => {
  const bytes = await features.get(scoredKey(folder));
  return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8')) as ScoredRows;
};

/**
 * Scores the rows of a request that was taken in: their features as known before their moments, by the same SQL as training
 * sets, and a prediction for each. Predictions are files in the features zone; one that is there is not made again, so that
 * a call that was killed, or ran out of time, is gone on with.
 *
 * @returns `more` when the time was up
 * @throws TrainingRefused when the rows cannot be read as the model's; Refused when its version may not predict
 */
export const scoreRows = async (place: ScoringPlace, { folder, batch }: Pick<BegunScoring, 'folder' | 'batch'>, limits: ScoringLimits): Promise<'done' | 'more'> => {
  if (await readScored(place, folder) !== undefined) return 'done';
  const pinned = await readPinned(place, folder);
  const model = pinned && place.manifest.models[pinned.model];
  if (pinned === undefined || model === undefined) throw new TrainingRefused(`The request ${batch} is of the model ${pinned?.model ?? 'of no name'}, which this release does not have; make another request.`);
  // A deploy came in between: parts of one request would be worked out by two sets of definitions.
  if (pinned.manifestHash !== place.manifest.hash) throw new TrainingRefused(`The request ${batch} was taken in under the definitions ${pinned.manifestHash}, and those that are deployed now are ${place.manifest.hash}; make another request.`);
  const directory = join(place.directory, 'scoring');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  try {
    const scored = await withDatabase(directory, (database) => scoreIn(database, place, model, pinned, folder, directory, limits));
    if (scored === undefined) return 'more';
    await place.features.writeOnce(scoredKey(folder), Buffer.from(`${JSON.stringify(scored, null, 1)}\n`), 'application/json');
    return 'done';
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
