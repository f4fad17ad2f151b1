import type { ModelDefinition } from '../../../core/manifest/manifest';
import { orderFault, trainingExecutionName, trainingOrder } from '../../../core/model/training-request';

const day = (number: number): string => `2001-05-${String(number).padStart(2, '0')}T00:00:00.000Z`;
const order = { training: 'late_arrival-v1-3f9a1c20be77', attempt: 1, sample: null, learn: { from: day(1), to: day(11) }, judge: { from: day(11), to: day(21) } };

describe('an order to train', () => {
  it('is carried out as the command line writes it, however long the name of the model is', () => {
    expect(orderFault(order)).toBeUndefined();
    const written = trainingOrder({ name: 'a'.repeat(80), version: 123 } as ModelDefinition, { from: 0, to: 1000, evaluateFrom: 1000, evaluateTo: 2000 }, 'hash');
    expect(orderFault({ ...written, attempt: 999 })).toBeUndefined();
    expect(trainingExecutionName({ ...written, attempt: 999 }).length).toBeLessThanOrEqual(80);
  });

  it.each([
    ['moments that it learned from', { judge: { from: day(10), to: day(21) } }],
    ['moments before those', { learn: { from: day(11), to: day(21) }, judge: { from: day(1), to: day(11) } }],
    ['no moments', { judge: { from: day(11), to: day(11) } }],
  ])('is refused when it judges on %s', (_what, over) => {
    expect(orderFault({ ...order, ...over })).toMatch(/^A model is judged on moments after those it learned from; /u);
  });

  it.each(['2001-05-11', '2001-05-11T02:00:00.000+02:00', 'soon'])('is refused when a moment is written as %s, which its steps could read otherwise', (from) => {
    expect(orderFault({ ...order, judge: { from, to: day(21) } })).toMatch(/^".+" is no moment in UTC/u);
  });

  it('is of a part of the rows, where it says so', () => {
    const whole = trainingOrder({ name: 'late', version: 1 } as ModelDefinition, { from: 0, to: 1000, evaluateFrom: 1000, evaluateTo: 2000 }, 'hash');
    const part = trainingOrder({ name: 'late', version: 1 } as ModelDefinition, { from: 0, to: 1000, evaluateFrom: 1000, evaluateTo: 2000 }, 'hash', { true: 1, false: 0.1 });
    expect([whole.sample, part.sample, whole.training === part.training, orderFault(part)]).toEqual([null, { true: 1, false: 0.1 }, false, undefined]);
    for (const sample of [0, 2, 'all', { true: 1 }, { true: 1, false: 0 }, { true: 1, false: 1, other: 1 }]) expect(orderFault({ ...order, sample: sample as number })).toMatch(/^A training of the part .+ of its rows is none; /u);
  });

  it.each([[{ training: '../models/late' }], [{ training: '' }], [{ attempt: 0 }], [{ attempt: 1.5 }]])('is refused when its name %j would leave the place of its work', (over) => {
    expect(orderFault({ ...order, ...over })).toMatch(/has no name that can be kept/u);
  });
});
