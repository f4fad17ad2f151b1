import type { AggregateNode } from '../../definition/node';
import { scaleOf } from '../scale';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, total } from './aggregate';
import { scalarOf, sumPart } from './sum';

/** Mean of the values that are not null: an exact fraction of whole numbers until the one division. */
export const mean = (node: AggregateNode, context: AggregateContext): TiledAggregate => {
  const scale = scaleOf(scalarOf(node));
  return {
    parts: [sumPart(node), countPart(node, context)],
    finalize: ([units, rows]) => (rows === undefined ? null : total(units) / (scale * total(rows))),
  };
};
