import type { AggregateNode } from '../definition/node';
import type { Scope } from '../expression/evaluate';
import type { Entries } from './entries';
import { mergeEntries } from './entries';
import type { PartSize } from './part-size';
import type { Register, RowIdentity } from './register';
import { olderRegister } from './register';
import type { Whole } from './whole';
import { addWhole } from './whole';

/**
 * What a tile keeps of its rows for an aggregate: one value, put together by a commutative and associative operation, so
 * that neither the order of rows nor their batches can matter. Equal parts of several aggregates are kept once.
 *
 * `add` sums whole numbers, `min` and `max` keep the smallest or largest number; `entries-add` and `entries-max` do so for
 * each key of a sketch; `oldest` keeps the oldest row's value. Nothing, and a sum of 0, is `undefined`, so that each value is
 * written in one way.
 */
export type PartOperation = 'add' | 'min' | 'max' | 'entries-add' | 'entries-max' | 'oldest';
export type PartValue = Whole | Entries | Register | undefined;

type PlainKind = 'count' | 'hits' | 'sum' | 'squares' | 'min' | 'max' | 'oldest' | 'registers';
/** What a part keeps of which values, as data: engines that cannot call `prepare` compile it. */
export type PartSource =
  | { readonly [K in PlainKind]: { readonly kind: K; readonly node: AggregateNode } }[PlainKind]
  /** Values beyond the bounds, which are in units of the value, count at these. */
  | { readonly kind: 'buckets'; readonly node: AggregateNode; readonly lowest: number; readonly highest: number };

export interface Part {
  /** Two parts with the same key keep the same value. */
  readonly key: string;
  readonly operation: PartOperation;
  /** Whether an extreme is a whole number, and so packed as one. */
  readonly whole: boolean;
  readonly size: PartSize;
  readonly source: PartSource;
  /** What a row brings; `undefined` when it brings nothing. Throws a RangeError for what cannot be kept, such as NaN. */
  readonly prepare: (scope: Scope, row: RowIdentity) => PartValue;
}

const mismatch = (what: string, value: PartValue): never => { throw new TypeError(`A part holds ${JSON.stringify(value)} where ${what} belongs; its item was packed for another part.`); };

/** A part's value that is a number; nothing is 0. */
export const wholeIn = (value: PartValue): Whole => (value === undefined ? 0 : typeof value === 'number' || typeof value === 'bigint' ? value : mismatch('a number', value));
/** A part's value that is a sketch; nothing is an empty one. */
export const entriesIn = (value: PartValue): Entries => (value === undefined ? [] : Array.isArray(value) ? value as Entries : mismatch('a sketch', value));
/** A part's value that is a row's. */
export const registerIn = (value: PartValue): Register | undefined => (value === undefined || (typeof value === 'object' && 'time' in value) ? value : mismatch("a row's value", value));

/** A sum as a part's value. */
export const sumValue = (units: Whole): PartValue => (units === 0 ? undefined : units);

const operations: Readonly<Record<PartOperation, (left: PartValue, right: PartValue) => PartValue>> = {
  add: (left, right) => sumValue(addWhole(wholeIn(left), wholeIn(right))),
  min: (left, right) => (wholeIn(left) <= wholeIn(right) ? left : right),
  max: (left, right) => (wholeIn(left) >= wholeIn(right) ? left : right),
  'entries-add': (left, right) => mergeEntries(entriesIn(left), entriesIn(right), (one, other) => one + other),
  'entries-max': (left, right) => mergeEntries(entriesIn(left), entriesIn(right), Math.max),
  oldest: (left, right) => olderRegister(registerIn(left), registerIn(right)),
};

/** Puts two values of a part together. */
export const mergeParts = (operation: PartOperation, left: PartValue, right: PartValue): PartValue => {
  if (left === undefined) return right;
  return right === undefined ? left : operations[operation](left, right);
};

/** A part's value as a person reads it. */
export const partText = (value: PartValue): string => {
  if (value === undefined) return 'nothing';
  if (typeof value !== 'object') return String(value);
  if ('time' in value) return `${value.value} at ${new Date(value.time).toISOString()} of ${value.source} ${value.id}`;
  return Array.from({ length: value.length / 2 }, (_each, index) => `${value[2 * index]}: ${value[2 * index + 1]}`).join(', ');
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
