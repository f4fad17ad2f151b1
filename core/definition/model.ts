import type { ExpressionNode } from './node';
import type { EvaluationPolicy, ModelDefinition, ModelInput, ServingPolicy, TrainingPolicy } from '../manifest/manifest';
import type { Typed } from './aggregate';
import { columnsOf, expressionOf, named } from './expression';
import type { Columns, Expression } from './expression';
import type { Lookup, Slot } from './feature-view';
import type { Happens } from './label';
import type { Fields } from './field';
import type { Entity, Source } from './source';

type Entities = Readonly<Record<string, Entity>>;
/** Names of a model's inputs: an expression's own, or `slot__feature` for each feature of a lookup. */
export type Inputs<X> = { [A in keyof X & string]: X[A] extends Expression ? A : `${A}__${keyof X[A] & string}` }[keyof X & string];

/** How a model is trained; the trainer is a Python file of the project. */
type Training = Omit<TrainingPolicy, 'trainer'> & { readonly trainer?: string };

/** A named, versioned function from features to a prediction. */
export interface Model<E extends Entities = Entities, R extends Fields = Fields, I extends string = string> {
  readonly kind: 'model';
  readonly name: string;
  readonly version: number;
  readonly owner?: string;
  readonly description?: string;
  readonly predicts: ModelDefinition['predicts'];
  readonly entities: E;
  readonly request: R;
  readonly inputs: readonly I[];
  readonly inputNodes: readonly ModelInput[];
  readonly examples: ModelDefinition['examples'];
  readonly serving?: ServingPolicy;
  readonly training?: Training;
  readonly evaluation?: EvaluationPolicy;
}

interface ExampleRow<E extends Entities, R extends Fields> {
  /** The row's moment; absent: the event's time. Features count only what was known before it. */
  readonly at?: Expression<'timestamp'>;
  readonly request: Columns<R>;
  /** What is to be predicted. */
  readonly label: Expression | Happens;
  readonly entities: { readonly [A in keyof E]: Columns<E[A]['key']> };
}

const isExpression = (value: Expression | Lookup<Typed>): value is Expression => 'node' in value && 'expression' in value && typeof value.expression === 'string';

const nodesOf = (columns: Readonly<Record<string, Expression>>): Readonly<Record<string, ExpressionNode>> =>
  Object.freeze(Object.fromEntries(Object.entries(columns).map(([name, { node }]) => [name, node])));

/**
 * Declares a model.
 *
 * @param specification `features`: its inputs, from lookups (`view.of(slot)`) and request fields; `examples`: how an event becomes a training row;
 * `serving`: what becomes of a prediction whose inputs are absent, how long it waits for them, and which share is logged; `training`: which file trains it, what works out its training sets, when it is trained anew,
 * and who promotes its versions; `evaluation`: the slices that are judged each by itself, and what the gate asks for
 */
export const model = <E extends Entities, R extends Fields, X extends Readonly<Record<string, Expression | Lookup<Typed>>>, S extends Fields>(name: string, specification: {
  readonly version: number; readonly owner?: string; readonly description?: string; readonly predicts: ModelDefinition['predicts']; readonly entities: E; readonly request: R; readonly serving?: ServingPolicy;
  readonly training?: Training; readonly evaluation?: EvaluationPolicy;
  readonly features: (slots: { readonly [A in keyof E]: Slot<E[A]['name']> }, request: Columns<R>) => X;
  readonly examples: { readonly from: Source<S>; readonly row: (columns: Columns<S>) => ExampleRow<E, NoInfer<R>> } }): Model<E, R, Inputs<X>> => {
  const { features, examples, ...described } = specification;
  const slots = named('slot', Object.fromEntries(Object.entries(described.entities).map(([slot, { name: entity }]) => [slot, Object.freeze({ slot, entity })])) as { readonly [A in keyof E]: Slot<E[A]['name']> });
  const request = named('request field', Object.fromEntries(Object.entries(described.request).map(([field, { scalar }]) =>
    [field, expressionOf(scalar, { kind: 'request', name: field, scalar })])) as Columns<R>);
  const inputNodes = Object.entries(features(slots, request)).flatMap(([input, value]): ModelInput[] => isExpression(value)
    ? [Object.freeze({ name: input, scalar: value.expression, expression: value.node })]
    : Object.entries(value).map(([feature, { expression, node }]) => Object.freeze({ name: `${input}__${feature}`, scalar: expression, expression: node })));
  const row = examples.row(columnsOf(examples.from.fields));
  return Object.freeze({ kind: 'model', name, ...described,
    inputs: Object.freeze(inputNodes.map((input) => input.name)) as readonly Inputs<X>[], inputNodes: Object.freeze(inputNodes),
    examples: Object.freeze({
      from: { kind: examples.from.kind, name: examples.from.name, version: examples.from.version },
      ...(row.at ? { at: row.at.node } : {}),
      entities: Object.freeze(Object.fromEntries(Object.entries<Columns<Fields>>(row.entities).map(([slot, key]) => [slot, nodesOf(key)]))),
      request: nodesOf(row.request), label: row.label.node }) });
};
