import { leakText } from '../../../cli/training/leak-text';

const nothing = { rowsCompared: 400, isEstimate: false, rowsWithAny: 0, share: 0, inputs: {} };

describe('what event time would have let in, for people', () => {
  it('is said of the rows that were looked at', () => {
    expect(leakText(nothing)).toEqual(['  by event time alone no row would differ, of all 400 rows']);
    expect(leakText({ ...nothing, isEstimate: true, rowsWithAny: 40, share: 0.1, inputs: { late_7d: { rows: 40, share: 0.1, meanAbsoluteDifference: 0.251 } } }))
      .toEqual(['  by event time alone 10.0% would hold what nobody knew at their moment (of 400 rows looked at, an estimate):', '    late_7d: 10.0%, by 0.251 on average']);
  });

  it('is never that nothing differs where nothing was looked at', () => {
    expect(leakText({ ...nothing, rowsCompared: 0 })).toEqual(['  what event time alone would have let in: there was no row to compare']);
  });
});
