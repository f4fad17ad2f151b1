import type { AggregateNode, ExpressionNode } from '../../definition/node';
import type { Scope, Value } from '../../expression/evaluate';
import { compileExpression } from '../../expression/evaluate';
import { canonicalJson } from '../../manifest/hash';
import type { Part, PartValue } from '../part';
import { wholeIn } from '../part';
import type { PartSize } from '../part-size';

/** An aggregate that tiles can keep: its parts, and how their merged values finish. */
export interface TiledAggregate {
  readonly parts: readonly Part[];
  /** The value in a window, from the merged values of its parts; `null` is absent. */
  readonly finalize: (values: readonly PartValue[]) => Value;
}

export interface AggregateContext {
  /** Whether an expression over the view's source can be null. */
  readonly canBeNull: (node: ExpressionNode) => boolean;
}

/** The value that a row brings: null when the row does not count. */
export const valueOf = ({ of, where }: AggregateNode): ((scope: Scope) => Value) => {
  const value = of ? compileExpression(of) : (): Value => true;
  if (!where) return value;
  const counts = compileExpression(where);
  return (scope) => (counts(scope) === true ? value(scope) : null);
};

/** Key of a part: what it keeps, of which expression, over which rows. */
export const partKey = (kind: string, { of, where }: AggregateNode): string => canonicalJson([kind, of ?? null, where ?? null]);

/** A varint: some thousand rows, and 10^10. */
export const countSize: PartSize = { expected: 2, largest: 5 };

/** How many rows count: those whose value is not null. */
export const countPart = (node: AggregateNode, { canBeNull }: AggregateContext): Part => {
  // Rows whose value is never null are counted alike, whatever the value: mean, share and count then keep one number.
  const counted: AggregateNode = node.of && canBeNull(node.of) ? node : { kind: 'count', scalar: 'int', ...(node.where ? { where: node.where } : {}) };
  const value = valueOf(counted);
  return { key: partKey('count', counted), operation: 'add', whole: true, size: countSize, source: { kind: 'count', node: counted }, prepare: (scope) => (value(scope) === null ? undefined : 1) };
};

/** A merged sum as a number: the nearest one, where it is beyond what numbers hold exactly. */
export const total = (value: PartValue): number => Number(wholeIn(value));
