import type { AggregateNode } from '../../definition/node';
import type { Part } from '../part';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { countPart, countSize, partKey, total, valueOf } from './aggregate';

const hitsPart = (node: AggregateNode): Part => {
  const value = valueOf(node);
  return { key: partKey('hits', node), operation: 'add', whole: true, size: countSize, source: { kind: 'hits', node }, prepare: (scope) => (value(scope) === true ? 1 : undefined) };
};

/** Of the rows for which the predicate is not null, the part for which it is true. */
export const share = (node: AggregateNode, context: AggregateContext): TiledAggregate => ({
  parts: [hitsPart(node), countPart(node, context)],
  finalize: ([hits, rows]) => (rows === undefined ? null : total(hits) / total(rows)),
});
