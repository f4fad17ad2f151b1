import type { AggregateNode } from '../../definition/node';
import { scaleOf } from '../scale';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, total } from './aggregate';
import { scalarOf, sumPart } from './sum';

/** Mean of the values that are not null: exact integers until the last division. */
export const mean = (node: AggregateNode, context: AggregateContext): TiledAggregate => ({
  parts: [sumPart(node), countPart(node, context)],
  finalize: ([units, rows]) => (total(rows) === 0n ? null : Number(total(units)) / scaleOf(scalarOf(node)) / Number(total(rows))),
});
