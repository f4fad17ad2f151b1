import type { Contracts } from '../../core/contract/contracts';
import { foldFailed } from '../../core/contract/fold-failed';
import { lakeBatch } from '../../core/lake/batch';
import type { LakeObject } from '../../core/lake/object';
import type { Unfoldable } from './prepare';

/** The quarantine objects of records that cannot be folded, whole, for the day when the view is mended and rebuilt. */
export const foldFailures = (records: readonly Unfoldable[], contracts: Contracts): readonly LakeObject[] => {
  const batch = lakeBatch(contracts);
  for (const { record, eventType, view, error } of records) batch.quarantine(record, foldFailed(view, error), eventType);
  return batch.objects();
};
