import { generateValidators } from '../../../cli/generate-validators';
import { contractsOf } from '../../../core/contract/contracts';
import { dataSchema } from '../../../core/contract/json-schema';
import { event, int, string } from '../../../core/definition';
import type { EventDefinition } from '../../../core/manifest/manifest';
import { definitions, loadValidators, manifest, manifestOf } from '../../fixtures/contracts';

describe('generated validators', () => {
  it('are the same text for the same manifest, in whatever order it was written', () => {
    expect(generateValidators(manifest)).toBe(generateValidators({ ...manifest, events: Object.fromEntries(Object.entries(manifest.events).reverse()) }));
  });

  it('need no module at run time', () => {
    expect(generateValidators(manifest)).not.toMatch(/\brequire\b|\bimport\b/u);
  });

  it('belong to one manifest, and are refused by another', () => {
    const changed = manifestOf({ ...definitions, orders: event('order.placed', { version: 1, partitionBy: 'orderId', fields: { orderId: string(), items: int() } }) });
    expect(() => contractsOf(changed, loadValidators(generateValidators(manifest)))).toThrow(/order\.placed@v1.*npx headrace compile/u);
    expect(() => contractsOf(manifest, { hashes: {}, validatorsWith: () => ({}) })).toThrow(/hold nothing for order\.placed@v1/u);
  });

  it('are made even when there is nothing to validate', () => {
    const none = { ...manifest, events: {} };
    expect(contractsOf(none, loadValidators(generateValidators(none))).types.size).toBe(0);
  });
});

describe('a contract as JSON Schema', () => {
  const schema = dataSchema(Object.values(manifest.events).find(({ name, version }) => name === 'order.placed' && version === 1) as EventDefinition);

  it('asks for the fields that are not optional', () => {
    expect(schema['required']).toEqual(['orderId', 'customer', 'channel', 'amount', 'items', 'placedAt']);
  });

  it('has a keyword for every limit', () => {
    expect(schema['properties']).toEqual({
      orderId: { type: 'string', pattern: '^[A-Z]{2}-\\d+$' }, customer: { type: 'string', pattern: '^[^@]+@[^@]+$' }, channel: { type: 'string', enum: ['web', 'shop'] },
      amount: { type: 'number', minimum: 0, maximum: 1_000_000 }, items: { type: 'integer', minimum: 1, maximum: 99 }, gift: { type: ['boolean', 'null'] }, note: { type: ['string', 'null'] }, size: { type: ['string', 'null'], enum: ['S', 'L', null] },
      age: { type: ['integer', 'null'], minimum: 18, maximum: Number.MAX_SAFE_INTEGER }, placedAt: { type: 'string', format: 'date-time' },
    });
  });
});
