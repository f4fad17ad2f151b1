import { dayText } from '../../../core/event/time';
import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { chunkStatements, lookupsOf } from '../../../core/training/training-set-plan';
import type { Database } from '../duckdb';
import { momentsAtOnce, reachOf } from './build';
import type { TakenRows } from './given';
import type { TrainingPlace } from './place';
import { trainingSources, type loadSources, type TrainingSource } from './sources';

type Range = NonNullable<TakenRows['range']>;

/** What the features of rows at some moments are made from. */
export const sourcesFor = async (place: TrainingPlace, model: ModelDefinition, { first, last }: Range, onProgress: (share: number) => void): Promise<readonly TrainingSource[]> => {
  const { manifest } = place;
  const sources = [...new Map(lookupsOf({ manifest, model }).map(({ view }) => [versionedName(view.from), view.from])).values()];
  return await trainingSources(place, model, sources, { earliest: Math.max(0, first - reachOf(manifest, model)), from: first, to: last + 1 }, onProgress);
};

/** The chunks in which there are moments; each is worked out alone. */
const chunksOf = async (database: Database, { first, last }: Range): Promise<readonly { readonly from: number; readonly to: number }[]> => {
  const rows = await database.rows(`SELECT DISTINCT (moment - ${first}) // ${momentsAtOnce} AS chunk FROM candidates WHERE dropped IS NULL ORDER BY chunk`);
  return rows.map(({ chunk }) => first + Number(chunk) * momentsAtOnce).map((from) => ({ from, to: Math.min(last + 1, from + momentsAtOnce) }));
};

/**
 * Works out the features of the candidates, and leaves their rows in the table `examples`.
 *
 * @param onProgress takes the share that is done
 */
export const rowsOfCandidates = async (database: Database, place: TrainingPlace, model: ModelDefinition, range: Range, records: Awaited<ReturnType<typeof loadSources>>['records'], isLabelled: boolean, onProgress: (share: number, step: string) => void = () => undefined): Promise<void> => {
  const chunks = await chunksOf(database, range);
  for (const [index, chunk] of chunks.entries()) {
    onProgress(index / chunks.length, `rows from ${dayText(chunk.from)}`);
    for (const statement of chunkStatements({ manifest: place.manifest, model, records, isLabelled }, chunk, index === 0)) await database.run(statement);
  }
};
