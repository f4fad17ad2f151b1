/** How far each shard had been folded into a state: the position's text by `source/shard`. Text order is record order within a shard. */
export type Marks = ReadonlyMap<string, string>;

/** Whether every shard of one was folded at least as far in the other: then the other holds whatever the one holds. */
const reaches = (one: Marks, other: Marks): boolean => [...one].every(([shard, place]) => (other.get(shard) ?? '') >= place);

/** Numbers that grow with the places of every shard: of two marks that reach each other the further one has the greater. */
const progressOf = (all: readonly Marks[]): ReadonlyMap<Marks, number> => {
  const places = new Map<string, Set<string>>();
  for (const marks of all) for (const [shard, place] of marks) places.set(shard, (places.get(shard) ?? new Set()).add(place));
  const ranks = new Map([...places].map(([shard, found]) => [shard, new Map([...found].sort().map((place, index) => [place, index + 1]))]));
  return new Map(all.map((marks) => [marks, [...marks].reduce((sum, [shard, place]) => sum + (ranks.get(shard)?.get(place) ?? 0), 0)]));
};

/**
 * Puts the marks that an entity's state was seen at into chains, in each of which the next one holds all that the ones before
 * it do: then the records of a chain are folded once, for all of its marks. An item only ever moves on, so there is one chain,
 * unless the watermark of a closed shard was forgotten in between, or reads changed to another generation.
 *
 * @param all marks, each once
 */
export const chainsOf = (all: readonly Marks[]): readonly (readonly Marks[])[] => {
  const progress = progressOf(all);
  const chains: Marks[][] = [];
  for (const marks of [...all].sort((left, right) => (progress.get(left) ?? 0) - (progress.get(right) ?? 0))) {
    const chain = chains.find((each) => { const last = each.at(-1); return last !== undefined && reaches(last, marks); });
    if (chain) chain.push(marks);
    else chains.push([marks]);
  }
  return chains;
};
