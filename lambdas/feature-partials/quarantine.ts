import type { Contracts } from '../../core/contract/contracts';
import { rejection } from '../../core/contract/faults';
import { lakeBatch } from '../../core/lake/batch';
import type { LakeObject } from '../../core/lake/object';
import type { UnreadablePartial } from './prepare';

/** A batch that judges nothing needs no contracts. */
const noContracts = (manifestHash: string): Contracts => ({ manifestHash, types: new Map(), names: new Set() });

/** The quarantine objects of records of the partials' topic that no retry can put into an item, whole. */
export const unreadablePartials = (records: readonly UnreadablePartial[], manifestHash: string): readonly LakeObject[] => {
  const batch = lakeBatch(noContracts(manifestHash));
  for (const { record, problem } of records) {
    batch.quarantine(record, rejection('fold_failed', '', `a partial aggregate of Flink that cannot be used: ${problem}`, 'partial aggregates of the views that are deployed',
      'none is needed for what a former version of a view has left behind; else see docs/runbook.md#fold-failed, and work the state out anew: npx headrace features rebuild --publish'), null);
  }
  return batch.objects();
};
