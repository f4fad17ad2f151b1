import type { ExpressionNode, Scalar, ViewFeatureNode } from './node';
import type { SourceReference } from '../manifest/manifest';
import type { Fields } from './field';
import { columnsOf, expressionOf, named } from './expression';
import type { Columns, Expression } from './expression';
import type { Features, Typed } from './aggregate';
import type { Entity, Source } from './source';

type Merge<X> = { readonly [K in X extends Features<infer T> ? keyof T : never]: X extends Features<infer T> ? (K extends keyof T ? T[K] : never) : never };

/** A place in a model for one entity, such as `origin` for an airport. */
export interface Slot<N extends string> { readonly entity: N; readonly slot: string }
/** A view's features for the entity of one slot. */
export type Lookup<T extends Typed> = { readonly [K in keyof T]: Expression<T[K]> };

/** Features of one entity from one source; versioned. */
export interface FeatureView<N extends string = string, T extends Typed = Typed> {
  readonly kind: 'featureView';
  readonly name: string;
  readonly version: number;
  readonly owner?: string;
  readonly description?: string;
  readonly entity: N;
  readonly from: SourceReference;
  readonly by: Readonly<Record<string, ExpressionNode>>;
  readonly writeUnits?: number;
  /** What works out its windows: the aggregator's Lambda, or Flink. */
  readonly engine?: 'lambda' | 'flink';
  readonly nodes: readonly ViewFeatureNode[];
  /** Names and scalars, for the type checker. */
  readonly features: T;
  /** The features of this view for the entity in a model's slot. */
  of(slot: Slot<N>): Lookup<T>;
}

const nodesOf = (columns: Readonly<Record<string, Expression>>): Readonly<Record<string, ExpressionNode>> =>
  Object.freeze(Object.fromEntries(Object.entries(columns).map(([name, { node }]) => [name, node])));

/**
 * Declares a feature view.
 *
 * @param specification `by`: where a row's entity key stands; `writeUnits`: what one fold may cost in DynamoDB, needed only above 8;
 * `engine`: what works out its windows, `'lambda'` unless said otherwise; `'flink'`, where events come by Kafka, for more events than write units can pay for; `features`: the windows or current values, from the row's columns
 */
export const featureView = <N extends string, K extends Fields, F extends Fields, const X extends readonly Features[]>(name: string, specification: {
  readonly version: number; readonly owner?: string; readonly description?: string; readonly entity: Entity<N, K>; readonly from: Source<F>; readonly writeUnits?: number; readonly engine?: 'lambda' | 'flink';
  readonly by: (columns: Columns<F>) => Columns<NoInfer<K>>; readonly features: (columns: Columns<F>) => X }): FeatureView<N, Merge<X[number]>> => {
  const { entity, from, by, features, ...described } = specification;
  const columns = columnsOf(from.fields);
  const nodes = features(columns).flatMap((each) => each.nodes);
  const scalars = Object.freeze(Object.fromEntries(nodes.map((node): [string, Scalar] => [node.name, node.scalar]))) as Merge<X[number]>;
  const of = ({ slot }: Slot<N>): Lookup<Merge<X[number]>> => named(`feature of ${name}`, Object.fromEntries(nodes.map((node) => [node.name,
    expressionOf(node.scalar, { kind: 'feature', slot, view: name, version: described.version, feature: node.name, scalar: node.scalar })])) as Lookup<Merge<X[number]>>);
  return Object.freeze({ kind: 'featureView', name, ...described, entity: entity.name, from: { kind: from.kind, name: from.name, version: from.version },
    by: nodesOf(by(columns)), nodes: Object.freeze(nodes), features: scalars, of });
};
