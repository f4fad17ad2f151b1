import type { EpochMillis } from '../event/time';
import type { Row } from '../expression/evaluate';
import { compileExpression } from '../expression/evaluate';
import { compareRanks, currentValue, isIncremental, type BatchRank } from './current-row';
import type { DatasetDefinition, ViewDefinition } from '../manifest/manifest';
import type { FeatureValues } from '../window/read';

/** A batch with all of its rows; `knownAt` is 0 for what was always known. */
export interface OracleBatch extends BatchRank { readonly rows: readonly { readonly knownAt: EpochMillis; readonly row: Row }[] }

/**
 * The features of a dataset's view at moment `t`, in the plainest way: of all batches, from the oldest to the newest, the
 * row of the entity that was known before `t` counts, and what a whole batch does not have is gone from its arrival on.
 * It is what every engine is held to.
 *
 * @param key of the entity, by the names of its fields
 */
export const naiveCurrent = (view: ViewDefinition, dataset: Pick<DatasetDefinition, 'source' | 'knownAt'>, batches: readonly OracleBatch[], key: Row, t: EpochMillis): FeatureValues => {
  const by = Object.entries(view.by).map(([name, node]) => [name, compileExpression(node)] as const);
  // What was always known is what is known now.
  const goneAt = ({ arrival }: BatchRank): EpochMillis => (dataset.knownAt === 'always' ? 0 : arrival);
  let newest: Row | undefined;
  for (const batch of batches.toSorted(compareRanks)) {
    const found = batch.rows.find(({ row }) => by.every(([name, valueOf]) => valueOf({ columns: row }) === key[name]));
    if (found && found.knownAt < t) newest = found.row;
    if (!found && !isIncremental(dataset) && goneAt(batch) < t) newest = undefined;
  }
  return Object.fromEntries(view.features.map((feature) => [feature.name, newest === undefined || feature.kind !== 'current' ? null : currentValue(compileExpression(feature.of)({ columns: newest }))]));
};
