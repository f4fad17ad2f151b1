import { untrainable } from '../../../core/model/trainable';

describe('the pipeline', () => {
  it('trains a model of probabilities', () => {
    expect(untrainable({ name: 'late', version: 1, predicts: 'probability' })).toBeUndefined();
  });

  it('refuses a model of numbers, as nothing judges its versions, and says what to do', () => {
    expect(untrainable({ name: 'delay', version: 2, predicts: 'number' })).toBe('The model delay@v2 predicts "number"; versions are judged by how they rank and by how often what they say comes true, which takes a probability. Let it predict \'probability\', or train it by a program of your own from its training set: npx headrace training-set build delay.');
  });
});
