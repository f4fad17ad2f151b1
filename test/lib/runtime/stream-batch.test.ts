import type { MSKEvent } from 'aws-lambda';
import { lakeBatch } from '../../../core/lake/batch';
import { batchResponse, responseInOrder, streamBatches, type StreamEvent } from '../../../lib/runtime/stream-batch';
import { arrival, contracts, shipped } from '../../fixtures/contracts';
import { clusterArn, kafkaEvent, kinesisEvent, topic, type PutRecord } from '../../fixtures/kafka';

const put = (value: string, key = 'k', at = arrival): PutRecord => ({ key, value, arrival: at });
const good = JSON.stringify(shipped({ parcels: 2 }));

/** The lines that the validator writes of what a mapping delivers, whole. */
const linesOf = (event: StreamEvent): readonly Record<string, unknown>[] => {
  const batch = lakeBatch(contracts);
  for (const { records } of streamBatches(event)) for (const record of records) batch.add(record);
  return batch.objects().flatMap(({ content }) => content.toString('utf8').trimEnd().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
};

/** A line without where its record stood. */
const withoutPosition = (line: Record<string, unknown>): unknown => {
  const { position: _position, source: _source, shard: _shard, sequence: _sequence, sub_sequence: _subSequence, ...lineage } = line['lineage'] as Record<string, unknown>;
  return { ...line, lineage };
};

describe('a batch of a topic of Kafka', () => {
  it('has topic, cluster, partition and offset as position, and the moment at which the broker took it as arrival', () => {
    expect(streamBatches(kafkaEvent({ 2: [put('{"ü":1}', 'ORD', 1_545_084_650_987)] }, { from: 41 }))).toEqual([{
      source: `${topic}@0a1b2c3d`, shard: '2',
      records: [{ position: { source: `${topic}@0a1b2c3d`, shard: '2', sequence: '41', subSequence: 0 }, partitionKey: 'ORD', arrival: 1_545_084_650_987, batchId: null, data: Buffer.from('{"ü":1}') }],
    }]);
  });

  it('makes the same lines as the same records in a batch of Kinesis, but for their positions', () => {
    const records = [put(good), put('{', 'other'), put(JSON.stringify(shipped({ parcels: -1 }))), put(good, 'ü', arrival + 7)];
    const [ofKafka, ofKinesis] = [linesOf(kafkaEvent({ 0: records })), linesOf(kinesisEvent(records))];
    expect(ofKafka).toHaveLength(4);
    expect(ofKafka.map(withoutPosition)).toEqual(ofKinesis.map(withoutPosition));
    const places = (lines: typeof ofKafka) => lines.map(({ lineage }) => (lineage as { sequence: string }).sequence);
    expect(places(ofKafka)).toEqual(places(ofKinesis));
  });

  const headers = [{ trace: [97, -61, 0] }, { none: null }, { trace: [] }] as unknown as MSKEvent['records'][string][number]['headers'];
  const withRecord = (change: object): MSKEvent => { const event = kafkaEvent({ 0: [put('{')] }); return { ...event, records: Object.fromEntries(Object.entries(event.records).map(([name, records]) => [name, records.map((record) => ({ ...record, ...change }))])) }; };

  it('brings what stands beside a value, and quarantine keeps it whole: headers in their order, of which names may repeat, and the bytes of a key that is no text', () => {
    const [line] = linesOf(withRecord({ headers, key: Buffer.from([0x61, 0xff]).toString('base64') }));
    expect(line).toMatchObject({
      key: Buffer.from([0x61, 0xff]).toString('base64'), lineage: { partition_key: 'a\ufffd' },
      headers: [{ name: 'trace', value: Buffer.from([97, 195, 0]).toString('base64') }, { name: 'none', value: null }, { name: 'trace', value: '' }],
    });
  });

  it('tells an empty key from none, and writes no bytes of a key that its text says', () => {
    const keys = [{ key: '' }, { key: undefined }, { key: null }, { key: Buffer.from('ü').toString('base64') }].map((change) => linesOf(withRecord(change))[0]);
    expect(keys.map((line) => [line?.['key'], (line?.['lineage'] as { readonly partition_key: string } | undefined)?.partition_key])).toEqual([['', ''], [undefined, ''], [undefined, ''], [undefined, 'ü']]);
    expect(keys.every((line) => line !== undefined && !('headers' in line))).toBe(true);
  });

  it('has headers that are not kept with an event that was accepted', () => {
    const line = linesOf(withRecord({ headers, value: Buffer.from(good).toString('base64') }))[0];
    expect(line).toMatchObject({ event: { type: 'order.shipped' } });
    expect(JSON.stringify(line)).not.toContain('trace');
  });

  it('is one of each partition, and says of each from where it must be delivered again', () => {
    const event = kafkaEvent({ 0: [put(good), put(good), put(good)], 11: [put(good)] }, { from: 7 });
    const [first, second] = streamBatches(event);
    expect([first?.records.length, second?.records.length]).toEqual([3, 1]);
    const failed = [first?.records[1], second?.records[0]].flatMap((record) => (record === undefined ? [] : [record.position]));
    // Also the one behind the record that failed: what is not named is done.
    expect(batchResponse(event, failed)).toEqual({ batchItemFailures: [[0, 8], [0, 9], [11, 7]].map(([partition, offset]) => ({ itemIdentifier: { partition: `${topic}-${partition}`, 'topic-partition': `${topic}-${partition}`, offset } })) });
    expect(batchResponse(event, [])).toEqual({ batchItemFailures: [] });
  });

  it('fails whole for a consumer that needs its order: nothing says that a partition waits for records that are named', () => {
    const event = kafkaEvent({ 0: [put(good), put(good)], 11: [put(good)] }, { from: 7 });
    expect(() => responseInOrder(event, [{ source: `${topic}@0a1b2c3d`, shard: '0', sequence: '8' }])).toThrow(`from offset 8 of partition 0 of ${topic}@0a1b2c3d`);
    expect(responseInOrder(event, [])).toEqual({ batchItemFailures: [] });
  });

  it('rejects a record whose time its producer wrote, which says nothing of when it came, and passes those beside it', () => {
    const trusted = kafkaEvent({ 0: [put(good)] });
    const [mixed] = streamBatches({ ...trusted, records: { ...trusted.records, ...kafkaEvent({ 1: [put(good)] }, { timestampType: 'CREATE_TIME' }).records } });
    expect(mixed?.records[0]?.opened).toBeUndefined();
    const [line] = linesOf(kafkaEvent({ 1: [put(good)] }, { timestampType: 'CREATE_TIME' }));
    expect(line).toMatchObject({ reason: 'arrival_unknown', original: Buffer.from(good).toString('base64') });
  });

  it('keeps a record of a moment that is none, or without key and value, among the rejected ones', () => {
    const event = kafkaEvent({ 0: [put(good, 'k', -1), put(good, 'k', Number.MAX_SAFE_INTEGER)] }, { timestampType: 'CREATE_TIME' });
    expect(linesOf(event).map((line) => line['reason'])).toEqual(['arrival_unknown', 'arrival_unknown']);
    const bare = JSON.parse(JSON.stringify(kafkaEvent({ 0: [put(good)] }), (name, value: unknown) => (name === 'key' || name === 'value' ? undefined : value))) as MSKEvent;
    expect(linesOf(bare)).toMatchObject([{ reason: 'not_json', lineage: { partition_key: '' } }]);
  });

  it('is refused when nobody can say which cluster it is of', () => {
    const event = kafkaEvent({ 0: [put(good)] });
    expect(() => streamBatches({ ...event, eventSourceArn: 'arn:aws:kinesis:us-east-1:0:stream/s' })).toThrow("no cluster's ARN");
    expect(() => streamBatches({ ...event, eventSource: 'SelfManagedKafka' } as never)).toThrow('The event of SelfManagedKafka holds no records');
    expect(() => streamBatches({ ...event, records: {} })).toThrow('holds no records');
    expect(clusterArn).toContain('0a1b2c3d');
  });
});

describe('a batch of Kinesis', () => {
  it('is of one shard, and says from which sequence number on it must be delivered again', () => {
    const event = kinesisEvent([put(good), put(good)]);
    const [batch, ...others] = streamBatches(event);
    expect([batch?.shard, batch?.source, batch?.records.length, others.length]).toEqual(['shardId-000000000000', topic, 2, 0]);
    expect(batchResponse(event, [{ source: topic, shard: 'shardId-000000000000', sequence: '1' }])).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(responseInOrder(event, [{ source: topic, shard: 'shardId-000000000000', sequence: '1' }])).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(() => streamBatches({ Records: [] })).toThrow('holds no records');
  });
});
