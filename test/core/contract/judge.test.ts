import type { Judgement } from '../../../core/contract/judge';
import { judge } from '../../../core/contract/judge';
import { isoText } from '../../../core/event/time';
import { arrival, contracts, order, record, shipped } from '../../fixtures/contracts';

const judged = (body: unknown): Judgement => judge(record(body), contracts);
const rejectionOf = (body: unknown) => {
  const judgement = judged(body);
  return judgement.accepted ? 'accepted' : judgement.rejection;
};
const verdict = (body: unknown): string => {
  const judgement = judged(body);
  return judgement.accepted ? `accepted by ${judgement.contract.name}` : `${judgement.rejection.code} ${judgement.rejection.path}`;
};
const minutes = (count: number): string => isoText(arrival + count * 60_000);

describe('judging an event', () => {
  it('accepts one that keeps its contract, with its moments', () => {
    const judgement = judged(order());
    expect(judgement).toMatchObject({ accepted: true, text: JSON.stringify(order()), event: order(), times: { eventTime: arrival - 2000, effectiveTime: arrival - 2000, knownAt: arrival, arrival } });
  });

  it.each([
    ['a missing field', order({ items: undefined }), 'missing_field /data/items'],
    ['a field that is null and must be there', order({ items: null }), 'missing_field /data/items'],
    ['a text for a number', order({ items: '2' }), 'wrong_type /data/items'],
    ['a fraction for a whole number', order({ items: 2.5 }), 'wrong_type /data/items'],
    ['a number for a text', order({ note: 7 }), 'wrong_type /data/note'],
    ['a list for a text', order({ note: ['x'] }), 'wrong_type /data/note'],
    ['a number for a boolean', order({ gift: 1 }), 'wrong_type /data/gift'],
    ['a number under its range', order({ items: 0 }), 'out_of_range /data/items'],
    ['a number over its range', order({ amount: 1_000_000.01 }), 'out_of_range /data/amount'],
    ['a text that does not match', order({ orderId: 'AB-1x' }), 'pattern_mismatch /data/orderId'],
    ['a text that is not listed', order({ channel: 'phone' }), 'not_in_list /data/channel'],
    ['an optional text that is not listed', order({ size: 'M' }), 'not_in_list /data/size'],
    ['a moment that is none', order({ placedAt: '2026-02-30T00:00:00Z' }), 'time_invalid /data/placedAt'],
    ['a moment as a number', order({ placedAt: 1_772_000_000 }), 'wrong_type /data/placedAt'],
    ['an unknown type', order({}, { type: 'order.lost' }), 'unknown_type /type'],
    ['a type that every object has', order({}, { type: 'constructor' }), 'unknown_type /type'],
    ['a version that is not there', order({}, { dataschema: 'https://shop.example/order.placed/v9' }), 'unknown_version /dataschema'],
    ['no JSON', '{"specversion":"1.0"', 'not_json '],
    ['a list', [order()], 'not_cloudevent '],
    ['null', null, 'not_cloudevent '],
    ['another version of CloudEvents', order({}, { specversion: '0.3' }), 'not_cloudevent /specversion'],
    ['no id', order({}, { id: '' }), 'not_cloudevent /id'],
    ['a number as source', order({}, { source: 7 }), 'not_cloudevent /source'],
    ['no type', order({}, { type: undefined }), 'not_cloudevent /type'],
    ['no time', order({}, { time: null }), 'missing_field /time'],
    ['a time that is none', order({}, { time: 'now' }), 'time_invalid /time'],
    ['a time as a number', order({}, { time: 1_772_000_000 }), 'time_invalid /time'],
    ['a schema that is no text', order({}, { dataschema: {} }), 'not_cloudevent /dataschema'],
    ['binary data', { ...order(), data_base64: 'AA==' }, 'not_cloudevent /data_base64'],
    ['other content than JSON', order({}, { datacontenttype: 'text/xml' }), 'not_cloudevent /datacontenttype'],
    ['no data', { ...order(), data: null }, 'missing_field /data'],
    ['data that is a list', { ...order(), data: [] }, 'wrong_type /data'],
  ])('rejects %s', (_what, body, expected) => { expect(verdict(body)).toBe(expected); });

  it.each([
    ['optional fields that are null', order({ gift: null, note: null, age: null, size: null })],
    ['fields that are not declared', order({ coupon: { code: 'X', __proto__: 1 } })],
    ['attributes that are not declared', order({}, { traceparent: '00-0', datacontenttype: 'application/cloudevents+json; charset=utf-8', subject: null })],
    ['a whole number that is written with a point or an exponent', JSON.stringify(order()).replace('"items":2', '"items":2.0').replace('"amount":12.5', '"amount":125e-1')],
    ['the ends of its ranges', order({ items: 99, amount: 0 })],
  ])('accepts %s', (_what, body) => { expect(verdict(body)).toBe('accepted by order.placed@v1'); });

  it('says what was found, what is allowed and what to do', () => {
    expect(rejectionOf(order({ items: 100 }))).toEqual({
      code: 'out_of_range', path: '/data/items', found: 'a number: 100', allowed: 'a whole number from 1 to 99', remedy: 'correct the value, or widen the range in a new version of the event type',
    });
    expect(rejectionOf(order({ channel: 'phone' }))).toMatchObject({ found: 'a string: "phone"', allowed: 'one of web, shop' });
    expect(rejectionOf(order({ note: 'x' }, { type: 'order.lost' }))).toMatchObject({ found: 'order.lost', allowed: 'order.placed, order.shipped' });
    expect(rejectionOf(order({ items: undefined }))).toMatchObject({ found: 'nothing', allowed: 'a whole number' });
  });

  it('never shows the value of a personal field', () => {
    for (const body of [order({ customer: 'nobody' }), order({ customer: { mail: 'nobody' } }), order({ age: 17 }), order({ age: 'nobody' })])
      expect(JSON.stringify(rejectionOf(body))).not.toMatch(/nobody|17/u);
    expect(rejectionOf(order({ age: 17 }))).toMatchObject({ code: 'out_of_range', found: 'a number', allowed: 'a whole number from 18 on' });
  });

  it('shows at most the beginning of a long value', () => {
    const rejection = rejectionOf(order({ channel: 'x'.repeat(100_000) }));
    expect(JSON.stringify(rejection).length).toBeLessThan(600);
    expect(JSON.stringify(rejectionOf(order({}, { type: 'x'.repeat(100_000) }))).length).toBeLessThan(700);
  });

  it('takes numbers as doubles hold them, and rejects what they cannot hold', () => {
    const withParcels = (text: string): string => JSON.stringify(shipped()).replace('"parcels":1', `"parcels":${text}`);
    expect(verdict(withParcels('9007199254740991'))).toBe('accepted by order.shipped@v1');
    expect(verdict(withParcels('9007199254740993'))).toBe('out_of_range /data/parcels');
    expect(verdict(withParcels('-9007199254740993'))).toBe('out_of_range /data/parcels');
    expect(verdict(withParcels('1e999'))).toBe('out_of_range /data/parcels');
    expect(verdict(JSON.stringify(shipped()).replace('0.5', '-1e999'))).toBe('out_of_range /data/weight');
  });

  it('takes only the event\'s own members, whatever their names are', () => {
    expect(verdict(shipped())).toBe('accepted by order.shipped@v1');
    expect(verdict(shipped({ constructor: 5 }))).toBe('wrong_type /data/constructor');
    const inherited = JSON.stringify(shipped({ orderId: undefined })).replace('"data":{', '"data":{"__proto__":{"orderId":"AB-1"},');
    expect(verdict(inherited)).toBe('missing_field /data/orderId');
    expect(verdict(`{"__proto__":${JSON.stringify(shipped())}}`)).toBe('not_cloudevent /specversion');
  });
});

describe('the version of a contract', () => {
  it.each([
    ['https://shop.example/order.placed/v1', 'v1'], ['order.placed/v2', 'v2'], ['urn:shop:order.placed/v1', 'v1'], ['https://shop.example/schemas#order.placed/v1', 'v1'],
  ])('is the one that %s names', (dataschema, version) => { expect(verdict(order({ currency: 'EUR' }, { dataschema }))).toBe(`accepted by order.placed@${version}`); });

  it.each([undefined, null, 'https://elsewhere.example/schema.json', 'https://shop.example/reorder.placed/v1', 'order.placed/v', 'order.placed/v1/draft', 'order.placed/v1e1'])('is the latest when dataschema is %s', (dataschema) => {
    expect(verdict(order({ currency: 'EUR' }, { dataschema }))).toBe('accepted by order.placed@v2');
    expect(verdict(order({}, { dataschema }))).toBe('missing_field /data/currency');
  });
});

describe('the moments of an event', () => {
  it('may be up to five minutes ahead of its known-at, and is then taken to have happened at it', () => {
    expect(judged(order({}, { time: minutes(5) }))).toMatchObject({ accepted: true, times: { eventTime: arrival + 300_000, effectiveTime: arrival, knownAt: arrival } });
    expect(rejectionOf(order({}, { time: isoText(arrival + 300_001) }))).toMatchObject({ code: 'time_in_future', path: '/time', found: '2026-03-01T12:05:00.001Z, 301 seconds ahead' });
    expect(verdict(order({}, { time: minutes(60) }))).toBe('time_in_future /time');
  });

  it('was known when it was recorded, where the event type trusts that', () => {
    const known = Date.parse('2026-02-01T09:00:00Z');
    expect(judged(shipped({}, { recordedtime: isoText(known) }))).toMatchObject({ times: { knownAt: known, arrival } });
    expect(judged(shipped({}, { recordedtime: '2026-02-01T08:00:00.000Z' }))).toMatchObject({ times: { knownAt: Date.parse('2026-02-01T08:00:00Z') } });
    expect(judged(shipped({}, { recordedtime: minutes(99) }))).toMatchObject({ times: { knownAt: arrival } });
    expect(judged(shipped())).toMatchObject({ times: { knownAt: arrival } });
    expect(verdict(shipped({}, { recordedtime: '2026-02-01T07:00:00Z' }))).toBe('time_in_future /time');
    expect(verdict(shipped({}, { recordedtime: 'then' }))).toBe('time_invalid /recordedtime');
  });

  it('was known at its arrival where the event type does not, whatever the producer says', () => {
    expect(judged(order({}, { recordedtime: '2020-01-01T00:00:00Z' }))).toMatchObject({ accepted: true, times: { knownAt: arrival } });
    expect(verdict(order({}, { recordedtime: 'then' }))).toBe('accepted by order.placed@v1');
  });
});
