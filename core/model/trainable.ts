import type { ModelDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';

/**
 * Why a model cannot be trained by the pipeline; `undefined` when it can. What judges versions knows probabilities alone.
 */
export const untrainable = (model: Pick<ModelDefinition, 'name' | 'version' | 'predicts'>): string | undefined => (model.predicts === 'probability' ? undefined
  : `The model ${versionedName(model)} predicts ${JSON.stringify(model.predicts)}; versions are judged by how they rank and by how often what they say comes true, which takes a probability. Let it predict 'probability', or train it by a program of your own from its training set: npx headrace training-set build ${model.name}.`);
