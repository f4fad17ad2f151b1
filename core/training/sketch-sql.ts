import type { Scalar } from '../definition/node';
import { registers } from '../window/aggregates/distinct';
import { bucketsPerOctave } from '../window/aggregates/quantile';
import type { Dialect } from './dialect';

/*
 * The sketches of the online code in SQL, step by step on whole numbers, so that all engines give the same bits. A sketch is
 * a list of structs of `k` and `v`; nothing is NULL.
 */

const alpha = 0.7213 / (1 + 1.079 / registers);

/** The text of a value that is hashed: whole numbers and timestamps in decimal digits. */
const textOf = (value: string, scalar: Scalar, { types, whole }: Dialect): string => {
  if (scalar === 'string') return value;
  if (scalar === 'boolean') return `CASE WHEN ${value} THEN 'true' WHEN NOT ${value} THEN 'false' END`;
  return `CAST(${scalar === 'timestamp' ? value : whole.of(value)} AS ${types.string})`;
};

/** The register of a value and its rank, as `registerOf` online: 9 and 43 bits of SHA-256. */
export const registerSql = (value: string, scalar: Scalar, dialect: Dialect): { readonly key: string; readonly value: string } => {
  const { hashBits, bigintQuotient, once } = dialect.sketch;
  const bits = hashBits(textOf(value, scalar, dialect));
  return {
    key: bigintQuotient(bits, String(2 ** 43)),
    value: once(`${bits} % ${2 ** 43}`, 'rest', 'CASE WHEN rest IS NULL THEN NULL WHEN rest = 0 THEN 44 ELSE 44 - length(bin(rest)) END'),
  };
};

/** The estimate of a sketch, as `estimateOf` online. */
export const estimateSql = (entries: string, { sketch }: Dialect): string => {
  const filled = sketch.count(entries);
  const raw = `(${alpha * registers * registers} / (${registers} - ${filled} + coalesce(${sketch.sum(entries, (each) => `pow(2, -${each}.v)`)}, 0)))`;
  return `round(CASE WHEN ${raw} <= ${2.5 * registers} AND ${filled} < ${registers} THEN ${registers} * ln(CAST(${registers} AS DOUBLE) / (${registers} - ${filled})) ELSE ${raw} END)`;
};

/** The bucket of a whole number of units, as `bucketOf` online. */
export const bucketSql = (units: string, { whole, sketch }: Dialect): string => {
  const octave = `(${whole.bits('abs(units)')} - 1)`;
  const bucket = `octave * ${bucketsPerOctave} + ${whole.quotient(`(abs(units) * ${bucketsPerOctave})`, whole.powerOfTwo('octave'))} - ${bucketsPerOctave} + 1`;
  return sketch.once(units, 'units', `CAST(CASE WHEN units = 0 THEN 0 ELSE ${sketch.once(octave, 'octave', `CASE WHEN units < 0 THEN -(${bucket}) ELSE ${bucket} END`)} END AS BIGINT)`);
};

/** The middle of the bucket in which a quantile lies, in units, as `bucketAt` and `middleOf` online; NULL for an empty sketch. */
export const quantileSql = (entries: string, at: number, { sketch }: Dialect): string => {
  const rows = sketch.sum(entries, (each) => `${each}.v`);
  const bucket = sketch.keyBeyond(entries, `floor(CAST('${at}' AS DOUBLE) * (${rows} - 1))`);
  // So that the bucket's SQL stands there once.
  const magnitude = '(abs(bucket) - 1)';
  const [octave, part] = [sketch.bigintQuotient(magnitude, String(bucketsPerOctave)), `(${magnitude} % ${bucketsPerOctave})`];
  const middle = `CASE WHEN ${octave} < 6 THEN (${bucketsPerOctave} + ${part}) * pow(2, ${octave} - 6) ELSE ((2 * (${bucketsPerOctave} + ${part}) + 1) * pow(2, ${octave} - 6) - 1) / 2 END`;
  return sketch.once(bucket, 'bucket', `CASE WHEN bucket = 0 THEN 0 ELSE sign(bucket) * (${middle}) END`);
};
