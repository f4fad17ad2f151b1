import type { BatchReference } from '../../core/dataset/batch';
import { dependenciesOf, waitsFor } from '../../core/dataset/dependencies';
import { momentOfBatch } from '../../core/dataset/postgres';
import { versionedName, type Manifest } from '../../core/manifest/manifest';
import type { BatchRecords } from '../../lib/runtime/batch-records';
import { lastMoment } from '../../lib/runtime/schedule-moments';

/** `waiting`: ask again in a while. */
export interface Waiting extends BatchReference { readonly outcome: 'done' | 'waiting' | 'refused'; readonly refusal?: string }

const hour = 3_600_000;

/** How long a batch waits for others. */
export const longestWait = 6 * hour;

/**
 * Asks whether what a batch's dataset waits for is there.
 *
 * @param since epoch milliseconds: when the batch began to wait
 */
export const dependenciesReady = async (records: BatchRecords, manifest: Pick<Manifest, 'datasets'>, reference: BatchReference, since: number, now: number): Promise<Waiting> => {
  const dataset = manifest.datasets[reference.dataset];
  const dependencies = dataset === undefined ? [] : dependenciesOf(dataset, manifest);
  const found = new Map(await Promise.all(dependencies.map(async (each) => [versionedName(each), await records.list(versionedName(each))] as const)));
  const waits = waitsFor(dependencies, found, (schedule) => lastMoment(schedule, momentOfBatch(reference) ?? since));
  if (waits.length === 0) return { ...reference, outcome: 'done' };
  if (now - since < longestWait) return { ...reference, outcome: 'waiting' };
  return { ...reference, outcome: 'refused', refusal: `batch ${reference.batch} of ${reference.dataset} has waited ${longestWait / hour} hours for ${waits.join(', and for ')}. Run that one, then this one again.` };
};
