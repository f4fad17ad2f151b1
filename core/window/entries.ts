/** A sketch as keys with counts or ranks: key, value, key, value, … with ascending keys. A value is never 0. */
export type Entries = readonly number[];

/** Puts two sketches together, key by key. */
export const mergeEntries = (left: Entries, right: Entries, combine: (left: number, right: number) => number): Entries => {
  const merged: number[] = [];
  let [one, other] = [0, 0];
  while (one < left.length || other < right.length) {
    const [leftKey, rightKey] = [left[one] ?? Number.POSITIVE_INFINITY, right[other] ?? Number.POSITIVE_INFINITY];
    const [leftValue, rightValue] = [left[one + 1] ?? 0, right[other + 1] ?? 0];
    merged.push(Math.min(leftKey, rightKey), leftKey === rightKey ? combine(leftValue, rightValue) : leftKey < rightKey ? leftValue : rightValue);
    if (leftKey <= rightKey) one += 2;
    if (rightKey <= leftKey) other += 2;
  }
  return merged;
};

/** The pairs of a sketch. */
export const pairsOf = (entries: Entries): readonly (readonly [key: number, value: number])[] =>
  Array.from({ length: entries.length / 2 }, (_each, index) => [entries[2 * index] ?? 0, entries[2 * index + 1] ?? 0] as const);
