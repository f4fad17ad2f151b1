import type { Contracts } from '../../core/contract/contracts';
import type { Accepted } from '../../core/contract/judge';
import { judge } from '../../core/contract/judge';
import { isErased } from '../../core/erasure/erased';
import type { ReceivedRecord } from '../../core/event/record';
import { stateViewText } from '../../core/feature/entity-key';
import { isFlinkView } from '../../core/feature/flink-views';
import type { Manifest } from '../../core/manifest/manifest';
import type { PreparedRecord, ViewPlan } from '../../core/window';
import { plansByEvent, prepareEvent } from '../../core/window';
import type { StateKey } from '../../lib/runtime/state-store';

/** The event types that have views, and the plans of those. */
export interface Folding {
  /** Of the event types that some view is made from: the rest is none of ours. */
  readonly contracts: Contracts;
  /** By the event type and version of the events that they take, `flight.landed@v1`. */
  readonly plans: ReadonlyMap<string, readonly ViewPlan[]>;
  /** Generations of a view, by its versioned name, into which records are folded. */
  readonly generationsOf: (view: string) => readonly number[];
}

/** A record with what it brings to one item. */
export interface Brought { readonly record: ReceivedRecord; readonly eventType: string; readonly prepared: PreparedRecord }

/** What a batch brings to one item, in the order of the records. */
export interface ItemRecords { readonly key: StateKey; readonly plan: ViewPlan; readonly brought: readonly Brought[] }

/** A record that no retry can fold. */
export interface Unfoldable { readonly record: ReceivedRecord; readonly eventType: string; readonly view: string; readonly error: unknown }

export interface PreparedBatch { readonly items: readonly ItemRecords[]; readonly unfoldable: readonly Unfoldable[] }

/**
 * Plans every view over events that is folded here: what Flink owns, it owns whole.
 *
 * @param contracts all of the manifest's
 */
export const foldingOf = (manifest: Manifest, contracts: Contracts): Omit<Folding, 'generationsOf'> => {
  const plans = plansByEvent(manifest, (view) => !isFlinkView(view));
  // Whole types and not versions alone: which version an event without one means must be what the validator takes it for.
  const types = [...contracts.types].filter(([, versions]) => versions.some(({ name }) => plans.has(name)));
  return { contracts: { ...contracts, types: new Map(types) }, plans };
};

/**
 * Judges a batch by the same contracts as the validator, and groups what is accepted by state item. What is rejected is
 * passed over: the validator keeps it. So is what is of a subject that was erased.
 *
 * @param records in the order of their shard
 */
export const prepareBatch = (records: readonly ReceivedRecord[], folding: Folding): PreparedBatch => groupBatch(records.flatMap((record) => {
  const judgement = judge(record, folding.contracts);
  const { tombstones } = folding.contracts;
  return judgement.accepted && !(tombstones !== undefined && isErased(record, judgement, tombstones)) ? [{ record, accepted: judgement }] : [];
}), folding);

/** Groups records that were accepted by state item. */
export const groupBatch = (records: readonly { readonly record: ReceivedRecord; readonly accepted: Accepted }[], { plans, generationsOf }: Omit<Folding, 'contracts'>): PreparedBatch => {
  const items = new Map<string, { readonly key: StateKey; readonly plan: ViewPlan; readonly brought: Brought[] }>();
  const unfoldable: Unfoldable[] = [];

  const bring = (record: ReceivedRecord, accepted: Accepted, plan: ViewPlan): void => {
    const eventType = accepted.contract.definition.name;
    const generations = generationsOf(plan.name);
    if (generations.length === 0) return;
    let prepared: PreparedRecord | undefined;
    try {
      prepared = prepareEvent(plan, record, accepted);
    } catch (error) {
      unfoldable.push({ record, eventType, view: plan.name, error });
    }
    if (!prepared) return;
    for (const generation of generations) {
      const view = stateViewText(plan.view, generation);
      const id = `${view}\n${prepared.entity}`;
      const item = items.get(id) ?? { key: { entity: prepared.entity, view }, plan, brought: [] };
      items.set(id, item);
      item.brought.push({ record, eventType, prepared });
    }
  };

  for (const { record, accepted } of records) for (const plan of plans.get(accepted.contract.name) ?? []) bring(record, accepted, plan);
  return { items: [...items.values()], unfoldable };
};
