import { jStat } from 'jstat';
import { isoText } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { metadataKey } from '../../../core/model/artefact';
import type { ColumnDrift, DriftReport } from '../../../core/monitoring/drift';
import { binnedBy, driftOf, loggedInputs } from '../../../core/monitoring/drift';
import { fieldColumn } from '../../../core/training/expression-sql';
import type { ColumnProfile, TrainingProfile } from '../../../core/training/profile';
import { profileFormat } from '../../../core/training/profile';
import { columnProfile } from '../../../core/training/profile-sql';
import { textLiteral } from '../../../core/training/sql';
import type { Database } from '../duckdb';
import type { ObjectStore } from '../object-store';
import { trainingSetKey } from '../training/build';
import type { LogRange } from './logged-predictions';
import { predictionsTable } from './logged-predictions';

/** Where versions of models and the profiles of what they learned from are. */
export interface DriftPlace { readonly models: Pick<ObjectStore, 'get'>; readonly features: Pick<ObjectStore, 'get'> }

/** The part of a chi-square distribution that lies above a value. */
export const chiSquareTail = (statistic: number, degrees: number): number => Math.max(0, 1 - jStat.chisquare.cdf(statistic, degrees));

const json = async <Value>(store: Pick<ObjectStore, 'get'>, key: string): Promise<Partial<Value> | undefined> => {
  const object = await store.get(key);
  return object === undefined ? undefined : JSON.parse(object.toString('utf8')) as Partial<Value>;
};

/** The profile of what a version learned from; a text says why there is none. */
const profileOf = async ({ models, features }: DriftPlace, model: ModelDefinition, version: string): Promise<Partial<TrainingProfile> | string> => {
  const metadata = await json<{ readonly trainingSetHash: string }>(models, metadataKey(model, version));
  if (metadata?.trainingSetHash === undefined) return `the version ${version} has no metadata that names what it learned from`;
  const profile = await json<TrainingProfile>(features, trainingSetKey(model, metadata.trainingSetHash).replace(/examples\.parquet$/u, 'profile.json'));
  if (profile === undefined) return `the training set of ${version} has no profile; sets that are built from now on have one`;
  return profile.format === profileFormat ? profile : `the profile of the training set of ${version} has the format ${String(profile.format)}, which this release does not know`;
};

const compared = 'compared_predictions';

const drift = async (database: Database, column: string, sql: string, profile: ColumnProfile | undefined): Promise<readonly ColumnDrift[]> => {
  const binned = profile && binnedBy(profile, sql);
  if (!binned) return [];
  const [counts, weights] = [binned.names.map(() => 0), binned.names.map(() => 0)];
  for (const { bin, rows, weight } of await database.rows(`SELECT ${binned.sql} AS bin, count(*) AS rows, sum(weight) AS weight FROM ${compared} GROUP BY ALL`)) [counts[Number(bin)], weights[Number(bin)]] = [Number(rows), Number(weight)];
  const all = weights.reduce((sum, each) => sum + each, 0);
  return [driftOf(column, { names: binned.names, reference: binned.reference, compared: counts, comparedShares: weights.map((weight) => (all === 0 ? 0 : weight / all)) }, chiSquareTail)];
};

const answered = (arrived: string): string => `SELECT *, coalesce(${fieldColumn('logWeight')}, 1) AS weight FROM ${predictionsTable} WHERE ${arrived} AND coalesce(${fieldColumn('modelRole')}, 'champion') <> 'shadow'`;

/**
 * Compares the inputs of a range's predictions with the profile of the training set of the version that made most of them, and
 * the predictions with those of that version in the days before.
 *
 * @returns undefined when the table `predictions` has none in the range
 */
export const checkDrift = async (place: DriftPlace, database: Database, { model, entities, range: { from, to } }: { readonly model: ModelDefinition; readonly entities: Parameters<typeof loggedInputs>[1]; readonly range: LogRange }): Promise<DriftReport | undefined> => {
  const [most] = await database.rows(`SELECT ${fieldColumn('modelVersion')} AS version, count(*) AS predictions FROM (${answered(`arrival >= ${from} AND arrival < ${to}`)}) GROUP BY ALL ORDER BY predictions DESC, version LIMIT 1`);
  if (!most) return undefined;
  const version = String(most['version']);
  const own = `${fieldColumn('modelVersion')} = ${textLiteral(version)}`;
  await database.run({ step: 'predictions that are compared', sql: `CREATE OR REPLACE TABLE ${compared} AS ${answered(`arrival >= ${from} AND arrival < ${to} AND ${own}`)}` });
  await database.run({ step: 'predictions of before', sql: `CREATE OR REPLACE TABLE earlier_predictions AS ${answered(`arrival < ${from} AND ${own}`)}` });
  const lacking: string[] = [];
  const columns: ColumnDrift[] = [];
  const profile = await profileOf(place, model, version);
  if (typeof profile === 'string') lacking.push(profile);
  else for (const { name, sql } of loggedInputs(model, entities)) {
    const learned = profile.inputs?.[name];
    if (learned === undefined) lacking.push(`the profile of the training set of ${version} says nothing of the input ${name}`);
    columns.push(...await drift(database, name, sql, learned));
  }
  const before = await columnProfile(database.rows, 'earlier_predictions', { name: 'field:prediction', scalar: 'float' }, 'weight');
  if (before.count === 0) lacking.push(`there are no predictions of ${version} in the days before to compare with`);
  else columns.push(...await drift(database, 'prediction', fieldColumn('prediction'), before));
  return { model: versionedName(model), from: isoText(from), to: isoText(to), version, predictions: Number(most['predictions']), columns, lacking };
};
