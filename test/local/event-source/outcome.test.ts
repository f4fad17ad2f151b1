import { outcomeOf } from '../../../local/event-source/outcome';
import { recordAt } from './arbitraries';

const records = [recordAt(0, 'a', 9), recordAt(0, 'a', 10), recordAt(0, 'a', 11)];
const [, second, third] = records.map((record) => record.sequence);
const failures = (...identifiers: readonly unknown[]) => ({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

describe("a function's answer to a batch", () => {
  it.each([undefined, null, {}, { batchItemFailures: null }, { batchItemFailures: [] }])('%j means the whole batch is done', (answer) => {
    expect(outcomeOf(answer, records)).toEqual({ kind: 'done' });
  });

  it('has its checkpoint at the lowest sequence number reported, by number and not by text', () => {
    expect(outcomeOf(failures(third, second), records)).toEqual({ kind: 'partly', failed: second });
    const unpadded = [{ ...recordAt(0, 'a'), sequence: '9' }, { ...recordAt(0, 'a'), sequence: '10' }];
    expect(outcomeOf(failures('10', '9'), unpadded)).toEqual({ kind: 'partly', failed: '9' });
  });

  it.each([[failures('')], [failures(null)], [{ batchItemFailures: [{ id: second }] }], [failures(second, '4711')], [{ batchItemFailures: 'all' }]])('%j fails the whole batch', (answer) => {
    expect(outcomeOf(answer, records)).toMatchObject({ kind: 'failed' });
  });
});
