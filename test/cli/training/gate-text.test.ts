import { gateText } from '../../../cli/training/gate-text';
import type { Verdict } from '../../../core/model/gate';

const verdicts: readonly Verdict[] = [
  { rule: 'rows', passed: true, value: 100_000, limit: 1000 },
  { rule: 'auc', passed: true, value: 0.75, limit: 0.738, champion: 0.74 },
  { rule: 'calibration', passed: true, value: 0.012, limit: 0.02, champion: 0.01 },
  { rule: 'slice auc', slice: 'size=small', passed: true, value: 0.73, limit: 0.7, champion: 0.72 },
  { rule: 'slice auc', slice: 'size=large', passed: true, value: 0.705, limit: 0.7, champion: 0.72 },
  { rule: 'slice log loss', slice: 'size=small', passed: true, value: 0.44, limit: 0.46, champion: 0.44 },
];

describe('the verdict of the gate on a version that passed', () => {
  it('shows of each rule what was found, what the champion has, and how much was left; of slices the closest', () => {
    expect(gateText({ champion: 'ab12', verdicts })).toEqual([
      'the gate has let it pass, beside the champion ab12',
      '                                               found  champion     limit    margin',
      '  rows                                        100000         -      1000     99000',
      '  auc                                         0.7500    0.7400    0.7380    0.0120',
      '  calibration                                 0.0120    0.0100    0.0200    0.0080',
      '  slice auc, closest of 2: size=large         0.7050    0.7200    0.7000    0.0050',
      '  slice log loss, closest of 1: size=small    0.4400    0.4400    0.4600    0.0200',
    ]);
  });

  it('says that there was no champion, and what was worked out to nothing', () => {
    expect(gateText({ champion: null, verdicts: [{ rule: 'auc', passed: false, value: null, limit: 0.55 }] })).toEqual([
      'the gate has let it pass; there was no champion to compare it with', expect.any(String), '  auc                                              -         -    0.5500         -',
    ]);
  });
});
