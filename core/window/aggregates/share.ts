import type { AggregateNode } from '../../definition/node';
import type { Part } from '../part';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, partKey, total, valueOf } from './aggregate';

const hitsPart = (node: AggregateNode): Part => {
  const value = valueOf(node);
  return { key: partKey('hits', node), operation: 'add', whole: true, prepare: (scope) => (value(scope) === true ? 1n : undefined) };
};

/** Of the rows for which the predicate is not null, the part for which it is true. */
export const share = (node: AggregateNode, context: AggregateContext): TiledAggregate => ({
  parts: [hitsPart(node), countPart(node, context)],
  finalize: ([hits, rows]) => (total(rows) === 0n ? null : Number(total(hits)) / Number(total(rows))),
});
