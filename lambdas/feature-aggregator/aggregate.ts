import { placeText } from '../../core/event/position';
import type { ReceivedRecord } from '../../core/event/record';
import type { FoldCounts } from '../../core/window';
import { settleAll } from '../../lib/runtime/settle-all';
import type { StateItem, StateStore } from '../../lib/runtime/state-store';
import type { FoldEffects, FoldSettings, ItemOutcome } from './fold-item';
import { foldItem } from './fold-item';
import type { Folding, ItemRecords, Unfoldable } from './prepare';
import { prepareBatch } from './prepare';

export interface AggregateEffects extends Omit<FoldEffects, 'store'> {
  readonly store: StateStore;
  /** Told why an item, or a whole batch, was not applied; it will be tried again. */
  readonly complain: (message: string, error: unknown) => void;
}

export interface AggregateSettings extends FoldSettings {
  /** Most writes at a time. */
  readonly concurrency: number;
}

/** What became of a batch. */
export interface AggregateOutcome extends FoldCounts {
  readonly conflicts: number;
  /** Records that no retry can fold, kept in quarantine. */
  readonly unfoldable: number;
  /** Records that were dropped as late, and as duplicates, by view; only views that have some. */
  readonly droppedByView: ReadonlyMap<string, Pick<FoldCounts, 'late' | 'duplicates'>>;
  /** Newest arrival of a record that was applied; `undefined` when none was. */
  readonly newestArrival: number | undefined;
  /** The sequence from which the batch must be delivered again; `undefined` when all of it is done. */
  readonly failedFrom: string | undefined;
}

/** What became of an item, with the versioned name of its view. */
interface NamedOutcome extends ItemOutcome { readonly view: string }

/** The first, in the order of the shard, of records that were not applied. */
const lowest = (records: readonly ReceivedRecord[]): string | undefined => {
  let first: ReceivedRecord | undefined;
  for (const record of records) if (!first || placeText(record.position) < placeText(first.position)) first = record;
  return first?.position.sequence;
};

const readItems = async (items: readonly ItemRecords[], { store, complain }: AggregateEffects, { deadline }: AggregateSettings): Promise<readonly (StateItem | undefined)[] | undefined> => {
  try {
    return await store.read(items.map(({ key }) => key), { consistent: true, deadline });
  } catch (error) {
    complain('the state items of a batch could not be read', error);
    return undefined;
  }
};

const droppedBy = (outcomes: readonly NamedOutcome[]): AggregateOutcome['droppedByView'] => {
  const byView = new Map<string, { late: number; duplicates: number }>();
  for (const { view, counts: { late, duplicates } } of outcomes) {
    if (late + duplicates === 0) continue;
    const before = byView.get(view) ?? { late: 0, duplicates: 0 };
    byView.set(view, { late: before.late + late, duplicates: before.duplicates + duplicates });
  }
  return byView;
};

const summed = (outcomes: readonly NamedOutcome[], unfoldable: number, failedFrom: string | undefined): AggregateOutcome => {
  const total = (pick: (outcome: NamedOutcome) => number): number => outcomes.reduce((sum, outcome) => sum + pick(outcome), 0);
  return {
    folded: total(({ counts }) => counts.folded), alreadyFolded: total(({ counts }) => counts.alreadyFolded), duplicates: total(({ counts }) => counts.duplicates), late: total(({ counts }) => counts.late),
    conflicts: total(({ conflicts }) => conflicts), unfoldable, failedFrom, droppedByView: droppedBy(outcomes),
    newestArrival: outcomes.length > 0 ? Math.max(...outcomes.map(({ arrival }) => arrival)) : undefined,
  };
};

/**
 * Folds a batch of one shard into state: one read of all items that it touches, one conditional write for each.
 *
 * When an item cannot be written, everything from its first record on is delivered again. Records of other items among
 * these are at or under their watermarks then, and count once.
 */
export const aggregate = async (records: readonly ReceivedRecord[], folding: Folding, effects: AggregateEffects, settings: AggregateSettings): Promise<AggregateOutcome> => {
  const { items, unfoldable } = prepareBatch(records, folding);
  let setAside = 0;
  const keep = async (aside: readonly Unfoldable[]): Promise<void> => {
    await effects.setAside(aside);
    setAside += aside.length;
  };
  const failed: ReceivedRecord[] = [];
  if (unfoldable.length > 0) {
    try { await keep(unfoldable); } catch (error) {
      effects.complain('records that cannot be folded could not be put into quarantine', error);
      failed.push(...unfoldable.map(({ record }) => record));
    }
  }
  const found = items.length > 0 ? await readItems(items, effects, settings) : [];
  if (!found) return summed([], setAside, lowest([...failed, ...items.flatMap(({ brought }) => brought.map(({ record }) => record))]));

  const settled = await settleAll(items, settings.concurrency, (item, index) => foldItem(item, found[index], { ...effects, setAside: keep }, settings));
  const outcomes: NamedOutcome[] = [];
  for (const [index, result] of settled.entries()) {
    if (result.status === 'fulfilled') outcomes.push({ ...result.value, view: items[index]?.plan.name ?? '' });
    else {
      effects.complain(`an item of ${items[index]?.plan.name ?? 'a view'} could not be written`, result.reason);
      failed.push(...(items[index]?.brought ?? []).map(({ record }) => record));
    }
  }
  return summed(outcomes, setAside, lowest(failed));
};
