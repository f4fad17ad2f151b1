import { positionOf } from '../../../core/event/position';
import { readWatermarks } from '../../../core/monitoring/logged-prediction';

describe('the watermarks of a logged prediction', () => {
  it('are positions, by lookup and by shard', () => {
    const marks = readWatermarks('{"origin.departures@v1":{"events/shardId-000000000000":"4966.3","topic/0":"17.0"},"origin.profile@v1":{}}');
    expect([...marks?.get('origin.departures@v1') ?? []].map(([shard, place]) => [shard, positionOf(place)])).toEqual([
      ['events/shardId-000000000000', { source: 'events', shard: 'shardId-000000000000', sequence: '4966', subSequence: 3 }],
      ['topic/0', { source: 'topic', shard: '0', sequence: '17', subSequence: 0 }]]);
    expect(marks?.get('origin.profile@v1')?.size).toBe(0);
  });

  it.each(['', 'no JSON', '[]', 'null', '7', '{"a":7}', '{"a":null}', '{"a":["b"]}', '{"a":{"no shard":"1.0"}}', '{"a":{"s/0":7}}', '{"a":{"s/0":"1"}}', '{"a":{"s/0":"x.0"}}', '{"a":{"s/0":"1.0","t/0":"-1.0"}}', `{"a":{"s/0":"${'1'.repeat(130)}.0"}}`])('are none that anybody could read: %s', (text) => {
    expect(readWatermarks(text)).toBeUndefined();
  });
});
