import fc from 'fast-check';
import { distinct, entity, event, featureView, first, int, over, quantile, string } from 'headrace';
import { compile } from '../../../core/manifest/compile';
import { decodeState, encodeState, featuresAt, fold, planView, prepareRecord } from '../../../core/window';
import type { PreparedRecord, ViewPlan } from '../../../core/window';
import { estimateOf, registerOf, registers } from '../../../core/window/aggregates/distinct';
import { bucketOf, middleOf } from '../../../core/window/aggregates/quantile';
import { mergeEntries } from '../../../core/window/entries';
import type { PartOperation, PartValue } from '../../../core/window/part';
import { mergeParts } from '../../../core/window/part';
import { wholeOf } from '../../../core/window/whole';
import { options } from './support';

const paid = event('card.paid', { version: 1, partitionBy: 'card', fields: { card: string(), shop: string(), amount: int() } });
const card = entity('card', { id: string() });
const shops = featureView('shops', { version: 1, entity: card, from: paid, by: (row) => ({ id: row.card }), features: (row) => [over('1h', { shops: distinct(row.shop), median: quantile(row.amount, 0.5, { from: -1000, to: 100_000 }), first: first(row.shop) })] });
const compilation = compile({ paid, card, shops });
const view = compilation.ok ? compilation.manifest.views['shops@v1'] : undefined;
if (!compilation.ok || !view) throw new Error(JSON.stringify(compilation));
const plan: ViewPlan = planView(compilation.manifest, view);

const record = (index: number, shop: string, amount: number, minutes = index): PreparedRecord => {
  const prepared = prepareRecord(plan, { position: { source: 'stream', shard: 's', sequence: String(index + 1), subSequence: 0 }, source: 's', id: String(index), effectiveTime: 60_000 * minutes, arrival: 3_600_000, row: { card: 'c', shop, amount } });
  if (!prepared) throw new Error('The payment has no card.');
  return prepared;
};

/** Values of a part, by its operation. */
const values: Readonly<Record<PartOperation, fc.Arbitrary<PartValue>>> = {
  add: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n })).map((value) => (value === 0 ? undefined : value)),
  min: fc.option(fc.integer(), { nil: undefined }), max: fc.option(fc.integer(), { nil: undefined }),
  'entries-add': fc.option(fc.uniqueArray(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 5 })), { minLength: 1, selector: ([key]) => key }).map((pairs) => pairs.sort(([left], [right]) => left - right).flat()), { nil: undefined }),
  'entries-max': fc.option(fc.uniqueArray(fc.tuple(fc.nat(registers - 1), fc.integer({ min: 1, max: 44 })), { minLength: 1, selector: ([key]) => key }).map((pairs) => pairs.sort(([left], [right]) => left - right).flat()), { nil: undefined }),
  oldest: fc.option(fc.record({ time: fc.nat(3), source: fc.constantFrom('a', 'b'), id: fc.constantFrom('é', 'z', 'Z'), value: fc.oneof(fc.string(), fc.integer(), fc.boolean()) }), { nil: undefined }),
};

describe.each(Object.entries(values) as [PartOperation, fc.Arbitrary<PartValue>][])('the operation %s', (operation, value) => {
  const merge = (left: PartValue, right: PartValue): PartValue => mergeParts(operation, left, right);

  it('is associative and commutative, and nothing is its identity', () => {
    fc.assert(fc.property(value, value, value, (a, b, c) => {
      expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      expect(merge(a, b)).toEqual(merge(b, a));
      expect([merge(a, undefined), merge(undefined, a)]).toEqual([a, a]);
    }));
  });
});

describe('an item with sketches', () => {
  const events = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer({ min: -2000, max: 200_000 }), fc.nat(59)), { maxLength: 60 });

  it('has the same bytes in any order and any batches, and reads back', () => {
    fc.assert(fc.property(events, fc.nat(60), (all, cut) => {
      const records = all.map(([shop, amount, minutes], index) => record(index, shop, amount, minutes));
      const at = Math.min(cut, records.length);
      const tilesOf = (...batches: readonly (readonly PreparedRecord[])[]) => {
        let state = fold(plan, undefined, [], options).state;
        // Sequences in the order of folding: what is looked at is the content of the tiles.
        let sequence = 0;
        for (const batch of batches) state = fold(plan, state, batch.map((each) => ({ ...each, position: { ...each.position, sequence: String(sequence += 1) } })), options).state;
        expect(decodeState(plan, encodeState(plan, state))).toEqual(state);
        return encodeState(plan, { ...state, ring: [], watermarks: [] });
      };
      expect(Buffer.from(tilesOf(records.slice(at).reverse(), records.slice(0, at)))).toEqual(Buffer.from(tilesOf(records)));
    }), { numRuns: 100 });
  });

  it('is written in layout 2, with these bytes', () => {
    const { state } = fold(plan, undefined, [record(0, 'a', 5), record(1, 'b', -7)], options);
    const bytes = encodeState(plan, { ...state, ring: [], watermarks: [] });
    expect(bytes[0]).toBe(2);
    expect(Buffer.from(bytes.slice(5)).toString('hex')).toMatchInlineSnapshot(`"e0d40380dddb01ccdd05010002f8010299020302e10201c2020101000173013001610000"`);
    expect(featuresAt(plan, state, 3_600_000)).toEqual({ shops_1h: 2, median_1h: -7, first_1h: 'a' });
  });
});

describe('a distinct count', () => {
  it.each([10, 100, 500, 1000, 1500, 5000, 50_000])('of %d values is within three standard errors, and without bias over twenty sets', (size) => {
    const estimates = Array.from({ length: 20 }, (_set, set) => {
      const ranks = new Map<number, number>();
      for (let index = 0; index < size; index += 1) {
        const [register, rank] = registerOf(`${set} ${index}`);
        ranks.set(register, Math.max(ranks.get(register) ?? 0, rank));
      }
      return estimateOf([...ranks.values()]) / size - 1;
    });
    const standardError = 1.04 / Math.sqrt(registers);
    expect(Math.max(...estimates.map(Math.abs))).toBeLessThan(3.5 * standardError);
    expect(Math.abs(estimates.reduce((sum, each) => sum + each, 0) / estimates.length)).toBeLessThan(standardError);
  });

  it('stands on the edge of rounding for no number of empty registers: engines differ in the last bit of a logarithm', () => {
    for (let empty = 1; empty <= registers; empty += 1) {
      const estimate = registers * Math.log(registers / empty);
      expect(Math.abs(estimate - Math.floor(estimate) - 0.5)).toBeGreaterThan(1e-9);
    }
  });

  it('takes whole numbers in all of their digits, as SQL has them, where a number itself is written with zeros for the last ones', () => {
    for (const value of [2 ** 53, 2 ** 55, -(2 ** 55), 3 * 2 ** 56 + 64, 123_456_789_012_345_680_000, 1e21, 1e300]) expect(registerOf(value)).toEqual(registerOf(String(BigInt(value))));
    expect(registerOf(-0)).toEqual(registerOf('0'));
  });

  it('puts these values where SHA-256 says', () => {
    expect(['', 'ORD', 'Zürich', '-1', 'true'].map(registerOf)).toMatchInlineSnapshot(`
[
  [
    455,
    2,
  ],
  [
    37,
    2,
  ],
  [
    132,
    1,
  ],
  [
    55,
    2,
  ],
  [
    363,
    2,
  ],
]
`);
  });
});

describe('a bucket', () => {
  it('holds its middle, and every value in it is within a 128th of that', () => {
    fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -2000, max: 2000 }), fc.bigInt({ min: -(2n ** 120n), max: 2n ** 120n }).map(wholeOf)), (units) => {
      const middle = middleOf(bucketOf(units));
      expect(Math.abs(middle - Number(units))).toBeLessThanOrEqual(Math.abs(Number(units)) / 128);
      expect(bucketOf(typeof units === 'bigint' ? -units : 0 - units) + bucketOf(units)).toBe(0);
    }));
  });

  it('never goes down as values go up, and is the same for a number and a bigint', () => {
    fc.assert(fc.property(fc.maxSafeInteger().filter((value) => value !== 0), fc.maxSafeInteger(), (a, b) => {
      const [low, high] = a <= b ? [a, b] : [b, a];
      expect(bucketOf(low)).toBeLessThanOrEqual(bucketOf(high));
      expect(bucketOf(BigInt(a))).toBe(bucketOf(a));
    }));
  });

  it('holds each of the first 128 whole numbers alone', () => {
    for (let value = 0; value < 128; value += 1) expect(middleOf(bucketOf(value))).toBe(value);
  });
});

describe('a quantile', () => {
  it.each([[() => quantile({} as never, 2, { from: 0, to: 1 }), /between 0 and 1; 2 was given/u], [() => quantile({} as never, 0.5, { from: 3, to: 1 }), /3 and 1 were given/u]])('refuses what is none', (make, message) => {
    expect(make).toThrow(message);
  });

  it('merges buckets by adding', () => { expect(mergeEntries([1, 2, 5, 1], [-3, 1, 5, 4], (left, right) => left + right)).toEqual([-3, 1, 1, 2, 5, 5]); });
});
