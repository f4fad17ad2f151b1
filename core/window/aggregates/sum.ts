import type { AggregateNode, Scalar } from '../../definition/node';
import type { Part } from '../part';
import { sumValue } from '../part';
import { scaled, scaleOf } from '../scale';
import type { TiledAggregate } from './aggregate';
import { partKey, total, valueOf } from './aggregate';

/** The scalar of what is aggregated. */
export const scalarOf = ({ of, scalar }: AggregateNode): Scalar => of?.scalar ?? scalar;

/** Sum of the values in units of their scale. */
export const sumPart = (node: AggregateNode): Part => {
  const [value, scalar] = [valueOf(node), scalarOf(node)];
  return { key: partKey('sum', node), operation: 'add', whole: true, size: { expected: scalar === 'int' ? 4 : 6, largest: 18 }, source: { kind: 'sum', node }, prepare: (scope) => {
    const each = value(scope);
    return typeof each === 'number' ? sumValue(scaled(each, scalar)) : undefined;
  } };
};

/** Sum of the values that are not null. */
export const sum = (node: AggregateNode): TiledAggregate =>
  ({ parts: [sumPart(node)], finalize: ([units]) => total(units) / scaleOf(scalarOf(node)) });
