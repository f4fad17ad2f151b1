import { decodeState, encodeState, type FoldOptions } from '../../core/window';
import { replacePartials } from '../../core/window/flink';
import type { ReplaceCounts } from '../../core/window/flink/replace';
import type { StateItem, StateStore } from '../../lib/runtime/state-store';
import type { ItemPartials, UnreadablePartial } from './prepare';

/** What putting partials into one item came to. */
export interface ReplaceOutcome {
  readonly counts: ReplaceCounts;
  /** How often another writer came first. */
  readonly conflicts: number;
}

export interface ReplaceEffects {
  readonly store: Pick<StateStore, 'write'>;
  /** Keeps records that cannot be put into an item; when it returns they are kept. */
  readonly setAside: (records: readonly UnreadablePartial[]) => Promise<void>;
  /** Whether no retry mends a write that was refused. */
  readonly isUnmendable: (error: unknown) => boolean;
  /** Waits before the item is read anew after `conflicts` lost conditions; false when there is no time left. */
  readonly waitAfterConflict: (conflicts: number) => Promise<boolean>;
}

export interface ReplaceSettings extends FoldOptions {
  /** Epoch milliseconds by which it must have been written. */
  readonly deadline: number;
}

const none: ReplaceCounts = { replaced: 0, known: 0, late: 0 };
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'an error');

/** The state with the partials in it, or why that cannot be worked out: an item of another content, a number that cannot be packed. */
const replaced = ({ plan, brought }: ItemPartials, found: StateItem | undefined, settings: ReplaceSettings) => {
  try {
    const { state, counts, changed } = replacePartials(plan, found && decodeState(plan, found.state), brought.map(({ partial }) => partial), settings);
    return { ok: true, counts, content: changed ? { state: encodeState(plan, state), expiresAt: state.expiresAt, arrival: state.arrival } : undefined } as const;
  } catch (error) {
    return { ok: false, problem: `${nameOf(error)} while they were put into the item` } as const;
  }
};

/**
 * Puts partials into one item, with one conditional write, and none where the item holds all of them already. When another
 * writer came first, they are put into what that one wrote.
 *
 * @param current the item as it was read
 * @throws Error when it is not known to have been written by the deadline: then it counts as not done
 */
export const replaceItem = async (item: ItemPartials, current: StateItem | undefined, effects: ReplaceEffects, settings: ReplaceSettings): Promise<ReplaceOutcome> => {
  const { key, brought } = item;
  const aside = async (problem: string, conflicts: number): Promise<ReplaceOutcome> => {
    await effects.setAside(brought.map(({ record }) => ({ record, problem })));
    return { counts: none, conflicts };
  };
  let found = current;
  for (let conflicts = 0; ; conflicts += 1) {
    const result = replaced(item, found, settings);
    if (!result.ok) return await aside(result.problem, conflicts);
    if (result.content === undefined) return { counts: result.counts, conflicts };
    let outcome;
    try {
      outcome = await effects.store.write(key, result.content, found?.version, { deadline: settings.deadline });
    } catch (error) {
      if (!effects.isUnmendable(error)) throw error;
      return await aside(`the item was refused: ${nameOf(error)}`, conflicts);
    }
    if (outcome.kind === 'written') return { counts: result.counts, conflicts };
    found = outcome.current;
    if (!(await effects.waitAfterConflict(conflicts))) throw new Error(`the state of ${key.view} was changed by others ${conflicts + 1} times in a row until the time was up; it is tried again.`);
  }
};
