import { scoringProblem } from '../../../cli/scoring/score-model';
import { lateArrival } from '../../fixtures/flights';

const now = Date.parse('2001-06-01T12:00:00Z');

describe('a request for predictions that cannot be taken in', () => {
  it.each([
    ['asks for the entities of a model of two slots', {}, /The model late_arrival@v1 has the slots origin, destination: which entities belong together, only a file of rows says\./u],
    ['asks for a moment that is not over', { file: __filename, at: now + 1 }, /--at 2001-06-01T12:00:00\.001Z is later than now/u],
    ['names a file that is not there', { file: '/nowhere/rows.csv' }, /There is no file \/nowhere\/rows\.csv/u],
    ['names a file of no format', { file: __filename }, /The format of .* is not known/u],
  ])('and %s is told before anything is begun', (_what, options, problem) => {
    expect(scoringProblem(lateArrival, options, now)).toMatch(problem);
  });

  it('is none where all is there', () => {
    const { origin = '' } = lateArrival.entities;
    expect(scoringProblem({ ...lateArrival, entities: { origin }, request: {} }, { at: now }, now)).toBeUndefined();
  });
});
