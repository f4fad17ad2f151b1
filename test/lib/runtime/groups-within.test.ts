import fc from 'fast-check';
import { groupsWithin } from '../../../lib/runtime/groups-within';

describe('items in groups of one call each', () => {
  it('are all there in their order, in no more than fits, and in no empty group', () => {
    fc.assert(fc.property(fc.array(fc.nat(12)), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 4 }), (items, most, mostItems) => {
      const groups = groupsWithin(items, (item) => item, most, mostItems);
      expect(groups.flat()).toEqual(items);
      for (const group of groups) {
        expect(group.length).toBeGreaterThan(0);
        expect(group.length).toBeLessThanOrEqual(mostItems);
        // One that fits nowhere is by itself, but for what counts for nothing.
        expect(group.reduce((sum, item) => sum + item, 0) <= most || group.filter((item) => item > 0).length === 1).toBe(true);
      }
    }));
  });
});
