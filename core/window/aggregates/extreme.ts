import type { AggregateNode } from '../../definition/node';
import { extremeValue } from '../part';
import type { TiledAggregate } from './aggregate';
import { partKey, valueOf } from './aggregate';

/** The smallest or largest of the values that are not null. */
const extreme = (operation: 'min' | 'max') => (node: AggregateNode): TiledAggregate => {
  const value = valueOf(node);
  return {
    parts: [{ key: partKey(operation, node), operation, whole: node.scalar !== 'float', prepare: (scope) => {
      const each = value(scope);
      return typeof each === 'number' ? extremeValue(each) : undefined;
    } }],
    finalize: ([most]) => (most === undefined ? null : Number(most)),
  };
};

export const min = extreme('min');
export const max = extreme('max');
