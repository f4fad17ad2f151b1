import type { Accepted } from '../contract/judge';
import type { ReceivedRecord } from '../event/record';
import { rowOf } from '../expression/row';
import type { Manifest, ViewDefinition } from '../manifest/manifest';
import { versionedName } from '../manifest/manifest';
import type { PreparedRecord } from './fold';
import { prepareRecord } from './fold';
import type { ViewPlan } from './plan';
import { planView } from './plan';

/** The plans of views over events, by the event type and version of the events that they take: those of every version that their own can read. */
export const plansByEvent = (manifest: Manifest, isWanted: (view: ViewDefinition) => boolean): ReadonlyMap<string, readonly ViewPlan[]> => {
  const plans = new Map<string, ViewPlan[]>();
  for (const view of Object.values(manifest.views).filter(isWanted)) {
    const source = view.from.kind === 'event' ? manifest.events[versionedName(view.from)] : undefined;
    for (const version of source?.reads ?? []) {
      const name = versionedName({ name: view.from.name, version });
      plans.set(name, [...(plans.get(name) ?? []), planView(manifest, view)]);
    }
  }
  return plans;
};

/**
 * Works out what an accepted event brings to a view.
 *
 * @returns `undefined` when it describes no entity of the view
 * @throws Error when a value cannot be folded: no retry mends that
 */
export const prepareEvent = (plan: ViewPlan, { position, arrival }: ReceivedRecord, { contract, event, times }: Accepted): PreparedRecord | undefined =>
  prepareRecord(plan, { position, source: event.source, id: event.id, effectiveTime: times.effectiveTime, arrival, row: rowOf(plan.sourceFields, event.data, contract.definition.fields) });
