/**
 * A whole number of any size: a `number` while that is exact, a `bigint` beyond. Every value has one form, so that equal
 * sums are equal data and equal bytes, and the common case costs no allocation.
 */
export type Whole = number | bigint;

/** The one form of a whole number. */
export const wholeOf = (value: bigint): Whole => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

/** Exact sum of two whole numbers: it cannot overflow. */
export const addWhole = (left: Whole, right: Whole): Whole => {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return wholeOf(BigInt(left) + BigInt(right));
};
