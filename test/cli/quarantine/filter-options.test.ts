import { filterOf, limitOption, positionOption } from '../../../cli/quarantine/filter-options';
import { positionText } from '../../../core/event/position';

const position = { source: 'headrace-test-events', shard: 'shardId-000000000000', sequence: '4711', subSequence: 0 };

describe('a position on the command line', () => {
  it('is what is shown, or what lines have', () => {
    expect(positionOption('headrace-test-events/shardId-000000000000/4711')).toBe(positionText(position));
    expect(positionOption('headrace-test-events/shardId-000000000000/4711.12')).toBe(positionText({ ...position, subSequence: 12 }));
    expect(positionOption(positionText(position))).toBe(positionText(position));
    expect(positionOption('import/flights.parquet-0123456789ab/file/7')).toBe(positionText({ source: 'import/flights.parquet-0123456789ab', shard: 'file', sequence: '7', subSequence: 0 }));
  });

  it.each(['', '4711', 'shardId-0/4711', 'a/b/c', 'a/b/1.'])('is not %j', (text) => { expect(() => positionOption(text)).toThrow(/source\/shard\/sequence/u); });
});

describe('the other options', () => {
  it('are read', () => {
    expect(filterOf({})).toEqual({});
    expect(filterOf({ reason: 'not_json', type: 'order.placed', from: '2026-03-01', to: '2026-03-01T12:00:00Z' })).toEqual({ reason: 'not_json', type: 'order.placed', from: Date.UTC(2026, 2, 1), to: Date.UTC(2026, 2, 1, 12) });
    expect(limitOption('7')).toBe(7);
  });

  it('say what they take', () => {
    expect(() => filterOf({ reason: 'nope' })).toThrow(/there are bad_frame, /u);
    for (const limit of ['0', '-1', '1.5', 'many', '']) expect(() => limitOption(limit)).toThrow(/whole number from 1 on/u);
  });
});
