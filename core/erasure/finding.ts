/** A place that an erasure leaves, and why. */
export interface Left { readonly place: string; readonly why: string }

/** What was found of a subject in a store. It says where and how much, and nothing of what it is. */
export interface Finding {
  /** Records, rows or items of the subject, of every state of the store that can still be read. */
  readonly records: number;
  /** Records that hold an identifier where no personal field is: they stay. */
  readonly mentions: number;
  /** What is there still and has to go: of what was found, or of files that may be a commit's under way. */
  readonly outstanding: number;
  /** What may not be deleted: a legal hold, or an object lock. */
  readonly held: readonly Left[];
  /** What somebody has to decide on. */
  readonly blocked: readonly Left[];
  /** States by name that can be read no more, as the subject stood in them. */
  readonly expired: readonly string[];
  /** Records by the event type or dataset that they are of, where that is known. */
  readonly types: Readonly<Record<string, number>>;
}

export const nothingFound: Finding = { records: 0, mentions: 0, outstanding: 0, held: [], blocked: [], expired: [], types: {} };

/** A state machine passes so much at most; what is more is counted, and found again by the next erasure. */
const mostListed = 50;

const distinct = (left: readonly Left[]): readonly Left[] => [...new Map(left.map((each) => [each.place, each])).values()].slice(0, mostListed);

/** Two findings as one. */
export const together = (one: Finding, other: Finding): Finding => ({
  records: one.records + other.records,
  mentions: one.mentions + other.mentions,
  outstanding: one.outstanding + other.outstanding,
  held: distinct([...one.held, ...other.held]),
  blocked: distinct([...one.blocked, ...other.blocked]),
  expired: [...new Set([...one.expired, ...other.expired])].slice(0, mostListed),
  types: Object.fromEntries([...new Set([...Object.keys(one.types), ...Object.keys(other.types)])].toSorted().map((type) => [type, (one.types[type] ?? 0) + (other.types[type] ?? 0)])),
});
