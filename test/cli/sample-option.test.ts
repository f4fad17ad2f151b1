import { sampleOption } from '../../cli/sample-option';
import { leakText } from '../../cli/training/leak-text';

describe('the part of the rows of a training set', () => {
  it('is one for all, or one for each label', () => {
    expect([sampleOption('0.1'), sampleOption('1'), sampleOption('true=1,false=0.05')]).toEqual([0.1, 1, { true: 1, false: 0.05 }]);
  });

  it.each(['0', '1.5', '-1', '', 'half', 'true=1', 'true=1,false=0', 'false=1,true=.'])('is not %p', (text) => {
    expect(() => sampleOption(text)).toThrow(`but '${text}' was given`);
  });
});

describe('what event time alone would have let in, for people', () => {
  it('says of how many rows it was worked out, and which inputs would have been off most', () => {
    const leak = { rows: 50, share: 0.05, meanAbsoluteDifference: 1.23456 };
    expect(leakText({ rowsCompared: 1000, isEstimate: true, rowsWithAny: 60, share: 0.06, inputs: { less: { rows: 10, share: 0.01, meanAbsoluteDifference: null }, most: leak } })).toEqual([
      '  by event time alone 6.0% would hold what nobody knew at their moment (of 1000 rows looked at, an estimate):', '    most: 5.0%, by 1.23 on average', '    less: 1.0%']);
  });

  it('says so when no row would differ', () => {
    expect(leakText({ rowsCompared: 7, isEstimate: false, rowsWithAny: 0, share: 0, inputs: {} })).toEqual(['  by event time alone no row would differ, of all 7 rows']);
  });
});
