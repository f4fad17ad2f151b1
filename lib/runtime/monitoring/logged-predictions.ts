import { dayText } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import type { LoggedPrediction } from '../../../core/monitoring/logged-prediction';
import { loggedReader, predictionEvent } from '../../../core/monitoring/logged-prediction';
import { pseudonymousKeys } from '../../../core/model/pseudonym';
import { fieldColumn } from '../../../core/training/expression-sql';
import { readRecords } from '../../../core/training/raw-records';
import type { Database } from '../duckdb';
import type { RawPlace } from '../raw-files';
import { bringRaw, listRaw } from '../raw-files';
import { putPseudonymKey } from './wanted';

/** Where the log is. */
export interface LogPlace extends RawPlace {
  /** The key under which it hashes who somebody is; asked for where a model predicts for persons. */
  readonly pseudonymKey: () => Promise<Uint8Array>;
}

/** Predictions that arrived in a range of time, epoch milliseconds. */
export interface LogRange { /** Inclusive. */ readonly from: number; /** Exclusive. */ readonly to: number }

/** Table that {@link loadPredictions} leaves. */
export const predictionsTable = 'predictions';

/**
 * Reads the log of a model's predictions into the table `predictions`, each once.
 *
 * @returns how many there are
 */
export const loadPredictions = async (place: LogPlace, database: Database, model: ModelDefinition, { from, to }: LogRange): Promise<number> => {
  const event = predictionEvent(place.manifest, model);
  const listed = (await listRaw(place, event)).filter(({ writer }) => writer.version === event.version);
  const [first, last] = [dayText(from), dayText(to - 1)];
  const raw = await bringRaw(place, listed, (day) => day >= first && day <= last, () => undefined);
  for (const statement of readRecords(event, { raw, knownFrom: from, knownTo: to }, predictionsTable)) await database.run(statement);
  if (pseudonymousKeys(model, place.manifest.entities).length > 0) {
    await putPseudonymKey(database, await place.pseudonymKey());
    // What a release logged that hashed nothing says whose it is, and meets nobody's pseudonym.
    await database.run({ step: 'dropping predictions of before', sql: `DELETE FROM ${predictionsTable} WHERE ${fieldColumn('logWeight')} IS NULL` });
  }
  const [counted] = await database.rows(`SELECT count(*) AS predictions FROM ${predictionsTable}`);
  return Number(counted?.['predictions'] ?? 0);
};

/** Predictions of the table, at most so many: of more, those whose identities come first by a hash, the same ones each time. */
export const readPredictions = async ({ manifest }: Pick<RawPlace, 'manifest'>, database: Database, model: ModelDefinition, most: number): Promise<readonly LoggedPrediction[]> => {
  const { columns, read } = loggedReader(model, manifest.entities);
  const predictions: LoggedPrediction[] = [];
  for await (const rows of database.stream(`SELECT ${columns.join(', ')} FROM ${predictionsTable} ORDER BY md5(id), id LIMIT ${most}`)) for (const cells of rows) predictions.push(read(cells));
  return predictions;
};
