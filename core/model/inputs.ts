import type { Scope, Value } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import { featuresRead } from '../expression/walk';
import type { ModelDefinition } from '../manifest/manifest';

/** The view whose state a slot of the model reads. */
export interface ViewRead { readonly slot: string; readonly view: string; readonly version: number }

/** What a model reads, each slot and view once, in the order of its inputs. */
export const viewsReadBy = (model: Pick<ModelDefinition, 'inputs'>): readonly ViewRead[] => {
  const reads = model.inputs.flatMap(({ expression }) => featuresRead(expression)).map(({ slot, view, version }): [string, ViewRead] => [`${slot}.${view}@v${version}`, { slot, view, version }]);
  return [...new Map(reads).values()];
};

/** Works out a model's inputs, in their order, from the request and the features. */
export type AssembleInputs = (scope: Pick<Scope, 'request' | 'feature'>) => readonly Value[];

/** Compiles a model's inputs once. */
export const inputsOf = (model: Pick<ModelDefinition, 'inputs'>): AssembleInputs => {
  const evaluators = model.inputs.map(({ expression }) => compileExpression(expression));
  return (scope) => evaluators.map((evaluate) => evaluate(scope));
};

/**
 * Writes one row of inputs as a model file takes them: what is absent as NaN, booleans as 0 and 1, timestamps as seconds.
 *
 * @param into the tensor's data; the row begins at `offset`
 * @throws TypeError for an input that is text: a model file takes numbers
 */
export const writeInputs = (model: Pick<ModelDefinition, 'name' | 'inputs'>, values: readonly Value[], into: Float32Array, offset: number): void => {
  for (const [index, { name, scalar }] of model.inputs.entries()) {
    const value = values[index] ?? null;
    if (typeof value === 'string') throw new TypeError(`the input ${name} of the model ${model.name} is text; a model takes numbers: turn it into one in the definition`);
    into[offset + index] = value === null ? Number.NaN : scalar === 'timestamp' ? Number(value) / 1000 : Number(value);
  }
};

/** Names of the inputs that are absent. */
export const missingInputs = (model: Pick<ModelDefinition, 'inputs'>, values: readonly Value[]): readonly string[] =>
  model.inputs.flatMap(({ name }, index) => ((values[index] ?? null) === null ? [name] : []));
