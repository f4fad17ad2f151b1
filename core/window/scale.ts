import type { Scalar } from '../definition/node';

/**
 * Floats are summed as whole millionths, so that the order of additions cannot matter: a sum is exact to 5 × 10^-7 a value.
 * Whole numbers and timestamps are summed as they are. Sums are unbounded integers: they cannot overflow.
 */
export const floatScale = 1_000_000;

/** Units of a scalar in one unit of its value. */
export const scaleOf = (scalar: Scalar): number => (scalar === 'float' ? floatScale : 1);

/** A value in units of its scale; halves round away from zero, as in SQL. */
export const scaled = (value: number, scalar: Scalar): bigint =>
  BigInt(scalar === 'float' ? Math.sign(value) * Math.round(Math.abs(value) * floatScale) : value);
