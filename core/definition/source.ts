import type { Schedule } from '../dataset/schedule';
import type { DatasetSource } from '../manifest/manifest';
import { columnsOf, type Columns } from './expression';
import type { Expectation } from './expectation';
import type { CompatibilityMode, ExpectationNode } from './node';
import type { Fields } from './field';

interface Described { readonly owner?: string; readonly description?: string }

/** An event type's version: what its contract is made from. */
export interface Event<F extends Fields = Fields> extends Described {
  readonly kind: 'event';
  readonly name: string;
  readonly version: number;
  readonly partitionBy: string;
  readonly knownAt: 'arrival' | 'recordedtime';
  readonly compatibility?: CompatibilityMode;
  readonly fields: F;
}

/** A batch input: a snapshot or increment of a table or of files. */
export interface Dataset<F extends Fields = Fields> extends Described {
  readonly kind: 'dataset';
  readonly name: string;
  readonly version: number;
  readonly key: readonly string[];
  readonly source: DatasetSource;
  readonly knownAt: 'arrival' | 'always' | { readonly column: string };
  readonly fields: F;
  /** What a batch must keep before it is taken into the table. */
  readonly expects?: readonly ExpectationNode[];
  /** When it is run by itself. */
  readonly schedule?: Schedule;
  /** Names of the datasets that it waits for. */
  readonly after?: readonly string[];
  /** What checks and writes its batches. `duckdb`: a Lambda function with DuckDB and PyIceberg, for what fits one; `spark`: a Glue job, for what does not. */
  readonly engine?: 'duckdb' | 'spark';
}

/** What features describe, with a key of one or more fields. */
export interface Entity<N extends string = string, K extends Fields = Fields> extends Described {
  readonly kind: 'entity';
  readonly name: N;
  readonly key: K;
}

export type Source<F extends Fields = Fields> = Event<F> | Dataset<F>;

/**
 * Declares an event type.
 *
 * @param name dotted lower case, such as `flight.landed`
 * @param specification `partitionBy`: the field that producers use as partition key; `knownAt`: `'recordedtime'` only for replays of what an online system knew at the time;
 * `compatibility`: what this version must keep towards the former ones, `'BACKWARD'` (it reads their events) unless said otherwise
 */
export const event = <F extends Fields>(name: string, specification: Described & {
  readonly version: number; readonly fields: F; readonly partitionBy: NoInfer<keyof F & string>; readonly knownAt?: 'arrival' | 'recordedtime';
  readonly compatibility?: CompatibilityMode }): Event<F> =>
  Object.freeze({ kind: 'event', name, knownAt: 'arrival', ...specification });

/**
 * Declares a dataset.
 *
 * @param specification `knownAt`: since when its rows were known: `'always'` (reference data that does not change), `'arrival'`, or a column of the row;
 * `expects`: what a batch must keep before it is taken into the table, as {@link Expectation}s over its columns;
 * `schedule`: when it is run by itself; `after`: datasets that it waits for, beside those that its expectations refer to;
 * `engine`: what checks and writes its batches, `'duckdb'` unless said otherwise
 */
export const dataset = <F extends Fields>(name: string, { expects, after, ...specification }: Described & {
  readonly version: number; readonly fields: F; readonly key: readonly NoInfer<keyof F & string>[]; readonly source: DatasetSource;
  readonly knownAt: 'arrival' | 'always' | { readonly column: NoInfer<keyof F & string> };
  readonly expects?: (row: Columns<F>) => readonly Expectation[]; readonly schedule?: Schedule; readonly after?: readonly { readonly kind: 'dataset'; readonly name: string }[]; readonly engine?: 'duckdb' | 'spark' }): Dataset<F> =>
  Object.freeze({ kind: 'dataset', name, ...specification, ...(expects === undefined ? {} : { expects: Object.freeze(expects(columnsOf(specification.fields)).map(({ expectation }) => expectation)) }), ...(after === undefined ? {} : { after: Object.freeze(after.map((each) => each.name)) }) });

/** Declares an entity by its name and key fields. */
export const entity = <const N extends string, K extends Fields>(name: N, key: K, described: Described = {}): Entity<N, K> =>
  Object.freeze({ kind: 'entity', name, key: Object.freeze(key), ...described });
