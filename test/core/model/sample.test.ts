import { randomUUID } from 'node:crypto';
import { isLogged, loggedShare } from '../../../core/model/sample';

const ids = Array.from({ length: 20_000 }, () => randomUUID());

describe('the log of predictions', () => {
  it('has all of them where nothing is said, or none', () => {
    expect(loggedShare({})).toBe(1);
    expect(ids.every((predictionId) => isLogged({}, { predictionId }))).toBe(true);
    expect(ids.some((predictionId) => isLogged({ serving: { log: { share: 0 } } }, { predictionId }))).toBe(false);
  });

  it('has its share of them, always the same ones, and a larger share only adds to it', () => {
    const sample = (share: number): readonly string[] => ids.filter((predictionId) => isLogged({ serving: { log: { share } } }, { predictionId }));
    const [tenth, half] = [sample(0.1), new Set(sample(0.5))];
    expect(sample(0.1)).toEqual(tenth);
    // Four standard deviations of a binomial.
    expect(Math.abs(tenth.length - 2000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.1 * 0.9));
    expect(tenth.every((id) => half.has(id))).toBe(true);
  });

  it('has what a shadow made of a prediction exactly when it has the prediction', () => {
    const model = { serving: { log: { share: 0.1 } } };
    expect(ids.every((predictionId) => isLogged(model, { predictionId: 'of-the-shadow', shadowOf: predictionId }) === isLogged(model, { predictionId }))).toBe(true);
  });
});
