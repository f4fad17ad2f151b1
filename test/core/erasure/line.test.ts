import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { fieldsOfRawKey, quarantineLineBearing, rawLineBearing } from '../../../core/erasure/line';
import type { Subject } from '../../../core/erasure/subject';
import { unframed } from '../../../lib/runtime/erasure/unframed';
import { rejectedLine } from '../../cli/quarantine/support/rejected-records';
import { manifest, order, record } from '../../fixtures/contracts';

const ada: Subject = { identifiers: ['ada@example.org'] };
const fields = manifest.events['order.placed@v1']?.fields;
const line = (event: unknown, partitionKey = 'AB-1'): string => `${JSON.stringify({ event, lineage: { position: 'p', partition_key: partitionKey } })}\n`;

describe('a line of raw', () => {
  const bearing = rawLineBearing(ada, fields);

  it('is judged by the contract that it keeps', () => {
    expect(bearing(line(order()))).toBe('subject');
    expect(bearing(line(order({ customer: 'bob@example.org' })))).toBe('other');
    expect(bearing(line(order({ customer: 'bob@example.org', note: 'for ada@example.org' })))).toBe('mention');
    expect(bearing(line(order({ customer: 'bob@example.org' }), 'ada@example.org'))).toBe('mention');
    expect(rawLineBearing(ada, undefined)(line(order({ customer: 'bob@example.org', note: 'ada@example.org' })))).toBe('subject');
    expect(bearing(`${JSON.stringify({ row: { customer: 'ada@example.org' }, lineage: {} })}\n`)).toBe('subject');
  });

  it('is found however its letters are written', () => {
    expect(bearing(line(order()).replace('ada@', String.raw`\u0061da\u0040`))).toBe('subject');
    expect(rawLineBearing({ identifiers: ['21'], fields: ['age'] }, fields)(line(order({ age: 1 })).replace('"age":1', '"age":2.1e1'))).toBe('subject');
  });

  it('that cannot be read goes when the identifier stands in it', () => {
    expect(bearing('{"event": cut off ada@example.org')).toBe('subject');
    expect(rawLineBearing({ ...ada, fields: ['customer'] }, fields)('{"event": cut off ada@example.org')).toBe('mention');
    expect(bearing('{"event": cut off')).toBe('other');
  });

  it('is seen as it is by reading every line, for any identifier and any text', () => {
    const naive = (identifier: string, customer: string): string => (customer === identifier ? 'subject' : customer.includes(identifier) ? 'mention' : 'other');
    const words = fc.string({ unit: fc.constantFrom('a', '"', '\\', 'é', '😀', '\n', '7', '/'), minLength: 1, maxLength: 3 });
    fc.assert(fc.property(words, words, (identifier, customer) => {
      fc.pre(!JSON.stringify(order({ customer: '' })).includes(identifier) && !'AB-1p'.includes(identifier) && !'7'.includes(identifier));
      expect(rawLineBearing({ identifiers: [identifier] }, fields)(line(order({ customer })))).toBe(naive(identifier, customer));
    }));
  });

  it('keeps the contract that its key names', () => {
    expect(fieldsOfRawKey('raw/order.placed/v1/dt=2026-03-01/hr=12/x.ndjson.gz', manifest)).toBe(fields);
    expect(fieldsOfRawKey('raw/order.placed/v9/dt=2026-03-01/hr=12/x.ndjson.gz', manifest)).toBeUndefined();
    expect(fieldsOfRawKey('raw/dataset=orders/v1/batch=b/part-0000.ndjson.gz', manifest)).toBeUndefined();
  });
});

describe('a line of quarantine', () => {
  const bearing = quarantineLineBearing(ada, unframed);
  const rejected = (body: unknown, partitionKey = 'AB-1'): string => JSON.stringify(rejectedLine(record(body, { partitionKey })));
  const framed = (payload: string, compression: number): Buffer =>
    Buffer.concat([Buffer.from([3, compression]), Buffer.alloc(16), compression === 5 ? deflateSync(payload) : Buffer.from(payload)]);

  it.each([
    ['an event that breaks its contract', order({ amount: -1 }), 'subject'],
    ['a text of an event that nobody has judged', order({ amount: -1, customer: 'bob@example.org', note: 'ada@example.org' }), 'subject'],
    ['a text that holds it', order({ amount: -1, customer: 'bob@example.org', note: 'for ada@example.org' }), 'mention'],
    ['bytes that are no JSON', 'id;ada@example.org;12', 'subject'],
    ['bytes that are no text', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('ada@example.org')]), 'subject'],
    ['a frame', framed('\u001eada@example.org\u0002', 0), 'subject'],
    ['a compressed frame', framed('\u001eada@example.org\u0002', 5), 'subject'],
    ['a record of somebody else', order({ amount: -1, customer: 'bob@example.org' }), 'other'],
  ])('is judged by the record that it keeps: %s', (_, body, expected) => {
    expect(bearing(rejected(body))).toBe(expected);
  });

  it.each([
    ['a header', { headers: [{ name: 'ce_subject', value: Buffer.from('ada@example.org') }] }, 'subject'],
    ['a header of the name', { headers: [{ name: 'ada@example.org', value: null }] }, 'subject'],
    ['a header that holds it', { headers: [{ name: 'ce_source', value: Buffer.from('/of/ada@example.org') }] }, 'mention'],
    ['a header that is no text', { headers: [{ name: 'key', value: Buffer.concat([Buffer.from([0xff]), Buffer.from('ada@example.org')]) }] }, 'subject'],
    ['a key that is no text', { key: Buffer.concat([Buffer.from([0xff]), Buffer.from('ada@example.org')]) }, 'subject'],
    ['headers of somebody else', { headers: [{ name: 'ce_subject', value: Buffer.from('bob@example.org') }, { name: 'none', value: null }] }, 'other'],
  ])('is judged by what stood beside the value: %s', (_, beside, expected) => {
    expect(bearing(JSON.stringify(rejectedLine(record('{', beside))))).toBe(expected);
  });

  it('is found by the partition key, which is all that is known of what cannot be read', () => {
    expect(bearing(rejected(Buffer.from([0xff]), 'ada@example.org'))).toBe('subject');
  });
});
