import type { AggregateKind, AggregateNode } from '../../definition/node';
import type { AggregateContext, TiledAggregate } from './aggregate';
import { count } from './count';
import { distinct } from './distinct';
import { max, min } from './extreme';
import { first } from './first';
import { mean } from './mean';
import { quantile } from './quantile';
import { share } from './share';
import { sum } from './sum';
import { standardDeviation, variance } from './variance';

/** `last` is no tile's business: it is kept once an item, see {@link ../register}. */
type TiledKind = Exclude<AggregateKind, 'last'>;

const aggregates: Readonly<Record<TiledKind, (node: AggregateNode, context: AggregateContext) => TiledAggregate>> = { count, sum, mean, share, min, max, variance, standardDeviation, first, distinct, quantile };

/** The tiled form of an aggregate; `undefined` for one that is kept as a register. */
export const tiledAggregate = (node: AggregateNode, context: AggregateContext): TiledAggregate | undefined =>
  node.kind === 'last' ? undefined : aggregates[node.kind](node, context);
