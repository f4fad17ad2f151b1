import { chiSquareOf, driftOf, driftText, stabilityIndex } from '../../../core/monitoring/drift';
import vectors from '../../golden/monitoring/vectors.json';

describe('the distance of two distributions', () => {
  it('is the chi-square of SciPy', () => {
    for (const { counts: [one = [], other = []], statistic, degrees } of vectors.chiSquare) {
      const found = chiSquareOf(one, other);
      expect(found.degrees).toBe(degrees);
      expect(found.statistic).toBeCloseTo(statistic, 10);
    }
  });

  it('is nothing for the same shares, grows with the distance, and is the same in both directions', () => {
    expect(stabilityIndex([0.2, 0.8], [0.2, 0.8])).toBe(0);
    // By hand: 0.1 · ln(0.5 / 0.4) + (−0.1) · ln(0.5 / 0.6).
    expect(stabilityIndex([0.4, 0.6], [0.5, 0.5])).toBeCloseTo(0.1 * Math.log(0.5 / 0.4) - 0.1 * Math.log(0.5 / 0.6), 12);
    expect(stabilityIndex([0.2, 0.8], [0.8, 0.2])).toBeCloseTo(stabilityIndex([0.8, 0.2], [0.2, 0.8]), 12);
    expect(stabilityIndex([0.2, 0.8], [0.9, 0.1])).toBeGreaterThan(stabilityIndex([0.2, 0.8], [0.5, 0.5]));
  });

  it('takes no part in bins that are empty in both, and is nothing where there are no rows', () => {
    expect(chiSquareOf([10, 0, 10], [10, 0, 10])).toEqual({ statistic: 0, degrees: 1 });
    expect(chiSquareOf([0, 0], [5, 5])).toEqual({ statistic: 0, degrees: 0 });
  });

  it('is drift only where both the index and the test say so: few rows are far apart by chance', () => {
    const names = ['low', 'high'];
    const far = { names, reference: [5000, 5000], compared: [90, 10], comparedShares: [0.9, 0.1] };
    expect(driftOf('x', far, () => 0)).toMatchObject({ column: 'x', referenceShares: [0.5, 0.5], comparedShares: [0.9, 0.1], isDrifted: true });
    expect(driftOf('x', far, () => 0.05).isDrifted).toBe(false);
    expect(driftOf('x', { ...far, compared: [51, 49], comparedShares: [0.51, 0.49] }, () => 0).isDrifted).toBe(false);
  });

  it('is told with the furthest columns first', () => {
    const drifted = driftOf('far', { names: [], reference: [5, 5], compared: [9, 1], comparedShares: [0.9, 0.1] }, () => 0);
    const text = driftText({ model: 'm@v1', from: 'f', to: 't', version: 'a', predictions: 10, columns: [{ ...drifted, column: 'near', psi: 0.01, isDrifted: false }, drifted], lacking: ['there is no profile'] });
    expect(text.split('\n')).toEqual(['m@v1, version a, 10 predictions from f to t: 1 of 2 columns have drifted', expect.stringMatching(/^ {2}far: PSI .*, drifted$/u), expect.stringMatching(/^ {2}near: PSI 0\.010/u), '  there is no profile']);
  });
});
