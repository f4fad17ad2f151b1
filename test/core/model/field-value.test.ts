import { parseField } from '../../../core/model/field-value';

const field = { optional: false, personal: false } as const;
const said = (node: Parameters<typeof parseField>[0], value: unknown): string | undefined => {
  const parsed = parseField(node, value);
  return parsed.ok ? undefined : parsed.detail;
};

describe('a value that a field does not take', () => {
  it.each([
    ['both limits', { min: 0, max: 23 }, 'a whole number from 0 to 23'],
    ['a least', { min: 1 }, 'a whole number, at least 1'],
    ['a most', { max: 7 }, 'a whole number, at most 7'],
    ['no limit of its own', {}, 'a whole number, at most 9007199254740991'],
  ])('is answered with the limits of a whole number that has %s', (_which, limits, words) => {
    const node = { ...field, scalar: 'int', ...limits } as const;
    expect([said(node, undefined), said(node, null), said(node, 1.5), said(node, 'noon')]).toEqual([`is missing; give ${words}`, `is null; give ${words}`, `is 1.5; it must be ${words}`, `is "noon"; it must be ${words}`]);
  });

  it('is answered with the limits of numbers and the form of texts', () => {
    expect(said({ ...field, scalar: 'float', min: 0 }, 'x')).toBe('is "x"; it must be a number, at least 0');
    expect(said({ ...field, scalar: 'string', oneOf: ['web', 'shop'] }, undefined)).toBe('is missing; give one of web, shop');
    expect(said({ ...field, scalar: 'string', pattern: '^[A-Z]{3}$' }, 7)).toBe('is 7; it must be text that matches ^[A-Z]{3}$');
    expect(said({ ...field, scalar: 'string' }, 7)).toBe('is 7; it must be text');
  });
});
