import type { AggregateNode } from '../../definition/node';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, total } from './aggregate';

/** How many rows. */
export const count = (node: AggregateNode, context: AggregateContext): TiledAggregate =>
  ({ parts: [countPart(node, context)], finalize: ([rows]) => total(rows) });
