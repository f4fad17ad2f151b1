import { positionText } from '../../../core/event/position';
import { rowOf } from '../../../core/expression/row';
import { flinkEvents, flinkTexts } from '../../../core/feature/flink-views';
import type { Manifest } from '../../../core/manifest/manifest';
import { encodeAccepted } from '../../../core/window/flink/accepted';
import { unfitForFlink } from '../../../core/window/flink/unfit';
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

/**
 * Sends events of the types that views of Flink's read on to their topic.
 *
 * @returns undefined where no view has Flink as its engine
 */
export const forwardingOf = (manifest: Manifest, put: (records: readonly OutgoingRecord[]) => Promise<unknown>): Forwarding | undefined => {
  const wanted: ReadonlySet<string> = flinkEvents(manifest);
  if (wanted.size === 0) return undefined;
  const texts = flinkTexts(manifest);
  return { wants: (contract) => wanted.has(contract), unfit: (accepted) => unfitForFlink(accepted, texts.get(accepted.contract.name) ?? []), put: async (events) => { await put(events.map(forwardedRecord)); } };
};
