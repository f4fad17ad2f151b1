import type { FoldCounts, PreparedRecord, ViewPlan, ViewState } from '../../core/window';
import { decodeState, encodeState, fold } from '../../core/window';
import type { StateContent, StateItem, StateStore, WriteOutcome } from '../../lib/runtime/state-store';
import type { Brought, ItemRecords, Unfoldable } from './prepare';

/** What folding one item came to. */
export interface ItemOutcome {
  readonly counts: FoldCounts;
  /** How often another writer came first. */
  readonly conflicts: number;
  /** Newest arrival among the records. */
  readonly arrival: number;
}

export interface FoldEffects {
  readonly store: Pick<StateStore, 'write'>;
  /** Keeps records that cannot be folded; when it returns they are kept. */
  readonly setAside: (records: readonly Unfoldable[]) => Promise<void>;
  /** Whether no retry mends a write that was refused. */
  readonly isUnmendable: (error: unknown) => boolean;
  /** Waits before the state is folded anew after `conflicts` lost conditions; false when there is no time left. */
  readonly waitAfterConflict: (conflicts: number) => Promise<boolean>;
}

export interface FoldSettings {
  /** How long the stream keeps a record, milliseconds. */
  readonly streamRetention: number;
  /** Epoch milliseconds by which it must have been written. */
  readonly deadline: number;
}

interface Folded { readonly content: StateContent | undefined; readonly counts: FoldCounts; readonly unfoldable: readonly Unfoldable[] }

const none: FoldCounts = { folded: 0, alreadyFolded: 0, duplicates: 0, late: 0 };
const sum = (left: FoldCounts, right: FoldCounts): FoldCounts =>
  ({ folded: left.folded + right.folded, alreadyFolded: left.alreadyFolded + right.alreadyFolded, duplicates: left.duplicates + right.duplicates, late: left.late + right.late });

const packed = (plan: ViewPlan, state: ViewState | undefined, records: readonly PreparedRecord[], { streamRetention }: FoldSettings) => {
  const result = fold(plan, state, records, { streamRetention });
  const content = result.changed ? { state: encodeState(plan, result.state), expiresAt: result.state.expiresAt, arrival: result.state.arrival } : undefined;
  return { ...result, content };
};

/** Folds record by record, to find those that cannot be: a fold that threw says not which it was. */
const foldApart = ({ plan, brought }: ItemRecords, before: ViewState | undefined, settings: FoldSettings): Folded => {
  let state = before;
  let folded: Folded = { content: undefined, counts: none, unfoldable: [] };
  for (const each of brought) {
    try {
      const result = packed(plan, state, [each.prepared], settings);
      state = result.state;
      folded = { ...folded, content: result.content ?? folded.content, counts: sum(folded.counts, result.counts) };
    } catch (error) {
      folded = { ...folded, unfoldable: [...folded.unfoldable, { ...each, view: plan.name, error }] };
    }
  }
  return folded;
};

const foldAll = (item: ItemRecords, state: ViewState | undefined, settings: FoldSettings): Folded => {
  try {
    const { content, counts } = packed(item.plan, state, item.brought.map(({ prepared }) => prepared), settings);
    return { content, counts, unfoldable: [] };
  } catch {
    return foldApart(item, state, settings);
  }
};

/**
 * Folds a batch's records into one item, with one conditional write. When another writer came first, they are folded into
 * what that one wrote; when it was our own write, whose acknowledgement was lost, the watermark shows that nothing is left
 * to do.
 *
 * @param current the item as it was read
 * @throws Error when it is not known to have been written by the deadline: then it counts as not applied
 */
export const foldItem = async (item: ItemRecords, current: StateItem | undefined, effects: FoldEffects, settings: FoldSettings): Promise<ItemOutcome> => {
  const { key, plan, brought } = item;
  const arrival = Math.max(...brought.map(({ prepared }) => prepared.arrival));
  let found = current;
  for (let conflicts = 0; ; conflicts += 1) {
    const { content, counts, unfoldable } = foldAll(item, found && decodeState(plan, found.state), settings);
    // Kept before the watermark passes them: afterwards they would be dropped as folded already.
    if (unfoldable.length > 0) await effects.setAside(unfoldable);
    if (!content) return { counts, conflicts, arrival };
    let outcome: WriteOutcome;
    try {
      outcome = await effects.store.write(key, content, found?.version, { deadline: settings.deadline });
    } catch (error) {
      if (!effects.isUnmendable(error)) throw error;
      await effects.setAside(brought.map((each: Brought): Unfoldable => ({ ...each, view: plan.name, error })));
      return { counts: none, conflicts, arrival };
    }
    if (outcome.kind === 'written') return { counts, conflicts, arrival };
    found = outcome.current;
    if (!(await effects.waitAfterConflict(conflicts))) throw new Error(`the state of ${key.view} was changed by others ${conflicts + 1} times in a row until the time was up; it is tried again.`);
  }
};
