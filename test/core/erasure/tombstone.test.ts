import { count, entity, featureView, over, string } from '../../../core/definition';
import { judge } from '../../../core/contract/judge';
import { isErased } from '../../../core/erasure/erased';
import { tombstoneOf, type Tombstone } from '../../../core/erasure/tombstone';
import type { Subject } from '../../../core/erasure/subject';
import type { ReceivedRecord } from '../../../core/event/record';
import { lakeBatch } from '../../../core/lake/batch';
import { foldingOf, prepareBatch } from '../../../lambdas/feature-aggregator/prepare';
import { arrival, contracts, definitions, manifestOf, order, record } from '../../fixtures/contracts';

const buried = (subject: Subject): Tombstone => tombstoneOf(subject, { erasure: 'e-1', salt: 'f00d', erasedAt: arrival, until: arrival + 86_400_000 });
const ada = buried({ identifiers: ['ada@example.org', 'ada-2'] });
const erased = (body: unknown, differences: Partial<ReceivedRecord> = {}, tombstone: Tombstone = ada): boolean => {
  const received = record(body, differences);
  return isErased(received, judge(received, contracts), [tombstone]);
};

describe('a tombstone', () => {
  it('holds no identifier', () => {
    expect(JSON.stringify(ada)).not.toMatch(/ada/u);
    expect(tombstoneOf({ identifiers: ['ada@example.org'] }, { ...ada, salt: 'other' }).digests).not.toEqual(ada.digests.slice(0, 1));
  });

  it.each([
    ['an event', order(), true],
    ['an event by another identifier', order({ customer: 'bob@example.org' }, { subject: 'ada-2' }), true],
    ['an event that breaks its contract', order({ amount: -1 }), true],
    ['bytes that nobody can read', 'id;ada@example.org;é', true],
    ['an event of somebody else', order({ customer: 'bob@example.org' }), false],
    ['an event of somebody else that mentions it', order({ customer: 'bob@example.org', note: 'ada@example.org' }), false],
    ['a rejected event of somebody else', order({ customer: 'bob@example.org', amount: -1 }), false],
    ['other bytes', 'id;bob@example.org', false],
  ])('recognizes what arrived before the erasure: %s', (_, body, expected) => {
    expect(erased(body)).toBe(expected);
  });

  it('knows a record that cannot be read by its partition key', () => {
    expect(erased(Buffer.from([0xff, 0xfe]), { partitionKey: 'ada-2' })).toBe(true);
    expect(erased(Buffer.from([0xff, 0xfe]))).toBe(false);
  });

  it('knows a rejected record by its headers and the bytes of its key', () => {
    expect(erased('{', { headers: [{ name: 'ce_subject', value: Buffer.from('ada-2') }] })).toBe(true);
    expect(erased('{', { key: Buffer.from([0xff, ...Buffer.from('ada-2')]) })).toBe(true);
    expect(erased('{', { headers: [{ name: 'ce_subject', value: Buffer.from('ada-3') }], key: Buffer.from([0xff]) })).toBe(false);
  });

  it('looks in the fields that it names', () => {
    const aged = buried({ identifiers: ['21'], fields: ['age'] });
    expect(erased(order({ age: 21 }), {}, aged)).toBe(true);
    expect(erased(order({ age: 22, items: 21 }), {}, aged)).toBe(false);
    expect(erased('21;age', {}, aged)).toBe(false);
  });

  it('lets through what the subject does later', () => {
    expect(erased(order(), { arrival: arrival + 1 })).toBe(false);
  });
});

describe('records of a subject that was erased', () => {
  const records = [order(), order({ customer: 'bob@example.org' }, { id: 'o-2' }), order({ amount: -1 }, { id: 'o-3' }), order({ amount: -1, customer: 'bob@example.org' }, { id: 'o-4' })].map((body, index) => record(body, { sequence: index + 1 }));

  it('come into no object of the lake, and are counted', () => {
    const batch = lakeBatch({ ...contracts, tombstones: [ada] });
    for (const each of records) batch.add(each);
    const held = batch.objects().map(({ zone, firstIndex, content }) => [zone, firstIndex, content.toString('utf8').includes('"o-2"')]);
    expect(held).toEqual([['raw', 1, true], ['quarantine', 3, false]]);
    expect(batch.counts.erased).toBe(2);
  });

  it('are folded into no feature', () => {
    const channel = entity('channel', { name: string() });
    const view = featureView('channel_orders', { version: 1, entity: channel, from: definitions.orders, by: (row) => ({ name: row.channel }), features: () => [over(['1h'], { orders: count() })] });
    const folding = foldingOf(manifestOf({ ...definitions, channel, view }), contracts);
    const folded = (tombstones: readonly Tombstone[]): readonly (readonly string[])[] =>
      prepareBatch(records, { ...folding, contracts: { ...folding.contracts, tombstones }, generationsOf: () => [1] }).items.map(({ brought }) => brought.map(({ record: { position } }) => position.sequence));
    expect(folded([])).toEqual([['1', '2']]);
    expect(folded([ada])).toEqual([['2']]);
  });
});
