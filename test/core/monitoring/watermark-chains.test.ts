import fc from 'fast-check';
import type { Marks } from '../../../core/monitoring/watermark-chains';
import { chainsOf } from '../../../core/monitoring/watermark-chains';

const marksOf = (places: Readonly<Record<string, number>>): Marks => new Map(Object.entries(places).map(([shard, place]) => [shard, String(place).padStart(3, '0')]));
const reaches = (one: Marks, other: Marks): boolean => [...one].every(([shard, place]) => (other.get(shard) ?? '') >= place);

describe('the watermarks that an item was seen at', () => {
  it('are one chain while it only moves on, in whatever order they are given', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }), fc.infiniteStream(fc.nat()), (moves, order) => {
      const seen: Marks[] = [new Map()];
      const places: Record<string, number> = {};
      for (const shard of moves) seen.push(marksOf({ ...Object.assign(places, { [shard]: (places[shard] ?? 0) + 1 }) }));
      const keys = order.take(seen.length);
      const shuffled = seen.map((marks) => [marks, Number(keys.next().value)] as const).sort(([, left], [, right]) => left - right).map(([marks]) => marks);
      expect(chainsOf(shuffled)).toEqual([seen]);
    }));
  });

  it('are in some chain, each behind what it holds, when one was forgotten or reads went elsewhere', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(5)), { selector: (each) => JSON.stringify(['a', 'b', 'c'].map((shard) => each[shard] ?? null)), maxLength: 20 }), (all) => {
      const seen = all.map(marksOf);
      const chains = chainsOf(seen);
      expect(new Set(chains.flat())).toEqual(new Set(seen));
      expect(chains.flat()).toHaveLength(seen.length);
      expect(chains.every((chain) => chain.every((marks, index) => reaches(chain[index - 1] ?? marks, marks)))).toBe(true);
    }));
  });
});
