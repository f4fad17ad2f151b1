import type { Contracts } from '../../core/contract/contracts';
import { rejection } from '../../core/contract/faults';
import { lakeBatch } from '../../core/lake/batch';
import type { LakeObject } from '../../core/lake/object';
import type { Unfoldable } from './prepare';

/**
 * The quarantine objects of records that cannot be folded, whole, for the day when the view is mended and rebuilt. They
 * name the view and the kind of error; an error's message could repeat a value, which is nobody's business there.
 */
export const foldFailures = (records: readonly Unfoldable[], contracts: Contracts): readonly LakeObject[] => {
  const batch = lakeBatch(contracts);
  for (const { record, eventType, view, error } of records) {
    batch.quarantine(record, rejection('fold_failed', '', `${error instanceof Error ? error.name : 'an error'} while folding into ${view}`, `what ${view} can fold`,
      `correct the feature view, or the event; then rebuild the state: npx headrace features fill`), eventType);
  }
  return batch.objects();
};
