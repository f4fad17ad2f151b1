import type { ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';

/**
 * Why a model cannot be trained by the pipeline; `undefined` when it can. What judges versions knows probabilities alone.
 */
export const untrainable = (model: Pick<ModelDefinition, 'name' | 'version' | 'predicts'>): string | undefined => (model.predicts === 'probability' ? undefined
  : `The model ${versionedName(model)} predicts ${JSON.stringify(model.predicts)}; versions are judged by how they rank and by how often what they say comes true, which takes a probability. Let it predict 'probability', or train it by a program of your own from its training set: npx headrace training-set build ${model.name}.`);

/** Why a training set is not learned from; `undefined` when it is: one without rows, with what became of its candidates. */
export const emptySet = (model: Pick<ModelDefinition, 'name' | 'version'>, { rows, dropped, from, to }: { readonly rows: number; readonly dropped: Readonly<Record<string, number>>; readonly from: string; readonly to: string }): string | undefined => {
  if (rows > 0) return undefined;
  const reasons = Object.entries(dropped).map(([reason, count]) => `${reason}: ${count}`);
  return `The training set of ${versionedName(model)} from ${from} to ${to} has no rows${reasons.length === 0 ? ': nothing happened there that makes one' : `; what was dropped: ${reasons.join(', ')}`}. Choose a longer range.`;
};
