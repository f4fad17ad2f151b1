/**
 * Cuts items into groups of one call each, in their order: as many as fit, and one that fits nowhere by itself.
 *
 * @param sizeOf an item, in what `most` is counted in
 * @param most of a group
 * @param mostItems of a group
 */
export const groupsWithin = <Item>(items: readonly Item[], sizeOf: (item: Item) => number, most: number, mostItems = Number.POSITIVE_INFINITY): readonly (readonly Item[])[] => {
  const groups: Item[][] = [];
  let taken = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = sizeOf(item);
    if (taken + size > most || (groups.at(-1)?.length ?? 0) >= mostItems) {
      groups.push([]);
      taken = 0;
    }
    groups.at(-1)?.push(item);
    taken += size;
  }
  return groups;
};
