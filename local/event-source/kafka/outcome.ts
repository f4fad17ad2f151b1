import type { Outcome } from '../outcome';
import { isObject } from '../outcome';
import { partitionName, sequenceOf, type KafkaRecord } from './record';

const failed = (functionError: string): Outcome => ({ kind: 'failed', functionError });

/**
 * Reads what a function answered to a batch, when its mapping reports item failures.
 *
 * A failure names a partition, as the event does, and an offset. Those records, and no others, are delivered again: a function
 * that stops must name all that it has not done. A partition or an offset that is not of the batch fails all of it. Pages of
 * the documentation name the member `partition` or `topic-partition`; both are taken.
 * Source: AWS Lambda developer guide, "Configuring error handling controls for Kafka event sources", partial batch response.
 *
 * @param answer the function's answer, parsed; undefined when it was empty
 */
export const kafkaOutcomeOf = (answer: unknown, topic: string, records: readonly KafkaRecord[]): Outcome => {
  const failures = isObject(answer) ? answer['batchItemFailures'] : undefined;
  if (failures === undefined || failures === null) return { kind: 'done' };
  if (!Array.isArray(failures)) return failed('batchItemFailures is not a list');
  const known = new Map(records.map(({ partition, offset, sequence }) => [`${partitionName(topic, partition)} ${offset}`, sequence]));
  const remaining = new Set<string>();
  for (const failure of failures as readonly unknown[]) {
    const item = isObject(failure) ? failure['itemIdentifier'] : undefined;
    const place = isObject(item) ? `${String(item['partition'] ?? item['topic-partition'])} ${String(item['offset'])}` : '';
    const sequence = known.get(place);
    if (sequence === undefined) return failed(`itemIdentifier ${JSON.stringify(item ?? null)} is not a record of the batch`);
    remaining.add(sequence);
  }
  const first = records.find(({ partition, offset }) => remaining.has(sequenceOf(partition, offset)));
  return first === undefined ? { kind: 'done' } : { kind: 'partly', failed: first.sequence, remaining };
};
