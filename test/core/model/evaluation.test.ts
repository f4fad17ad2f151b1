import { reportFault } from '../../../core/model/evaluation';

const judged = { from: '2001-05-01T00:00:00.000Z', to: '2001-07-01T00:00:00.000Z' };
const asked = { model: 'late@v1', modelVersion: '3f9a1c20be77', trainingSetHash: 'ab12', judged } as const;
const report = { model: 'late@v1', trainingSetHash: 'ab12', judged, candidate: { modelVersion: '3f9a1c20be77' } } as const;

describe('a report', () => {
  it('on the version, the rows and the range that were asked for is one on this training', () => {
    expect(reportFault(report, asked)).toBeUndefined();
  });

  it.each([
    ['another model', { model: 'late@v2' }, 'model is late@v2 and not late@v1'],
    ['another version', { candidate: { modelVersion: '000000000000' } }, 'version is 000000000000 and not 3f9a1c20be77'],
    ['another training set', { trainingSetHash: 'cd34' }, 'training set is cd34 and not ab12'],
    ['rows that were learned from', { judged: { ...judged, from: '2001-01-01T00:00:00.000Z' } }, `judged from is 2001-01-01T00:00:00.000Z and not ${judged.from}`],
    ['a longer range', { judged: { ...judged, to: '2002-01-01T00:00:00.000Z' } }, `judged to is 2002-01-01T00:00:00.000Z and not ${judged.to}`],
  ])('on %s is none', (_what, over, fault) => {
    expect(reportFault({ ...report, ...over }, asked)).toBe(`it is a report on another training: ${fault}`);
  });
});
