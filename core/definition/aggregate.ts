import type { AggregateKind, AggregateNode, CurrentFeatureNode, Scalar, ViewFeatureNode, Width, WindowFeatureNode } from './node';
import type { Expression, Numeric } from './expression';

/** An aggregate over a window's rows; the type keeps the scalar of its value. */
export interface Aggregate<S extends Scalar = Scalar> { readonly aggregate: S; readonly node: AggregateNode }
export type Typed = Readonly<Record<string, Scalar>>;
/** Features with their names and scalars in the type. */
export interface Features<T extends Typed = Typed> { readonly features: T; readonly nodes: readonly ViewFeatureNode[] }

interface Where { /** Rows for which this is not true do not count. */ readonly where?: Expression<'boolean'> }

const aggregate = <S extends Scalar>(kind: AggregateKind, scalar: S, of: Expression | undefined, { where }: Where = {}): Aggregate<S> =>
  Object.freeze({ aggregate: scalar, node: Object.freeze({ kind, scalar, ...(of ? { of: of.node } : {}), ...(where ? { where: where.node } : {}) }) });

/** How many rows; 0 when there are none. */
export const count = (options?: Where): Aggregate<'int'> => aggregate('count', 'int', undefined, options);
/** Sum of the values that are not null; 0 when there are none. */
export const sum = <S extends 'int' | 'float'>(of: Expression<S>, options?: Where): Aggregate<S> => aggregate('sum', of.expression, of, options);
/** Mean of the values that are not null; absent when there are none. */
export const mean = (of: Numeric, options?: Where): Aggregate<'float'> => aggregate('mean', 'float', of, options);
/** Of the rows for which the predicate is not null, the part for which it is true; absent when there are none. */
export const share = (of: Expression<'boolean'>, options?: Where): Aggregate<'float'> => aggregate('share', 'float', of, options);
/** Smallest value; absent when there is none. */
export const min = <S extends 'int' | 'float' | 'timestamp'>(of: Expression<S>, options?: Where): Aggregate<S> => aggregate('min', of.expression, of, options);
/** Largest value; absent when there is none. */
export const max = <S extends 'int' | 'float' | 'timestamp'>(of: Expression<S>, options?: Where): Aggregate<S> => aggregate('max', of.expression, of, options);
/** Variance of the values that are not null, divided by their number: they are all the window's values, no sample; absent when there are none. */
export const variance = (of: Numeric, options?: Where): Aggregate<'float'> => aggregate('variance', 'float', of, options);
/** Standard deviation of the values that are not null, see {@link variance}; absent when there are none. */
export const standardDeviation = (of: Numeric, options?: Where): Aggregate<'float'> => aggregate('standardDeviation', 'float', of, options);
/** Value of the oldest row in the window by (event time, source, id) whose value is not null; absent when there is none. */
export const first = <S extends Scalar>(of: Expression<S>, options?: Where): Aggregate<S> => aggregate('first', of.expression, of, options);
/** About how many different values there are, with a standard error of 4.6 %: a HyperLogLog of 512 registers; 0 when there are none. */
export const distinct = (of: Expression<'string'> | Expression<'int'> | Expression<'boolean'> | Expression<'timestamp'>, options?: Where): Aggregate<'int'> => aggregate('distinct', 'int', of, options);
/**
 * A quantile of the values that are not null, within 0.8 % of a value that is there; absent when there is none.
 *
 * @param at 0 to 1: 0.5 is the median
 * @param options `from` and `to`: the range that matters; a value beyond it counts at its end
 */
export const quantile = (of: Numeric, at: number, { from, to, ...options }: Where & { readonly from: number; readonly to: number }): Aggregate<'float'> => {
  if (!(at >= 0 && at <= 1)) throw new RangeError(`A quantile is between 0 and 1; ${at} was given.`);
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to)) throw new RangeError(`The range of a quantile goes from a number to a larger one; ${from} and ${to} were given.`);
  const { aggregate: scalar, node } = aggregate('quantile', 'float', of, options);
  return Object.freeze({ aggregate: scalar, node: Object.freeze({ ...node, quantile: Object.freeze({ at, from, to }) }) });
};
/** Value of the newest row by (event time, source, id) whose value is not null; absent when there is none. */
export const last = <S extends Scalar>(of: Expression<S>, options?: Where): Aggregate<S> => aggregate('last', of.expression, of, options);

type OneOf<W> = W extends readonly (infer V extends Width)[] ? V : W & Width;

/**
 * The aggregates over one or several windows; each feature is named `<name>_<width>`.
 *
 * @param widths such as `'1h'`, `['1h', '24h']`: a multiple of the window tier's hop (5 minutes under 12 hours, 1 hour from 12 hours, 1 day from 12 days), up to 90 days; or `'lifetime'`, which begins in 1970
 */
export const over = <const W extends Width | readonly Width[], A extends Readonly<Record<string, Aggregate>>>(widths: W, aggregates: A):
  Features<{ [N in keyof A & string as `${N}_${OneOf<W>}`]: A[N]['aggregate'] }> => {
  const each: readonly Width[] = typeof widths === 'string' ? [widths] : widths;
  const nodes = each.flatMap((width) => Object.entries(aggregates).map(([name, { node }]): WindowFeatureNode =>
    Object.freeze({ kind: 'window', name: `${name}_${width}`, width, aggregate: node, scalar: node.scalar })));
  return featuresOf(nodes);
};

/** Columns of the newest row of a dataset, as they are. */
export const current = <C extends Readonly<Record<string, Expression>>>(columns: C): Features<{ [N in keyof C]: C[N]['expression'] }> =>
  featuresOf(Object.entries(columns).map(([name, { expression, node }]): CurrentFeatureNode => Object.freeze({ kind: 'current', name, of: node, scalar: expression })));

const featuresOf = <T extends Typed>(nodes: readonly ViewFeatureNode[]): Features<T> =>
  Object.freeze({ nodes: Object.freeze(nodes), features: Object.freeze(Object.fromEntries(nodes.map(({ name, scalar }) => [name, scalar]))) as T });
