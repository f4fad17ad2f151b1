import { dayText } from '../../../core/event/time';
import type { SourceReference } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { chunksOf, rowsByDay } from '../../../core/training/chunks';
import { densityOf, densityQuery } from '../../../core/training/density';
import type { LeakReport } from '../../../core/training/leak-plan';
import { leakChunkStatements, leakQuery, leakReport, leakSampleRows, leakSampleStatements, leakTables } from '../../../core/training/leak-plan';
import type { TrainingProfile } from '../../../core/training/profile';
import { trainingProfile } from '../../../core/training/profile-sql';
import type { ExampleRange, TrainingSetPlanInput } from '../../../core/training/training-set-plan';
import { chunkStatements, exampleColumns, examplesStatistics, lookupsOf, writeStatement } from '../../../core/training/training-set-plan';
import type { Density } from '../../../core/training/view-plan';
import type { Database } from '../duckdb';
import { fileHash } from '../file-hash';

/** How rows are worked out, whatever they are. */
export interface RowsOptions {
  /** Compares all rows by event time, and not some twenty thousand. */
  readonly comparesAll?: boolean;
  /** Examples and events that are worked out at once, unless a day has more. */
  readonly rowsAtOnce?: number;
}

/** What there is to tell of the rows. */
export interface RowsStatistics {
  readonly rows: number;
  /** Part of the rows whose label is true; null for labels that are no booleans. */
  readonly labelShare: number | null;
  /** What event time alone would have let in. */
  readonly leak: LeakReport;
  /** How the windows of each view were found, by DuckDB: all ways give the same rows. */
  readonly plans?: Readonly<Record<string, Density>>;
}

type Chunk = Pick<ExampleRange, 'from' | 'to'>;

const defaultRowsAtOnce = 1_000_000;

/** The sources of the events that a model's features are made from. */
const eventSources = (input: TrainingSetPlanInput): readonly SourceReference[] =>
  [...new Map(lookupsOf(input).map(({ view }) => [versionedName(view.from), view.from])).values()].filter(({ kind }) => kind === 'event');

/**
 * Works out the features of the candidates, and leaves their rows in the table `examples`.
 *
 * @param onProgress takes the share that is done
 * @returns the chunks of moments in which that was done
 */
export const rowsOfCandidates = async (database: Database, input: TrainingSetPlanInput, range: Chunk, { rowsAtOnce = defaultRowsAtOnce }: RowsOptions = {}, onProgress: (share: number, step: string) => void = () => undefined): Promise<readonly Chunk[]> => {
  const days = await database.rows(rowsByDay(eventSources(input).map((source) => input.records(source).table)));
  const chunks = chunksOf(range, days.map((each) => ({ day: Number(each['day']), rows: Number(each['rows']) })), rowsAtOnce);
  for (const [index, chunk] of chunks.entries()) {
    onProgress(index / chunks.length, `rows from ${dayText(chunk.from)}`);
    for (const statement of chunkStatements(input, chunk, index === 0)) await database.run(statement);
  }
  return chunks;
};

/** How the windows of each view are found best, by the counts of its rows and moments. */
const densitiesOf = async (database: Database, input: TrainingSetPlanInput, range: Chunk, candidates?: string): Promise<Readonly<Record<string, Density>>> => {
  const found: [string, Density][] = [];
  for (const view of new Set(lookupsOf(input).map((each) => each.view))) {
    const entity = input.manifest.entities[view.entity];
    if (view.from.kind !== 'event' || entity === undefined) continue;
    const [counts] = await database.rows(densityQuery(input, view, entity, candidates));
    found.push([versionedName(view), densityOf(view, { rows: Number(counts?.['rows'] ?? 0), points: Number(counts?.['points'] ?? 0), pairs: Number(counts?.['pairs'] ?? 0) }, range)]);
  }
  return Object.fromEntries(found);
};

/** Where every event was known as it happened nothing leaks, and nothing is worked out. */
const leakOf = async (database: Database, input: TrainingSetPlanInput, range: Chunk, chunks: readonly Chunk[], rows: number, comparesAll: boolean): Promise<LeakReport> => {
  const sources = eventSources(input);
  if (sources.every((source) => input.records(source).lateness === 0)) return leakReport(input, rows, { compared: rows });
  for (const statement of leakSampleStatements(input, sources, comparesAll ? 1 : leakSampleRows / Math.max(1, rows))) await database.run(statement);
  const few = { ...input, densities: await densitiesOf(database, input, range, leakTables.candidates) };
  for (const [index, chunk] of chunks.entries()) for (const statement of leakChunkStatements(few, chunk, index === 0)) await database.run(statement);
  const [answer] = await database.rows(leakQuery(input));
  return leakReport(input, rows, answer ?? {});
};

/** Rows of a training set in a file, and what there is to tell of them. */
export interface MadeRows {
  readonly statistics: RowsStatistics;
  readonly trainingSetHash: string;
  readonly profile: TrainingProfile;
}

/** Makes the file of a training set's rows from the table `candidates`. */
export const makeRows = async (database: Database, given: TrainingSetPlanInput, range: Chunk, file: string, options: RowsOptions, onProgress: (share: number, step: string) => void): Promise<MadeRows> => {
  const { model, sample, isLabelled = true } = given;
  onProgress(0, 'counting events and moments');
  const densities = await densitiesOf(database, given, range);
  const input = { ...given, densities };
  const chunks = await rowsOfCandidates(database, input, range, options, (share, step) => { onProgress(share * 0.8, step); });
  const [counts] = await database.rows(examplesStatistics(isLabelled ? model.examples.label.scalar : undefined));
  const rows = Number(counts?.['rows'] ?? 0);
  onProgress(0.8, 'comparing with event time');
  const leak = await leakOf(database, input, range, chunks, rows, options.comparesAll === true);
  onProgress(0.9, 'writing');
  await database.run(writeStatement(file));
  const trainingSetHash = await fileHash(file);
  return {
    statistics: { rows, labelShare: typeof counts?.['share'] === 'number' ? counts['share'] : null, leak, plans: densities }, trainingSetHash,
    profile: await trainingProfile(database.rows, 'examples', model, { trainingSetHash, rows }, isLabelled ? exampleColumns.label : undefined, sample === undefined ? undefined : exampleColumns.weight),
  };
};
