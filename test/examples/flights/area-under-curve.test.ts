import fc from 'fast-check';
import { areaUnderCurve } from '../../../examples/flights/area-under-curve';

const probabilities = (size: { readonly minLength: number }) => fc.array(fc.constantFrom(0.1, 0.2, 0.3, 0.5, 0.9), { ...size, maxLength: 20 });
const of = (late: boolean, all: readonly number[]) => all.map((probability) => ({ probability, late }));

describe('the area under the curve', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    fc.assert(fc.property(probabilities({ minLength: 1 }), probabilities({ minLength: 1 }), (late, onTime) => {
      const right = late.flatMap((one) => onTime.map((other) => (one > other ? 1 : one === other ? 0.5 : 0))).reduce((sum: number, each) => sum + each, 0);
      expect(areaUnderCurve([...of(true, late), ...of(false, onTime)])).toBeCloseTo(right / (late.length * onTime.length), 12);
    }));
  });

  it('is unknown where all flights were alike', () => {
    fc.assert(fc.property(probabilities({ minLength: 0 }), fc.boolean(), (all, late) => {
      expect(areaUnderCurve(of(late, all))).toBeUndefined();
    }));
  });
});
