import { entity, personal, string } from '../../../../core/definition';
import { comparisonText, withoutPeople } from '../../../../lib/runtime/rebuild/compare';
import { manifestOf } from '../../../fixtures/contracts';

const { entities } = manifestOf({ customer: entity('customer', { customer: personal(string()) }), shop: entity('shop', { shop: string() }) });
const found = { view: 'v@v1', generation: 1, items: 1, records: 2, differing: 1, differences: 1, uncovered: 0, unfoldable: 0 };

describe('what the log keeps of a comparison', () => {
  it.each([
    ['customer', 'customer|ada@example.org', 'customer|…'],
    ['shop', 'shop|shop-1', 'shop|shop-1'],
  ] as const)('names the item of a %s only where that is nobody', (name, item, logged) => {
    const definition = entities[name];
    if (definition === undefined) throw new Error(`no entity ${name}`);
    const text = comparisonText(withoutPeople({ ...found, examples: [{ entity: item, tiles: [], registers: ['last_amount'] }] }, definition));
    expect(text.split('\n').at(-1)).toBe(`  ${logged}: last_amount`);
  });
});
