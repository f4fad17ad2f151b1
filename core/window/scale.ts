import type { Scalar } from '../definition/node';
import type { Whole } from './whole';
import { wholeOf } from './whole';

/**
 * Floats are summed as whole millionths, so that the order of additions cannot matter: a sum is exact to 5 × 10^-7 a value
 * (and to a double's 53 bits for values above 9 × 10^9). Whole numbers and timestamps are summed as they are. Sums are
 * unbounded integers: they cannot overflow.
 */
const floatScale = 1_000_000;

/** Units of a scalar in one unit of its value. */
export const scaleOf = (scalar: Scalar): number => (scalar === 'float' ? floatScale : 1);

/**
 * A value in units of its scale; halves round away from zero, as in SQL.
 *
 * @throws RangeError for a value that has no such units: NaN, an infinity, a fraction where whole numbers are summed
 */
export const scaled = (value: number, scalar: Scalar): Whole => {
  const units = scalar === 'float' ? Math.sign(value) * Math.round(Math.abs(value) * floatScale) : value;
  if (!Number.isInteger(units)) throw new RangeError(`The value ${value} cannot be summed as ${scalar}; allowed are ${scalar === 'float' ? 'finite numbers below 10^302' : 'whole numbers'}.`);
  // Adding zero makes minus zero plain.
  return Number.isSafeInteger(units) ? units + 0 : wholeOf(BigInt(units));
};
