import fc from 'fast-check';
import { byteReader, byteWriter, unzigzag, zigzag } from '../../../core/window/bytes';
import { mergeParts } from '../../../core/window/part';
import type { PartOperation, PartValue } from '../../../core/window/part';
import { scaled } from '../../../core/window/scale';
import { addWhole, wholeOf } from '../../../core/window/whole';

const edges = [0n, 1n, -1n, 63n, 64n, -64n, -65n, 127n, 128n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 52n - 1n, 2n ** 52n, 2n ** 52n + 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n];
const integers = fc.oneof(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), fc.integer().map(BigInt), fc.constantFrom(...edges.flatMap((edge) => [edge, -edge])));

describe('whole numbers of any size', () => {
  it('add up exactly, in one form each', () => {
    fc.assert(fc.property(integers, integers, (left, right) => { expect(addWhole(wholeOf(left), wholeOf(right))).toBe(wholeOf(left + right)); }), { numRuns: 2000 });
  });

  it('are packed and read back, small ones in one byte', () => {
    fc.assert(fc.property(fc.array(integers), (values) => {
      const writer = byteWriter();
      for (const value of values) { writer.signed(wholeOf(value)); writer.unsigned(wholeOf(value < 0n ? -value : value)); }
      const reader = byteReader(writer.finish());
      for (const value of values) {
        expect(reader.signed()).toBe(wholeOf(value));
        expect(reader.unsignedWhole()).toBe(wholeOf(value < 0n ? -value : value));
      }
      expect(reader.isAtEnd()).toBe(true);
    }), { numRuns: 500 });
    const writer = byteWriter();
    writer.signed(-64);
    expect([...writer.finish()]).toEqual([127]);
  });

  it('are turned into zigzag and back', () => {
    expect([0, -1, 1, -2, 2].map(zigzag)).toEqual([0, 1, 2, 3, 4]);
    fc.assert(fc.property(integers, (value) => { expect(unzigzag(zigzag(wholeOf(value)))).toBe(wholeOf(value)); }), { numRuns: 2000 });
  });

  it('are refused where a length should stand, and where bytes end too soon', () => {
    const writer = byteWriter();
    writer.unsigned(2n ** 60n);
    const bytes = writer.finish();
    expect(() => byteReader(bytes).unsigned()).toThrow('where a length or a time was expected');
    expect(() => byteReader(bytes.subarray(0, -1)).unsignedWhole()).toThrow('in the middle of a value');
  });
});

describe('a float in millionths', () => {
  it.each([[0.1, 100_000], [-0.0000005, -1], [0.0000004, 0], [-0.0000004, 0], [-0, 0], [1e10, 10n ** 16n]])('takes %d for %d', (value, units) => {
    expect(scaled(value, 'float')).toBe(units);
  });

  it.each([[Number.NaN, 'float'], [Number.POSITIVE_INFINITY, 'float'], [1e305, 'float'], [0.5, 'int']] as const)('refuses %d as %s', (value, scalar) => {
    expect(() => scaled(value, scalar)).toThrow(RangeError);
  });
});

describe('what tiles keep', () => {
  const parts = fc.option(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger()), { nil: undefined }).map((value): PartValue => (value === 0 ? undefined : value));

  it.each<PartOperation>(['add', 'min', 'max'])('is put together by %s alike, whatever the order and the grouping', (operation) => {
    const merged = (left: PartValue, right: PartValue): PartValue => mergeParts(operation, left, right);
    fc.assert(fc.property(parts, parts, parts, (a, b, c) => {
      expect(merged(a, b)).toBe(merged(b, a));
      expect(merged(merged(a, b), c)).toBe(merged(a, merged(b, c)));
      expect(merged(a, undefined)).toBe(a);
    }), { numRuns: 1000 });
  });

  it('writes a sum of 0 as nothing, so that nothing is written in one way', () => {
    expect(mergeParts('add', 5, -5)).toBeUndefined();
  });
});
