import fc from 'fast-check';
import { entity, int, string } from 'headrace';
import { entityKeyOf, entityKeyText } from '../../../core/feature/entity-key';

const pair = entity('card_at_merchant', { card: string(), merchant: string(), branch: int() });
const keys = fc.record({ card: fc.string(), merchant: fc.oneof(fc.string(), fc.constantFrom('|', '\\', '\\|', '|\\')), branch: fc.integer() });

describe('the text of an entity\'s key', () => {
  it('reads back as the key that it was made from', () => {
    fc.assert(fc.property(keys, (key) => { expect(entityKeyOf(pair, entityKeyText(pair, key) ?? '')).toEqual(key); }), { numRuns: 1000 });
  });

  it('is the same for two keys only when they are the same', () => {
    fc.assert(fc.property(keys, keys, (left, right) => {
      expect(entityKeyText(pair, left) === entityKeyText(pair, right)).toBe(JSON.stringify(left) === JSON.stringify(right));
    }), { numRuns: 1000 });
  });

  it('is none when a part of the key is absent', () => {
    expect(entityKeyText(pair, { card: 'a', merchant: null, branch: 1 })).toBeUndefined();
  });
});
