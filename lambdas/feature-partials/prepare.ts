import { erasedUpTo } from '../../core/erasure/state';
import type { Tombstone } from '../../core/erasure/tombstone';
import type { ReceivedRecord } from '../../core/event/record';
import { stateViewText } from '../../core/feature/entity-key';
import { flinkGeneration, flinkViews } from '../../core/feature/flink-views';
import type { Manifest } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ViewPlan } from '../../core/window';
import { planView } from '../../core/window';
import { decodePartial, type Partial } from '../../core/window/flink';
import type { StateKey } from '../../lib/runtime/state-store';

/** A partial with the record that brought it. */
export interface BroughtPartial { readonly record: ReceivedRecord; readonly partial: Partial }

/** What a batch brings to one item, in the order of the records. */
export interface ItemPartials { readonly key: StateKey; readonly plan: ViewPlan; readonly brought: readonly BroughtPartial[] }

/** A record that is no partial, or one that no retry can put into its item. */
export interface UnreadablePartial { readonly record: ReceivedRecord; readonly problem: string }

export interface PreparedPartials {
  readonly items: readonly ItemPartials[];
  readonly unreadable: readonly UnreadablePartial[];
  /** Partials of hops in which there can be events of somebody who was erased. */
  readonly erased: number;
}

/** The plans of the views that Flink owns, by their versioned names. */
export const flinkPlans = (manifest: Manifest): ReadonlyMap<string, ViewPlan> => new Map(flinkViews(manifest).map((view) => [versionedName(view), planView(manifest, view)]));

const textOf = ({ data }: ReceivedRecord): string => (typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));

/**
 * Reads partials and groups them by state item.
 *
 * Of an entity that was erased, hops that begin before the erasure are passed over: Flink may still hold what they counted of
 * the events that are erased, and no event happens after it has arrived.
 */
export const preparePartials = (records: readonly ReceivedRecord[], plans: ReadonlyMap<string, ViewPlan>, { entities }: Pick<Manifest, 'entities'>, tombstones: readonly Tombstone[]): PreparedPartials => {
  const items = new Map<string, { readonly key: StateKey; readonly plan: ViewPlan; readonly brought: BroughtPartial[] }>();
  const unreadable: UnreadablePartial[] = [];
  const erasures = new Map<string, number>();
  let erased = 0;
  for (const record of records) {
    // A row that is taken back. Flink takes none back, as what it counts of a hop only grows; nothing is to be done for one.
    if (record.data.length === 0) continue;
    const read = decodePartial(textOf(record), (view) => plans.get(view));
    if (!read.ok) { unreadable.push({ record, problem: read.problem }); continue; }
    const { plan, partial } = read;
    const erasedAt = erasures.get(partial.entity) ?? erasedUpTo(partial.entity, entities, tombstones);
    erasures.set(partial.entity, erasedAt);
    if (partial.start <= erasedAt) { erased += 1; continue; }
    const id = `${plan.name}\n${partial.entity}`;
    const item = items.get(id) ?? { key: { entity: partial.entity, view: stateViewText(plan.view, flinkGeneration) }, plan, brought: [] };
    items.set(id, item);
    item.brought.push({ record, partial });
  }
  return { items: [...items.values()], unreadable, erased };
};
