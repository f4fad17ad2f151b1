import fc from 'fast-check';
import { comparePlaces, kafkaPosition, placeText, positionOf, positionText, shardName, topicOf } from '../../../core/event/position';
import { isStreamed, spansPosition } from '../../../core/lake/object';

const topics = fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/u);
const places = fc.record({ topic: topics, partition: fc.nat(999), offset: fc.nat(Number.MAX_SAFE_INTEGER), cluster: fc.stringMatching(/^[0-9a-f]{8}$/u) });

describe('a position in a topic of Kafka', () => {
  it('has texts of one width, in the order of offsets', () => {
    fc.assert(fc.property(places, fc.nat(Number.MAX_SAFE_INTEGER), (place, otherOffset) => {
      const [one, other] = [kafkaPosition(place), kafkaPosition({ ...place, offset: otherOffset })];
      expect(positionText(one)).toHaveLength(positionText(other).length);
      expect(Math.sign(place.offset - otherOffset)).toBe(placeText(one) < placeText(other) ? -1 : placeText(one) > placeText(other) ? 1 : 0);
      expect(Math.sign(comparePlaces(one, other))).toBe(Math.sign(place.offset - otherOffset));
    }));
  });

  it('is read from its text again, and names its topic', () => {
    fc.assert(fc.property(places, (place) => {
      const position = kafkaPosition(place);
      expect(positionOf(positionText(position))).toEqual(position);
      expect(topicOf(position)).toBe(place.topic);
    }));
  });

  it('is another one in a cluster that was made anew, where offsets begin again', () => {
    const place = { topic: 'events', partition: 0, offset: 0 };
    expect(positionText(kafkaPosition({ ...place, cluster: '0a1b2c3d' }))).not.toBe(positionText(kafkaPosition({ ...place, cluster: '4e5f6071' })));
  });

  it('is named in objects by topic and partition, and Kinesis shards by their own name', () => {
    expect(shardName(kafkaPosition({ topic: 'headrace-local-events', partition: 12, offset: 3, cluster: '0a1b2c3d' }))).toBe('headrace-local-events-12');
    expect(shardName({ source: 'headrace-local-events', shard: 'shardId-000000000006' })).toBe('shardId-000000000006');
    expect(shardName({ source: 'flights.parquet', shard: 'file' })).toBe('file');
  });
});

describe("an object's name", () => {
  const hash = '0123456789abcdef';
  const at = (offset: number, partition = 1) => kafkaPosition({ topic: 'a-7-events', partition, offset, cluster: '0a1b2c3d' });

  it('says which positions it spans, both ends included', () => {
    const key = `raw/flight.landed/v1/dt=2001-05-01/hr=00/a-7-events-1-9-120-${hash}.ndjson.gz`;
    expect([8, 9, 100, 120, 121].map((offset) => spansPosition(key, at(offset)))).toEqual([false, true, true, true, false]);
    expect(spansPosition(key, at(100, 2))).toBe(false);
    expect(spansPosition('raw/flight.landed/v1/dt=2001-05-01/hr=00/part-00001.ndjson.gz', at(1))).toBeUndefined();
  });

  it('says whether it came by the stream', () => {
    expect(['shardId-000000000000-495-496', 'headrace-local-events-0-1-2', 'file-1-500'].map((name) => isStreamed(`raw/x/v1/dt=2001-05-01/hr=00/${name}-${hash}.ndjson.gz`))).toEqual([true, true, false]);
  });
});
