import type { AggregateNode } from '../definition/node';
import type { Scope, Value } from '../expression/evaluate';
import type { EpochMillis } from '../event/time';

/** What a row is told apart by. */
export interface RowIdentity { readonly time: EpochMillis; readonly source: string; readonly id: string }

/** What `last` keeps once an item, and `first` once a tile: a row's value that is not null. */
export interface Register extends RowIdentity { readonly value: Exclude<Value, null> }

export interface RegisterPlan {
  readonly key: string;
  /** The value that a row brings; `null` when the row does not count. */
  readonly prepare: (scope: Scope) => Value;
  /** The aggregate that it is, as data; a column of a dataset's row is none. */
  readonly node?: AggregateNode;
  /** Width and hop of the widest window that reads it: an older value is forgotten. */
  readonly width: number;
  readonly hop: number;
}

// By bytes and not by UTF-16 units, as every other engine compares text.
const compareText = (left: string, right: string): number => (left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right)));

const textOf = (value: Register['value']): string => `${typeof value} ${value}`;

const compareRegisters = (left: Register, right: Register): number =>
  left.time - right.time || compareText(left.source, right.source) || compareText(left.id, right.id) || compareText(textOf(left.value), textOf(right.value));

/**
 * The newer of two by (event time, source, id). The same identity with two values is a producer's mistake; the greater
 * text then decides, so that even there the order of folding does not matter.
 */
export const newerRegister = (left: Register | undefined, right: Register | undefined): Register | undefined => {
  if (!left || !right) return left ?? right;
  return compareRegisters(left, right) >= 0 ? left : right;
};

/** The older of two, by the same order. */
export const olderRegister = (left: Register | undefined, right: Register | undefined): Register | undefined => {
  if (!left || !right) return left ?? right;
  return compareRegisters(left, right) <= 0 ? left : right;
};
