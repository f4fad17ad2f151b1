import type { ModelDefinition } from '../../../core/manifest/manifest';
import { retrainingOrder, retrainingRanges } from '../../../core/model/retraining';
import { orderFault } from '../../../core/model/training-request';

const day = 86_400_000;
const label = { kind: 'literal', value: true, scalar: 'boolean' } as const;
const retrain = { daily: '03:00', learnDays: 90, judgeDays: 14 } as const;
const model = { name: 'late', version: 1, examples: { label }, training: { retrain } } as unknown as ModelDefinition;
const due = '2001-05-07T03:00:00Z';

describe('a retraining', () => {
  it('judges on the last whole days before it is due, and learns from those before', () => {
    expect(retrainingRanges(model, retrain, Date.parse(due))).toEqual({ from: Date.UTC(2001, 0, 23), to: Date.UTC(2001, 3, 23), evaluateFrom: Date.UTC(2001, 3, 23), evaluateTo: Date.UTC(2001, 4, 7) });
  });

  it('reaches back further by the while that its label looks ahead, so that it holds as many days of rows', () => {
    const ahead = { ...model, examples: { label: { kind: 'happens', within: '60d' } } } as unknown as ModelDefinition;
    const { from, to, evaluateFrom, evaluateTo } = retrainingRanges(ahead, retrain, Date.parse(due));
    expect([(to - from) / day, (evaluateTo - evaluateFrom) / day, to === evaluateFrom]).toEqual([150, 74, true]);
  });

  it('is an order that the pipeline carries out, and works where no other execution does', () => {
    const [one, other] = ['a', 'b'].map((execution) => retrainingOrder(model, due, 'hash', execution));
    expect(one && orderFault(one)).toBeUndefined();
    expect(one).toMatchObject({ model: 'late@v1', learn: { to: '2001-04-23T00:00:00.000Z' }, judge: { to: '2001-05-07T00:00:00.000Z' }, sample: null, attempt: 1 });
    expect(one?.training).not.toBe(other?.training);
  });

  it('is none of a model that is not retrained by itself, or at no moment', () => {
    expect(() => retrainingOrder({ ...model, training: {} }, due, 'hash', 'a')).toThrow(/late@v1 is not retrained by itself; deploy again/u);
    expect(() => retrainingOrder(model, '<aws.scheduler.scheduled-time>', 'hash', 'a')).toThrow(/is not due at "<aws/u);
  });
});
