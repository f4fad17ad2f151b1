import { bucket, category, clip, coalesce, dayOfWeek, oneHot, squareRoot } from 'headrace';
import { columnsOf } from '../../../core/definition/expression';
import { float, int, string, timestamp } from '../../../core/definition/field';
import { canBeNull } from '../../../core/expression/evaluate';

const { whole, broken, carrier, at } = columnsOf({ whole: int(), broken: float(), carrier: string(), at: timestamp() });

describe('a transform of a model\'s input', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['bounds the wrong way round', () => clip(broken, 2, 1), /clip takes two numbers, the smaller first; 2 and 1 were given/u],
    ['a bound that is none', () => clip(broken, Number.NaN, 1), /NaN and 1 were given/u],
    ['a whole number within broken bounds', () => clip(whole, 0.5, 1), /bounds are whole too; 0\.5 and 1/u],
    ['no bounds of buckets', () => bucket(broken, []), /bucket takes 1 to 100 numbers that ascend; \[\] was given/u],
    ['bounds of buckets that descend', () => bucket(broken, [1, 2, 2]), /\[1,2,2\] was given/u],
    ['a text twice', () => category(carrier, ['AA', 'AA']), /each once; \["AA","AA"\] was given/u],
    ['no texts', () => oneHot('carrier', carrier, []), /1 to 100 texts/u],
    ['a text that makes no name', () => oneHot('carrier', carrier, ['A-A']), /letters, digits and _; "A-A" was given: name it by hand, with eq/u],
    ['a whole number that becomes a broken one', () => coalesce(whole, 0.5), /coalesce keeps a whole number whole; 0\.5 was given/u],
  ])('is refused with %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });

  it('can be absent where what it is made of can, and where a number has no root', () => {
    const always = (): boolean => false;
    const sometimes = (): boolean => true;
    for (const { node } of [clip(broken, 0, 1), bucket(whole, [1]), category(carrier, ['AA']), dayOfWeek(at, 'UTC')]) expect([canBeNull(node, always), canBeNull(node, sometimes)]).toEqual([false, true]);
    expect(canBeNull(squareRoot(broken).node, always)).toBe(true);
    expect(canBeNull(coalesce(broken, 0).node, sometimes)).toBe(false);
    expect(canBeNull(coalesce(broken, broken).node, sometimes)).toBe(true);
  });

  it('names an input for each text', () => {
    const made = oneHot('carrier', carrier, ['AA', 'UA']);
    expect(Object.keys(made)).toEqual(['carrier_AA', 'carrier_UA']);
    expect(made.carrier_UA).toMatchObject({ expression: 'boolean' });
  });
});
