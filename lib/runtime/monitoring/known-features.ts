import { isIncremental } from '../../../core/dataset/current-row';
import { batchesThatMatter, type CommittedBatch } from '../../../core/dataset/materialization';
import type { DatasetDefinition, EntityDefinition, Manifest, ViewDefinition } from '../../../core/manifest/manifest';
import { isPseudonymous } from '../../../core/model/pseudonym';
import { currentPlan } from '../../../core/training/current-plan';
import { addAbsences, readRows } from '../../../core/training/dataset-rows';
import { recordStatistics } from '../../../core/training/raw-records';
import { featureColumn, viewEntitySql, viewPlan } from '../../../core/training/view-plan';
import type { FeatureValues } from '../../../core/window';
import { bringHeldBatches } from '../batch-files';
import type { Database } from '../duckdb';
import type { ObjectStore } from '../object-store';
import type { WantedFeatures } from './wanted';
import { loggedEntitySql, putWantedEntities, wantedEntities } from './wanted';

const [points, values] = ['known_points', 'known_values'];

/** What a view's values at points in time are worked out from. */
interface KnownSource { readonly view: ViewDefinition; readonly entity: EntityDefinition; readonly wants: readonly WantedFeatures[] }

/** The range of the moments: from the first, inclusive, to after the last. */
export const momentsOf = (wants: readonly Pick<WantedFeatures, 'moment'>[]): { readonly earliest: number; readonly latest: number } =>
  wants.reduce(({ earliest, latest }, { moment }) => ({ earliest: Math.min(earliest, moment), latest: Math.max(latest, moment + 1) }), { earliest: Number.POSITIVE_INFINITY, latest: 0 });

/** What the plan calls an entity is not what the log calls it, where that is hashed: who has no row keeps the pseudonym, which is nobody's key. */
const nameEntities = async (database: Database, records: string, { view, entity }: KnownSource): Promise<void> => {
  if (!Object.values(entity.key).some(isPseudonymous)) return;
  await database.run({ step: `${view.name}: entities`, sql: `CREATE OR REPLACE TABLE wanted_entities AS SELECT number, coalesce(plain, entity) AS entity FROM wanted_entities
    LEFT JOIN (SELECT DISTINCT ${viewEntitySql(view, entity)} AS plain, ${loggedEntitySql(view, entity)} AS hashed FROM ${records}) AS named ON named.hashed = wanted_entities.entity` });
};

const putPoints = async (database: Database, records: string, source: KnownSource): Promise<void> => {
  const { view, entity, wants } = source;
  const entities = wantedEntities(wants, entity);
  await putWantedEntities(database, entities, view, entity);
  await nameEntities(database, records, source);
  await database.run({ step: 'making the table of moments', sql: 'CREATE OR REPLACE TABLE wanted_moments (number INTEGER, want INTEGER, moment BIGINT)' });
  const appender = await database.connection.createAppender('wanted_moments');
  for (const [number, { wants: own }] of entities.entries()) for (const { index, want } of own) {
    appender.appendInteger(number);
    appender.appendInteger(index);
    appender.appendBigInt(BigInt(want.moment));
    appender.endRow();
  }
  appender.closeSync();
  await database.run({ step: `${view.name}: points`, sql: `CREATE OR REPLACE TEMP TABLE ${points} AS SELECT DISTINCT entity, moment FROM wanted_moments JOIN wanted_entities USING (number)` });
};

const readValues = async (database: Database, { view, wants }: KnownSource): Promise<readonly FeatureValues[]> => {
  const names = view.features.map(({ name }) => name);
  const found: FeatureValues[] = wants.map(() => ({}));
  // A table of its own: the plan's are the connection's, and a stream has another one.
  await database.run({ step: `${view.name}: values`, sql: `CREATE OR REPLACE TABLE known_read AS SELECT want, ${names.map((name) => `known.${featureColumn(name)}`).join(', ')}
    FROM wanted_moments JOIN wanted_entities USING (number) JOIN ${values} AS known ON known.entity = wanted_entities.entity AND known.moment = wanted_moments.moment` });
  for await (const rows of database.stream('FROM known_read')) for (const [want, ...cells] of rows) found[Number(want)] = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]));
  return found;
};

/**
 * Features of a view over events as a training set has them: of what was known before each moment.
 *
 * @param records table of the view's source, each event once
 */
export const knownFeatures = async (database: Database, records: string, source: KnownSource): Promise<readonly FeatureValues[]> => {
  if (source.wants.length === 0) return [];
  await putPoints(database, records, source);
  const [counts] = await database.rows(recordStatistics(records));
  const { earliest, latest } = momentsOf(source.wants);
  for (const statement of viewPlan(source.view, source.entity, { records, points, values, earliest, latest, lateness: Number(counts?.['lateness'] ?? 0) })) await database.run(statement);
  return await readValues(database, source);
};

/** Where the rows of a dataset are. */
export interface DatasetPlace {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly raw: Pick<ObjectStore, 'get'>;
  readonly committed: (dataset: DatasetDefinition) => Promise<readonly CommittedBatch[]>;
}

/**
 * Features of a view over a dataset as a training set has them.
 *
 * @returns undefined when raw does not hold a batch any more that they are made of
 */
export const knownRows = async (place: DatasetPlace, database: Database, dataset: DatasetDefinition, source: KnownSource): Promise<readonly FeatureValues[] | undefined> => {
  if (source.wants.length === 0) return [];
  const { earliest, latest } = momentsOf(source.wants);
  const wanted = batchesThatMatter(dataset, await place.committed(dataset), earliest, latest);
  const batches = await bringHeldBatches(place.raw, place.directory, dataset, wanted);
  if (batches.length < wanted.length) return undefined;
  const rows = 'known_rows';
  await database.run(readRows(dataset, batches, rows));
  if (!isIncremental(dataset) && batches.length > 1) await database.run(addAbsences(dataset, batches, rows));
  await putPoints(database, rows, source);
  for (const statement of currentPlan(source.view, source.entity, { records: rows, points, values })) await database.run(statement);
  return await readValues(database, source);
};
