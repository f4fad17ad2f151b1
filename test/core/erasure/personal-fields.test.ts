import { fieldsOf, personalFieldsOf } from '../../../core/erasure/personal-fields';
import { dataset, entity, event, int, personal, string, timestamp } from '../../../core/definition';
import { manifestOf } from '../../fixtures/contracts';

const manifest = manifestOf({
  placed: event('order.placed', { version: 1, partitionBy: 'shop', fields: { shop: string(), customer: personal(string()), born: personal(timestamp()) } }),
  people: dataset('people', { version: 1, key: ['number'], knownAt: 'arrival', source: { csv: 'people/' }, fields: { number: personal(int()), city: string() } }),
  person: entity('person', { mail: personal(string()) }),
});

describe('the personal fields of definitions', () => {
  it('are those that say who somebody is: of events, datasets and keys', () => {
    const { names, numbered } = personalFieldsOf(manifest);
    expect([...names].toSorted()).toEqual(['customer', 'mail', 'number']);
    expect(numbered).toEqual(['number']);
  });

  it('take those along that hold the same key in predictions', () => {
    expect(fieldsOf({ names: new Set(['id', 'user__id', 'seller__id', 'user__mail', 'paid']), numbered: [] }, ['id'])).toEqual(['id', 'seller__id', 'user__id']);
  });
});
