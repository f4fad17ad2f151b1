import type { Scope } from '../expression/evaluate';
import type { Whole } from './whole';
import { addWhole } from './whole';

/**
 * What a tile keeps of its rows for an aggregate: one value, put together by a commutative and associative operation, so
 * that neither the order of rows nor their batches can matter. Equal parts of several aggregates are kept once.
 *
 * `add` sums whole numbers, `min` and `max` keep the smallest or largest number. Nothing, and a sum of 0, is `undefined`,
 * so that each value is written in one way.
 */
export type PartOperation = 'add' | 'min' | 'max';
export type PartValue = Whole | undefined;

/** Bytes that a part takes in a tile: of usual numbers, and at most. */
export interface PartSize { readonly expected: number; readonly largest: number }

export interface Part {
  /** Two parts with the same key keep the same value. */
  readonly key: string;
  readonly operation: PartOperation;
  /** Whether an extreme is a whole number, and so packed as one. */
  readonly whole: boolean;
  readonly size: PartSize;
  /** What a row brings; `undefined` when it brings nothing. Throws a RangeError for what cannot be kept, such as NaN. */
  readonly prepare: (scope: Scope) => PartValue;
}

/** A sum as a part's value. */
export const sumValue = (units: Whole): PartValue => (units === 0 ? undefined : units);

const operations: Readonly<Record<PartOperation, (left: Whole, right: Whole) => PartValue>> = {
  add: (left, right) => sumValue(addWhole(left, right)),
  min: (left, right) => (left <= right ? left : right),
  max: (left, right) => (left >= right ? left : right),
};

/** Puts two values of a part together. */
export const mergeParts = (operation: PartOperation, left: PartValue, right: PartValue): PartValue => {
  if (left === undefined) return right;
  return right === undefined ? left : operations[operation](left, right);
};

/**
 * A number as an extreme's value, with one zero: minus zero would make two orders give other bytes.
 *
 * @throws RangeError for NaN and the infinities, which expressions over very large numbers can give, and for a fraction
 *   where `whole` numbers are packed
 */
export const extremeValue = (value: number, whole: boolean): number => {
  if (!(whole ? Number.isInteger(value) : Number.isFinite(value))) throw new RangeError(`The value ${value} cannot be kept as an extreme; allowed are ${whole ? 'whole' : 'finite'} numbers.`);
  return value + 0;
};
