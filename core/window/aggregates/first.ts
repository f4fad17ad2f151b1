import type { AggregateNode } from '../../definition/node';
import { registerIn } from '../part';
import { registerSize } from '../part-size';
import type { TiledAggregate } from './aggregate';
import { partKey, valueOf } from './aggregate';

/** Value of the oldest row in a window. Unlike the newest, it depends on where the window begins: each tile keeps its own. */
export const first = (node: AggregateNode): TiledAggregate => {
  const value = valueOf(node);
  return {
    parts: [{ key: partKey('oldest', node), operation: 'oldest', whole: false, size: registerSize, source: { kind: 'oldest', node }, prepare: (scope, row) => {
      const each = value(scope);
      if (typeof each === 'number' && !Number.isFinite(each)) throw new RangeError(`The value ${each} cannot be kept; allowed are finite numbers.`);
      return each === null ? undefined : { ...row, value: each };
    } }],
    finalize: ([oldest]) => registerIn(oldest)?.value ?? null,
  };
};
