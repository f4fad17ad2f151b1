import type { AggregateNode } from '../../definition/node';
import { extremeValue } from '../part';
import type { TiledAggregate } from './aggregate';
import { partKey, total, valueOf } from './aggregate';

/** The smallest or largest of the values that are not null. */
const extreme = (operation: 'min' | 'max') => (node: AggregateNode): TiledAggregate => {
  const value = valueOf(node);
  const whole = node.scalar !== 'float';
  return {
    parts: [{ key: partKey(operation, node), operation, whole, size: { expected: whole ? 3 : 9, largest: 9 }, source: { kind: operation, node }, prepare: (scope) => {
      const each = value(scope);
      return typeof each === 'number' ? extremeValue(each, whole) : undefined;
    } }],
    finalize: ([most]) => (most === undefined ? null : total(most)),
  };
};

export const min = extreme('min');
export const max = extreme('max');
