import { array, assert, constantFrom, integer, property, record as recordOf, string, uint8Array } from 'fast-check';
import { createHash } from 'node:crypto';
import type { QuarantineLine } from '../../../core/lake/line';
import type { LakeObject } from '../../../core/lake/object';
import { lakeBatch } from '../../../core/lake/batch';
import { positionText } from '../../../core/event/position';
import type { EventLineage, RecordLineage } from '../../../core/event/lineage';
import type { ReceivedRecord } from '../../../core/event/record';
import { arrival, contracts, manifest, order, record, shipped } from '../../fixtures/contracts';

const objectsOf = (records: readonly ReceivedRecord[]): readonly LakeObject[] => {
  const batch = lakeBatch(contracts);
  for (const each of records) batch.add(each);
  return batch.objects();
};
const linesOf = (object: LakeObject | undefined): readonly string[] => (object?.content.toString('utf8') ?? '').split('\n').slice(0, -1);
const hashOf = (object: LakeObject | undefined): string => createHash('sha256').update(object?.content ?? '').digest('hex').slice(0, 16);

describe('a line of raw', () => {
  const body = ' {"specversion":"1.0", "id":"o-1","source":"/shop","type":"order.shipped",\r\n"time":"2026-03-01T12:00:00.5Z",\n "data":{"orderId":"\\u0041","parcels":1.0,"weight":5e-1,"extra":{"n":12345678901234567890}}}';
  const [object] = objectsOf([record(body, { sequence: 49, partitionKey: 'a "key"', batchId: null })]);

  it('holds the event letter by letter, line breaks between tokens as spaces', () => {
    expect(linesOf(object)[0]?.startsWith(`{"event":${body.replaceAll(/[\r\n]/gu, ' ')},"lineage":{"position":`)).toBe(true);
    expect(linesOf(object)).toHaveLength(1);
  });

  it('holds the lineage of the record and of its judgement', () => {
    expect((JSON.parse(linesOf(object)[0] ?? '') as { lineage: unknown }).lineage).toEqual({
      position: `headrace-test-events/shardId-000000000000/${'49'.padStart(129, '0')}.000000`, source: 'headrace-test-events', shard: 'shardId-000000000000', sequence: '49', sub_sequence: 0,
      partition_key: 'a "key"', arrival: '2026-03-01T12:00:00.000Z', event_time: '2026-03-01T12:00:00.500Z', effective_time: '2026-03-01T12:00:00.000Z', known_at: '2026-03-01T12:00:00.000Z',
      contract: 'order.shipped@v1', contract_hash: manifest.events['order.shipped@v1']?.hash, schema_version_id: null, manifest_hash: manifest.hash, batch_id: null,
    });
  });

  it('names the batch of an import, and any file, row and key', () => {
    assert(property(string({ unit: 'grapheme' }), string({ unit: 'grapheme' }), integer({ min: 0 }), (source, partitionKey, row) => {
      const imported = record(shipped(), { position: { source, shard: 'file', sequence: String(row), subSequence: 3 }, partitionKey, batchId: `import-${source}` });
      const line = JSON.parse(linesOf(objectsOf([imported])[0])[0] ?? '') as { lineage: Record<string, unknown> };
      expect(line.lineage).toMatchObject({ position: positionText(imported.position), source, shard: 'file', sequence: String(row), sub_sequence: 3, partition_key: partitionKey, batch_id: `import-${source}` });
    }));
  });
});

describe('a line of quarantine', () => {
  it('keeps the bytes as they came, whatever they are', () => {
    assert(property(uint8Array({ maxLength: 200 }), (data) => {
      const [object] = objectsOf([record(data)]);
      const line = JSON.parse(linesOf(object)[0] ?? '') as QuarantineLine;
      expect(Buffer.from(line.original, 'base64').equals(Buffer.from(data))).toBe(true);
    }));
  });

  it('says why, and where the record stood', () => {
    const body = order({ items: 0 });
    const [object] = objectsOf([record(body, { sequence: 7 })]);
    expect(JSON.parse(linesOf(object)[0] ?? '')).toEqual({
      reason: 'out_of_range', path: '/data/items', found: 'a number: 0', allowed: 'a whole number from 1 to 99', remedy: 'correct the value, or widen the range in a new version of the event type',
      event_type: 'order.placed', original: Buffer.from(JSON.stringify(body)).toString('base64'),
      lineage: {
        position: `headrace-test-events/shardId-000000000000/${'7'.padStart(129, '0')}.000000`, source: 'headrace-test-events', shard: 'shardId-000000000000', sequence: '7', sub_sequence: 0,
        partition_key: 'AB-1', arrival: '2026-03-01T12:00:00.000Z', manifest_hash: manifest.hash, batch_id: null,
      },
    });
  });
});

describe('the objects of a batch', () => {
  it('are named by contract, day and hour of known-at, place in the stream and content', () => {
    const [object] = objectsOf([record(order(), { sequence: 3 }), record(order(), { sequence: 5 })]);
    expect(object).toMatchObject({ zone: 'raw', records: 2, firstIndex: 0, key: `raw/order.placed/v1/dt=2026-03-01/hr=12/shardId-000000000000-3-5-${hashOf(object)}.ndjson.gz` });
  });

  it('are named by reason, and by day and hour of the arrival, when their records were rejected', () => {
    const [object] = objectsOf([record('{', { sequence: 3, arrival: arrival + 3_600_000 })]);
    expect(object?.key).toBe(`quarantine/not_json/dt=2026-03-01/hr=13/shardId-000000000000-3-3-${hashOf(object)}.ndjson.gz`);
  });

  it('hold one contract, one reason and one day each', () => {
    const at = (time: string) => shipped({}, { time, recordedtime: time });
    const objects = objectsOf([
      record(order(), { sequence: 1 }), record(order({ currency: 'EUR' }, { dataschema: null }), { sequence: 2 }), record(at('2026-01-31T23:59:59.999Z'), { sequence: 3 }),
      record('{', { sequence: 4 }), record(at('2026-02-01T00:00:00Z'), { sequence: 5 }), record('[', { sequence: 6 }), record(order({ items: 0 }), { sequence: 7 }), record(at('2026-01-31T01:00:00Z'), { sequence: 8 }),
    ]);
    expect(objects.map(({ key, records, firstIndex }) => [key.replace(/-[0-9a-f]{16}\.ndjson\.gz$/u, ''), records, firstIndex])).toEqual([
      ['raw/order.placed/v1/dt=2026-03-01/hr=12/shardId-000000000000-1-1', 1, 0],
      ['raw/order.placed/v2/dt=2026-03-01/hr=12/shardId-000000000000-2-2', 1, 1],
      ['raw/order.shipped/v1/dt=2026-01-31/hr=23/shardId-000000000000-3-8', 2, 2],
      ['quarantine/not_json/dt=2026-03-01/hr=12/shardId-000000000000-4-6', 2, 3],
      ['raw/order.shipped/v1/dt=2026-02-01/hr=00/shardId-000000000000-5-5', 1, 4],
      ['quarantine/out_of_range/dt=2026-03-01/hr=12/shardId-000000000000-7-7', 1, 6],
    ]);
  });

  it('hold every record in exactly one line, in order, and are the same for the same records', () => {
    const bodies = constantFrom<unknown>(order(), order({ items: 0 }), shipped({}, { recordedtime: '2026-02-02T00:00:00Z' }), shipped({}, { recordedtime: '2026-02-01T09:00:00Z' }), '{', 'é', Buffer.from([0xff]), { ...order(), type: 'none' });
    assert(property(array(recordOf({ body: bodies, source: constantFrom('a', 'b'), batchId: constantFrom(null, 'import-1') }), { maxLength: 40 }), (sent) => {
      const records = sent.map(({ body, source, batchId }, index) => record(body, { position: { source, shard: 'file', sequence: String(index), subSequence: 0 }, batchId }));
      const objects = objectsOf(records);
      const lineages = objects.map((object) => linesOf(object).map((line) => (JSON.parse(line) as { lineage: RecordLineage & Partial<EventLineage> }).lineage));
      for (const { position, source, sequence, batch_id: batchId } of lineages.flat()) {
        const sentAs = records[Number(sequence)];
        expect([position, source, batchId]).toEqual([sentAs && positionText(sentAs.position), sentAs?.position.source, sentAs?.batchId]);
      }
      for (const [index, each] of lineages.entries()) {
        expect(new Set(each.map(({ source, contract }) => `${source} ${contract}`)).size).toBe(1);
        const { key } = objects[index] ?? { key: '' };
        for (const { contract } of each) expect(key.startsWith('quarantine/') ? undefined : `${key.split('/')[1]}@${key.split('/')[2]}`).toBe(contract);
      }
      const sequences = objects.map((object) => linesOf(object).map((line) => Number((JSON.parse(line) as QuarantineLine).lineage.sequence)));
      expect(sequences.flat().sort((left, right) => left - right)).toEqual(records.map((_record, index) => index));
      for (const each of sequences) expect(each).toEqual([...each].sort((left, right) => left - right));
      expect(objects.map(({ firstIndex }) => firstIndex)).toEqual(sequences.map(([first]) => first));
      expect(objects.map(({ records: count }) => count)).toEqual(sequences.map(({ length }) => length));
      expect(objectsOf(records)).toEqual(objects);
    }));
  });

  it('grow beyond the text that fits at first', () => {
    const note = 'ü€😀'.repeat(2000);
    const objects = objectsOf(Array.from({ length: 30 }, (_, sequence) => record(order({ note }), { sequence })));
    expect(linesOf(objects[0]).map((line) => (JSON.parse(line) as { event: { data: { note: string } } }).event.data.note)).toEqual(Array.from({ length: 30 }, () => note));
  });
});

describe('the counts of a batch', () => {
  it('tell accepted by contract, rejected by reason, and by types that are declared', () => {
    const batch = lakeBatch(contracts);
    for (const body of [order(), order(), shipped(), order({ items: 0 }), order({}, { type: 'evil-1' }), '{']) batch.add(record(body));
    batch.quarantine(record(shipped()), { code: 'fold_failed', path: '', found: '', allowed: '', remedy: '' }, 'order.shipped');
    expect({ ...batch.counts }).toEqual({
      accepted: new Map([['order.placed@v1', 2], ['order.shipped@v1', 1]]),
      rejected: new Map([['out_of_range', 1], ['unknown_type', 1], ['not_json', 1], ['fold_failed', 1]]),
      rejectedByType: new Map([['order.placed', 1], ['unknown', 2], ['order.shipped', 1]]),
      erased: 0,
    });
  });
});
