import type { Manifest, ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import type { GivenColumns } from '../../../core/training/given-columns';
import { givenColumns, isMomentColumn } from '../../../core/training/given-columns';
import type { GivenFormat, GivenReason } from '../../../core/training/given-rows';
import { givenCandidates, givenColumnsQuery, givenFormatOf, givenFormats, givenNamesQuery, givenStatistics, givenTable, readGiven } from '../../../core/training/given-rows';
import { droppedQuery } from '../../../core/training/training-set-plan';
import type { Database } from '../duckdb';
import { TrainingRefused } from './refused';

/** Rows that somebody gives: entities and request fields at moments, with a label or without. */
export interface GivenRows {
  /** On this machine. */
  readonly file: string;
  /** As whoever gave it knows it; its end says the format. */
  readonly name: string;
  /** Of all rows, which may have none of their own then. */
  readonly moment?: number;
  /** Of all rows where the file has no column of moments, and {@link moment} is not given. */
  readonly otherwise?: number;
  readonly from?: number;
  readonly to?: number;
  readonly now: number;
  /** Tells these rows from those of other files. */
  readonly source: string;
  /** Whether a label is read, where there is one. */
  readonly hasLabel: boolean;
}

/** Where a file has what its rows need; `moment` is of all of them, where it is not of each. */
export interface OpenedRows { readonly columns: GivenColumns; readonly moment: number | undefined }

/** What was found of them; the rows themselves are in the table `candidates`. */
export interface TakenRows {
  readonly rows: number;
  /** Those that are rows of the model. */
  readonly kept: number;
  readonly refused: Readonly<Partial<Record<GivenReason, number>>>;
  readonly isLabelled: boolean;
  /** First and last moments of those that are; undefined where none is. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
}

/** Where reading stopped, of what DuckDB says: the rest holds a piece of the line, which may be of a person. */
const placeOf = (error: unknown): string => {
  const line = /\bline:? (\d+)/iu.exec(error instanceof Error ? error.message : '')?.[1];
  return line === undefined ? '' : `, near its line ${line}`;
};

const read = async (database: Database, { file, name }: Pick<GivenRows, 'file' | 'name'>, format: GivenFormat): Promise<void> => {
  try {
    const query = givenNamesQuery(file, format);
    const names = query === undefined ? [] : (await database.rows(query)).map((row) => String(row['name']));
    await database.run(readGiven(file, format, names));
  } catch (error) {
    throw new TrainingRefused(`${name} could not be read as ${format}${placeOf(error)}; nothing of it was taken. CSV has commas, a first row of names and as many values in each row; NDJSON has an object a line; text is UTF-8.`, { isWrongUse: true });
  }
};

/**
 * Reads a file of rows that somebody gives, and finds what they are made of.
 *
 * @throws TrainingRefused when the file cannot be read, or lacks a column
 */
export const openGiven = async (database: Database, manifest: Manifest, model: ModelDefinition, given: Omit<GivenRows, 'source' | 'now'>): Promise<OpenedRows> => {
  const format = givenFormatOf(given.name);
  if (format === undefined) throw new TrainingRefused(`The format of ${given.name} is not known; its name must end in .${givenFormats.join(', .')} or .jsonl, or .gz after it.`, { isWrongUse: true });
  await read(database, given, format);
  const columns = (await database.rows(givenColumnsQuery)).map(({ name, type }) => ({ name: String(name), type: String(type) }));
  const moment = given.moment ?? (columns.some(({ name }) => isMomentColumn(name)) ? undefined : given.otherwise);
  const found = givenColumns(columns, givenTable, { manifest, model, hasMoment: moment === undefined, hasLabel: given.hasLabel });
  if (!found.ok) throw new TrainingRefused(`${given.name} does not hold rows of the model ${versionedName(model)}: ${found.problems.join('; ')}. It has the columns ${columns.map(({ name }) => name).join(', ') || 'none'}.`, { isWrongUse: true });
  return { columns: found.columns, moment };
};

/**
 * Reads rows that somebody gives into the table `candidates`, those that are none with the reason.
 *
 * @throws TrainingRefused when the file cannot be read, or lacks a column
 */
export const takeGiven = async (database: Database, manifest: Manifest, model: ModelDefinition, given: GivenRows): Promise<TakenRows> => {
  const { columns, moment } = await openGiven(database, manifest, model, given);
  const { from, to, now, source } = given;
  await database.run(givenCandidates({ manifest, model, columns, now, source, ...(moment === undefined ? {} : { moment }), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }));
  const [counts] = await database.rows(givenStatistics);
  const [first, last] = [counts?.['first'], counts?.['last']];
  return {
    rows: Number(counts?.['rows'] ?? 0), kept: Number(counts?.['kept'] ?? 0), isLabelled: columns.label !== undefined,
    refused: Object.fromEntries((await database.rows(droppedQuery)).map((row) => [row['dropped'], row['count']])) as TakenRows['refused'],
    range: typeof first === 'number' && typeof last === 'number' ? { first, last } : undefined,
  };
};
