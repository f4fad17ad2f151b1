import { textLiteral } from './sql';

/** Which part of the rows a training set takes: of all, or of those with a true label and of the others. */
export type Sample = number | { readonly true: number; readonly false: number };

const digits = 13;

/**
 * SQL of a text that an identity decides: hexadecimal digits, as evenly spread as numbers at random. The same in DuckDB and in Spark.
 *
 * @param salt another one spreads the same identities otherwise
 */
const spreadSql = (salt: string): string => `substr(md5(concat_ws(chr(10), ${salt === '' ? '' : `${textLiteral(salt)}, `}source, id)), 1, ${digits})`;

/** SQL of whether a row, with `source` and `id`, is among a part of all: decided by its identity alone, so that it is the same each time. */
export const isAmongSql = (part: number, salt = ''): string => {
  if (part >= 1) return 'TRUE';
  // A double has 53 bits, 13 digits have 52.
  return `${spreadSql(salt)} < '${Math.floor(part * 16 ** digits).toString(16).padStart(digits, '0')}'`;
};

/**
 * The same for some of all, on Spark, where how many there are is known only as the plan runs: those that
 * `isAmongSql(most / total, salt)` takes. Both divide doubles, and 16 to the power of 13 shifts their digits alone.
 *
 * @param total SQL of how many there are
 */
export const isAmongFewSparkSql = (most: number, total: string, salt: string): string =>
  `(${total} <= ${most} OR ${spreadSql(salt)} < lpad(lower(hex(CAST(floor(CAST(${most} AS DOUBLE) / CAST(greatest(${total}, 1) AS DOUBLE) * CAST('${16 ** digits}' AS DOUBLE)) AS BIGINT))), ${digits}, '0'))`;

export const isSampledSql = (sample: Sample, label: string): string =>
  (typeof sample === 'number' ? isAmongSql(sample) : `CASE WHEN ${label} THEN ${isAmongSql(sample.true)} ELSE ${isAmongSql(sample.false)} END`);

/** How many rows each row of a sample stands for. */
export const weightSql = (sample: Sample, label: string): string => {
  const weight = (part: number): string => `CAST('${1 / part}' AS DOUBLE)`;
  return typeof sample === 'number' ? weight(sample) : `CASE WHEN ${label} THEN ${weight(sample.true)} ELSE ${weight(sample.false)} END`;
};

/**
 * What is wrong with a sample; undefined when nothing is.
 *
 * @param labels type of the model's label
 */
export const sampleProblem = (sample: Sample, labels: string): string | undefined => {
  const parts = typeof sample === 'number' ? [sample] : [sample.true, sample.false];
  if (parts.some((part) => !(part > 0 && part <= 1))) return `A sample of ${JSON.stringify(sample)} cannot be taken; a part is a number over 0 and at most 1.`;
  return typeof sample !== 'number' && labels !== 'boolean' ? `A sample by label needs labels that are true or false, and these are of the type ${labels}; give one part for all rows.` : undefined;
};
