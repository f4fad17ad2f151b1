import { placeText } from '../../core/event/position';
import type { ReceivedRecord } from '../../core/event/record';
import type { ReplaceCounts } from '../../core/window/flink/replace';
import { settleAll } from '../../lib/runtime/settle-all';
import type { StateStore } from '../../lib/runtime/state-store';
import type { PreparedPartials, UnreadablePartial } from './prepare';
import type { ReplaceEffects, ReplaceSettings } from './replace-item';
import { replaceItem } from './replace-item';

export interface ApplyEffects extends Omit<ReplaceEffects, 'store'> {
  readonly store: StateStore;
  /** Told why an item, or a whole batch, was not done; it will be tried again. */
  readonly complain: (message: string, error: unknown) => void;
}

export interface ApplySettings extends ReplaceSettings {
  /** Most writes at a time. */
  readonly concurrency: number;
}

/** What became of a batch of partials. */
export interface ApplyOutcome extends ReplaceCounts {
  readonly conflicts: number;
  /** Records that are in quarantine. */
  readonly unreadable: number;
  /** Partials that were dropped as late, by view; only views that have some. */
  readonly lateByView: ReadonlyMap<string, number>;
  /** The sequence from which the batch must be delivered again; `undefined` when all of it is done. */
  readonly failedFrom: string | undefined;
}

const lowest = (records: readonly ReceivedRecord[]): string | undefined => {
  let first: ReceivedRecord | undefined;
  for (const record of records) if (!first || placeText(record.position) < placeText(first.position)) first = record;
  return first?.position.sequence;
};

/**
 * Puts a batch of one partition into state: one read of all items that it touches, at most one conditional write for each.
 *
 * What is delivered again changes nothing where it was put already, so that nothing need be remembered of a batch.
 */
export const applyPartials = async ({ items, unreadable }: PreparedPartials, effects: ApplyEffects, settings: ApplySettings): Promise<ApplyOutcome> => {
  const { store, complain } = effects;
  const failed: ReceivedRecord[] = [];
  const total = { replaced: 0, known: 0, late: 0, conflicts: 0, unreadable: 0 };
  const lateByView = new Map<string, number>();
  const setAside = async (records: readonly UnreadablePartial[]): Promise<void> => {
    await effects.setAside(records);
    total.unreadable += records.length;
  };
  if (unreadable.length > 0) {
    try { await setAside(unreadable); } catch (error) {
      complain('records that are no partials could not be put into quarantine', error);
      failed.push(...unreadable.map(({ record }) => record));
    }
  }
  const recordsOf = (index: number): readonly ReceivedRecord[] => (items[index]?.brought ?? []).map(({ record }) => record);
  const settled = await (async () => {
    try {
      const found = items.length === 0 ? [] : await store.read(items.map(({ key }) => key), { consistent: true, deadline: settings.deadline });
      return await settleAll(items, settings.concurrency, (item, index) => replaceItem(item, found[index], { ...effects, setAside }, settings));
    } catch (error) {
      complain('the state items of a batch could not be read', error);
      return items.map((): PromiseRejectedResult => ({ status: 'rejected', reason: error }));
    }
  })();
  for (const [index, result] of settled.entries()) {
    if (result.status === 'rejected') {
      complain(`an item of ${items[index]?.plan.name ?? 'a view'} could not be written`, result.reason);
      failed.push(...recordsOf(index));
      continue;
    }
    const { counts, conflicts } = result.value;
    for (const name of ['replaced', 'known', 'late'] as const) total[name] += counts[name];
    total.conflicts += conflicts;
    const view = items[index]?.plan.name ?? '';
    if (counts.late > 0) lateByView.set(view, (lateByView.get(view) ?? 0) + counts.late);
  }
  return { ...total, lateByView, failedFrom: lowest(failed) };
};
