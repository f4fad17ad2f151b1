/*
 * What the columns of a training set look like: stands with it as `profile.json`, so that what is served later can be
 * compared with what was learned from.
 */

/** Format of {@link TrainingProfile}; a reader refuses one that it does not know. */
export const profileFormat = 1;

interface PresentProfile {
  /** Rows with a value. */
  readonly count: number;
  /** Rows without one: null, or a number that is none. */
  readonly absent: number;
}

/** A column of numbers, timestamps among them as they stand in the rows: of inputs seconds since 1970. Of a sampled set all but `count` and `absent` are weighted. */
export interface NumberProfile extends PresentProfile {
  readonly kind: 'number';
  /** Null, as are the others, when no row has a value. */
  readonly mean: number | null;
  /** Of the rows as a population: divided by their number. */
  readonly standardDeviation: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /**
   * Where bins end, ascending, at most 19: the distinct values at twentieths of the rows that are smaller than the largest.
   * Bin i takes values v with `edges[i - 1] < v <= edges[i]`; the first begins and the last ends nowhere, so that every value
   * has one ({@link binOf}).
   */
  readonly edges: readonly number[];
  /** The part of the rows with a value in each bin, one more than there are edges, 1 together; none when no row has a value. */
  readonly shares: readonly number[];
}

/** A column of booleans. */
export interface BooleanProfile extends PresentProfile {
  readonly kind: 'boolean';
  /** The part of the rows with a value that are true, weighted in a sampled set; null when no row has a value. */
  readonly trueShare: number | null;
}

/** A column of text, which only a label can be. */
export interface TextProfile extends PresentProfile {
  readonly kind: 'text';
  readonly distinct: number;
}

export type ColumnProfile = NumberProfile | BooleanProfile | TextProfile;

/** Profile of a training set, over all its rows. */
export interface TrainingProfile {
  readonly format: typeof profileFormat;
  /** `name@vN`. */
  readonly model: string;
  /** SHA-256 of the rows' Parquet file. */
  readonly trainingSetHash: string;
  readonly rows: number;
  /** Profiles of the inputs by their names, as a model takes them: numbers are 32-bit floats. */
  readonly inputs: Readonly<Record<string, ColumnProfile>>;
  /** Null of rows that somebody gave without labels. */
  readonly label: ColumnProfile | null;
}

/** The bin of a value: how many edges are below it. */
export const binOf = (edges: readonly number[], value: number): number => {
  const index = edges.findIndex((edge) => value <= edge);
  return index === -1 ? edges.length : index;
};
