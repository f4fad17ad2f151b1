import type { Scalar } from '../definition/node';
import { registers } from '../window/aggregates/distinct';
import { bucketsPerOctave } from '../window/aggregates/quantile';

/*
 * The sketches of the online code in SQL, step by step on whole numbers, so that both give the same bits. A sketch is a
 * LIST of STRUCT(k, v); nothing is NULL.
 */

const alpha = 0.7213 / (1 + 1.079 / registers);

/** The text of a value that is hashed: whole numbers and timestamps in decimal digits. */
const textOf = (value: string, scalar: Scalar): string => {
  if (scalar === 'string') return value;
  return scalar === 'boolean' ? `CASE WHEN ${value} THEN 'true' WHEN NOT ${value} THEN 'false' END` : `CAST(CAST(${value} AS HUGEINT) AS VARCHAR)`;
};

/** The register of a value and its rank, as `registerOf` online: 9 and 43 bits of SHA-256. */
export const registerSql = (value: string, scalar: Scalar): { readonly key: string; readonly value: string } => {
  const bits = `CAST('0x' || substr(sha256(${textOf(value, scalar)}), 1, 13) AS BIGINT)`;
  const rest = `(${bits} % ${2 ** 43})`;
  return { key: `(${bits} // ${2 ** 43})`, value: `CASE WHEN ${rest} = 0 THEN 44 ELSE 44 - length(bin(${rest})) END` };
};

/** The estimate of a sketch, as `estimateOf` online. */
export const estimateSql = (entries: string): string => {
  const filled = `coalesce(len(${entries}), 0)`;
  const raw = `(${alpha * registers * registers} / (${registers} - ${filled} + coalesce(list_sum(list_transform(${entries}, lambda each: pow(2, -each.v))), 0)))`;
  return `round(CASE WHEN ${raw} <= ${2.5 * registers} AND ${filled} < ${registers} THEN ${registers} * ln(CAST(${registers} AS DOUBLE) / (${registers} - ${filled})) ELSE ${raw} END)`;
};

/** The bucket of a HUGEINT of units, as `bucketOf` online. */
export const bucketSql = (units: string): string => {
  const magnitude = `abs(${units})`;
  const octave = `(length(bin(${magnitude})) - 1)`;
  return `CAST(CASE WHEN ${units} = 0 THEN 0 ELSE sign(${units}) * (${octave} * ${bucketsPerOctave} + (${magnitude} * ${bucketsPerOctave}) // CAST(pow(2, ${octave}) AS HUGEINT) - ${bucketsPerOctave} + 1) END AS BIGINT)`;
};

/** The middle of the bucket in which a quantile lies, in units, as `bucketAt` and `middleOf` online; NULL for an empty sketch. */
export const quantileSql = (entries: string, at: number): string => {
  const rows = `list_sum(list_transform(${entries}, lambda each: each.v))`;
  const upTo = `list_transform(range(1, len(${entries}) + 1), lambda place: {'k': ${entries}[place].k, 'upto': list_sum(list_transform(${entries}[1:place], lambda each: each.v))})`;
  const bucket = `list_filter(${upTo}, lambda each: each.upto > floor(CAST('${at}' AS DOUBLE) * (${rows} - 1)))[1].k`;
  // One list of the bucket, so that its SQL stands there once.
  const magnitude = '(abs(bucket) - 1)';
  const [octave, part] = [`(${magnitude} // ${bucketsPerOctave})`, `(${magnitude} % ${bucketsPerOctave})`];
  const middle = `CASE WHEN ${octave} < 6 THEN (${bucketsPerOctave} + ${part}) * pow(2, ${octave} - 6) ELSE ((2 * (${bucketsPerOctave} + ${part}) + 1) * pow(2, ${octave} - 6) - 1) / 2 END`;
  return `list_transform([${bucket}], lambda bucket: CASE WHEN bucket = 0 THEN 0 ELSE sign(bucket) * (${middle}) END)[1]`;
};
