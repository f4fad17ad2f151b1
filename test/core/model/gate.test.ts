import { assert, double, integer, property, record } from 'fast-check';
import type { Scores, SliceScores } from '../../../core/model/evaluation';
import { defaultGateRules, gate, verdictText } from '../../../core/model/gate';

const judged = { rows: 100_000, auc: 0.74, logLoss: 0.44, calibrationError: 0.01, meanPrediction: 0.2, baseRate: 0.2 };
const slice = (bin: string, over: Partial<SliceScores> = {}): SliceScores => ({ ...judged, rows: 5000, slice: 'airport_size', bin, ...over });
const scores = (over: Partial<Scores> = {}): Scores => ({ ...judged, modelVersion: 'b', reliability: [], slices: [slice('under 100'), slice('100 and over')], ...over });
const champion = scores({ modelVersion: 'a' });

const refusals = (candidate: Scores, against: Scores | null = champion, rules = {}): readonly string[] =>
  gate({ candidate, champion: against }, rules).verdicts.filter(({ passed }) => !passed).map(({ rule, slice: of }) => (of === undefined ? rule : `${rule} of ${of}`));

describe('the gate', () => {
  it('lets a version pass that is as good as the champion, and names whom it was compared with', () => {
    expect(gate({ candidate: scores(), champion })).toMatchObject({ passed: true, champion: 'a' });
    expect(gate({ candidate: scores(), champion: null })).toMatchObject({ passed: true, champion: null });
  });

  it('lets a version be worse than the champion by each tolerance and no more', () => {
    const tolerance = double({ min: 0, max: 0.2, noNaN: true });
    assert(property(record({ auc: double({ min: 0.5, max: 1, noNaN: true }), calibrationError: double({ min: 0, max: 0.5, noNaN: true }) }), record({ auc: double({ min: 0, max: 1, noNaN: true }), calibrationError: double({ min: 0, max: 1, noNaN: true }) }), tolerance, tolerance,
      (theirs, ours, aucTolerance, calibrationTolerance) => {
        const found = refusals(scores({ ...ours, slices: [] }), scores({ ...theirs, modelVersion: 'a', slices: [] }), { aucTolerance, calibrationTolerance });
        expect(found).toEqual([...(ours.auc >= theirs.auc - aucTolerance ? [] : ['auc']), ...(ours.calibrationError <= theirs.calibrationError + calibrationTolerance ? [] : ['calibration'])]);
      }));
  });

  it('refuses a slice that is worse, however good the whole is, once it has rows enough to say so', () => {
    assert(property(integer({ min: 1, max: 10_000 }), double({ min: 0, max: 0.74, noNaN: true }), (rows, auc) => {
      const found = refusals(scores({ auc: 0.99, slices: [slice('under 100', { rows, auc }), slice('100 and over')] }));
      expect(found).toEqual(rows >= defaultGateRules.minimumSliceRows && auc < 0.74 - defaultGateRules.sliceTolerance ? ['slice auc of airport_size=under 100'] : []);
    }));
    expect(refusals(scores({ slices: [slice('under 100', { logLoss: 0.47 }), slice('100 and over')] }))).toEqual(['slice log loss of airport_size=under 100']);
  });

  it('judges a slice whose labels are all alike by its log loss', () => {
    const alike = scores({ modelVersion: 'a', slices: [slice('under 100', { auc: null })] });
    expect(refusals(scores({ slices: [slice('under 100', { auc: null })] }), alike)).toEqual([]);
    expect(refusals(scores({ slices: [slice('under 100', { auc: null, logLoss: 0.9 })] }), alike)).toEqual(['slice log loss of airport_size=under 100']);
  });

  it('asks of a version without a champion that it finds something, and that its probabilities mean something', () => {
    expect(refusals(scores({ auc: 0.51 }), null)).toEqual(['auc']);
    expect(refusals(scores({ auc: null }), null)).toEqual(['auc']);
    expect(refusals(scores({ calibrationError: 0.3 }), null)).toEqual(['calibration']);
    expect(refusals(scores({ rows: 999 }), null)).toEqual(['rows']);
  });

  it('lets nobody pass by rows whose labels are all alike, whoever is the champion', () => {
    const alike = { auc: null, slices: [] };
    expect(refusals(scores(alike), scores({ ...alike, modelVersion: 'a' }))).toEqual(['auc']);
    expect(refusals(scores({ slices: [] }), scores({ ...alike, modelVersion: 'a' }))).toEqual([]);
  });

  it('refuses what is no number', () => {
    for (const value of [NaN, undefined as unknown as number]) {
      expect(refusals(scores({ auc: value, calibrationError: value, rows: value, slices: [] }))).toEqual(['rows', 'auc', 'calibration']);
      expect(refusals(scores({ auc: value, calibrationError: value, rows: value, slices: [] }), null)).toEqual(['rows', 'auc', 'calibration']);
      expect(refusals(scores({ slices: [slice('under 100', { auc: value, logLoss: value })] }))).toEqual(['slice auc of airport_size=under 100', 'slice log loss of airport_size=under 100']);
    }
  });

  it('goes by the rules of the definition where it has some', () => {
    expect(refusals(scores({ auc: 0.7 }), champion, { aucTolerance: 0.1 })).toEqual([]);
    expect(refusals(scores(), champion, { minimumRows: 200_000 })).toEqual(['rows']);
  });

  it('says what was found, what is asked, and what to do', () => {
    const [verdict] = gate({ candidate: scores({ auc: 0.7 }), champion }).verdicts.filter(({ passed }) => !passed);
    expect(verdict && verdictText(verdict)).toBe('refused  auc: 0.7000, at least 0.7380 (the champion has 0.7400); train on a longer or later range, or look whether inputs are absent that were not: the profiles of the training sets say so');
  });
});
