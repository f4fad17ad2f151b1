import { foldFailed } from '../../../core/contract/fold-failed';
import type { Rejection } from '../../../core/contract/rejection';
import { positionText } from '../../../core/event/position';
import { rowOf } from '../../../core/expression/row';
import { isFlinkView } from '../../../core/feature/flink-views';
import type { Manifest } from '../../../core/manifest/manifest';
import { plansByEvent, prepareEvent, type ViewPlan } from '../../../core/window';
import { encodeAccepted } from '../../../core/window/flink/accepted';
import type { OutgoingRecord } from '../event-producer';
import type { Forwarded, Forwarding } from './keep-batch';

/** The record of an accepted event for Flink: under the key that it came with, so that a key's events keep their order. */
export const forwardedRecord = ({ record, accepted: { contract, event, times } }: Omit<Forwarded, 'index'>): OutgoingRecord => ({
  partitionKey: record.partitionKey,
  data: Buffer.from(encodeAccepted({
    contract: contract.name, source: event.source, id: event.id, effectiveTime: times.effectiveTime, knownAt: times.knownAt, arrival: record.arrival,
    position: positionText(record.position), row: rowOf(contract.definition.fields, event.data),
  })),
});

/** Why views of Flink's pass over an event: as the aggregator would set it aside, and Flink itself tells nobody. */
const unfoldable = ({ record, accepted }: Omit<Forwarded, 'index'>, plans: readonly ViewPlan[]): readonly Rejection[] => plans.flatMap((plan) => {
  try {
    prepareEvent(plan, record, accepted);
    return [];
  } catch (error) {
    return [foldFailed(plan.name, error)];
  }
});

/**
 * Sends events of the types that views of Flink's read on to their topic.
 *
 * @returns undefined where no view has Flink as its engine
 */
export const forwardingOf = (manifest: Manifest, put: (records: readonly OutgoingRecord[]) => Promise<unknown>): Forwarding | undefined => {
  const plans = plansByEvent(manifest, isFlinkView);
  if (plans.size === 0) return undefined;
  return { wants: (contract) => plans.has(contract), unfoldable: (event) => unfoldable(event, plans.get(event.accepted.contract.name) ?? []), put: async (events) => { await put(events.map(forwardedRecord)); } };
};
