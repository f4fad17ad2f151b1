import { emptySet, untrainable } from '../../../core/model/trainable';

describe('the pipeline', () => {
  it('trains a model of probabilities', () => {
    expect(untrainable({ name: 'late', version: 1, predicts: 'probability' })).toBeUndefined();
  });

  it('refuses a model of numbers, as nothing judges its versions, and says what to do', () => {
    expect(untrainable({ name: 'delay', version: 2, predicts: 'number' })).toBe('The model delay@v2 predicts "number"; versions are judged by how they rank and by how often what they say comes true, which takes a probability. Let it predict \'probability\', or train it by a program of your own from its training set: npx headrace training-set build delay.');
  });
});

describe('a training set', () => {
  const range = { from: '2001-01-01T00:00:00.000Z', to: '2001-05-01T00:00:00.000Z' };

  it('of rows is learned from', () => {
    expect(emptySet({ name: 'late', version: 1 }, { ...range, rows: 1, dropped: { labelNotDue: 7 } })).toBeUndefined();
  });

  it('without rows is refused, and says what became of its candidates', () => {
    expect(emptySet({ name: 'late', version: 1 }, { ...range, rows: 0, dropped: { labelNotDue: 7, entityMissing: 2 } })).toBe(`The training set of late@v1 from ${range.from} to ${range.to} has no rows; what was dropped: labelNotDue: 7, entityMissing: 2. Choose a longer range.`);
    expect(emptySet({ name: 'late', version: 1 }, { ...range, rows: 0, dropped: {} })).toMatch(/has no rows: nothing happened there that makes one\. Choose a longer range\.$/u);
  });
});
