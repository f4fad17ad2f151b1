import type { Scope } from '../expression/evaluate';

/**
 * What a tile keeps of its rows for an aggregate: one value, put together by a commutative and associative operation, so
 * that neither the order of rows nor their batches can matter. Equal parts of several aggregates are kept once.
 *
 * `add` sums integers, `min` and `max` keep the smallest or largest number. Nothing, and a sum of 0, is `undefined`, so that
 * each value is written in one way.
 */
export type PartOperation = 'add' | 'min' | 'max';
export type PartValue = bigint | number | undefined;

export interface Part {
  /** Two parts with the same key keep the same value. */
  readonly key: string;
  readonly operation: PartOperation;
  /** Whether an extreme is a whole number, and so packed as one. */
  readonly whole: boolean;
  /** What a row brings; `undefined` when it brings nothing. */
  readonly prepare: (scope: Scope) => PartValue;
}

const isNegativeZero = (value: number): boolean => Object.is(value, -0);

/** A sum as a part's value. */
export const sumValue = (units: bigint): PartValue => (units === 0n ? undefined : units);

/** Puts two values of a part together. */
export const mergeParts = (operation: PartOperation, left: PartValue, right: PartValue): PartValue => {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (typeof left === 'bigint' && typeof right === 'bigint') return sumValue(left + right);
  const [a, b] = [Number(left), Number(right)];
  return operation === 'min' ? Math.min(a, b) : Math.max(a, b);
};

/** An extreme's value with one zero: minus zero would make two orders give other bytes. */
export const extremeValue = (value: number): number => (isNegativeZero(value) ? 0 : value);
