import { itemSizeOf, largestItem, usualWriteUnits } from '../window/item-size';
import { planView } from '../window/plan';
import type { DefinitionProblem } from './check';
import type { Manifest } from './manifest';

/**
 * Views whose state items would become too large for DynamoDB, or dear to write without anybody having said so.
 *
 * @param manifest in which nothing else is wrong
 */
export const checkItems = (manifest: Manifest): readonly DefinitionProblem[] => Object.entries(manifest.views).flatMap(([name, view]): readonly DefinitionProblem[] => {
  if (view.from.kind !== 'event') return [];
  const { largest, writeUnits, arithmetic } = itemSizeOf(planView(manifest, view));
  const definition = `feature view ${name}`;
  const allowed = view.writeUnits ?? usualWriteUnits;
  if (!Number.isInteger(allowed) || allowed < 1) return [{ definition, problem: `has writeUnits ${allowed}; allowed is a whole number from 1` }];
  if (largest > largestItem) return [{ definition, problem: `could have items over ${largestItem / 1024} KB, which DynamoDB does not hold (${arithmetic}); choose shorter or fewer widths, or make two views of it` }];
  if (writeUnits <= allowed) return [];
  return [{ definition, problem: `would cost ${writeUnits} write units a fold, over ${allowed} (${arithmetic}); choose shorter or fewer widths, or say writeUnits: ${writeUnits} in the view if it is worth that` }];
});
