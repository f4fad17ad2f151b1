import type { ModelDefinition } from '../../../core/manifest/manifest';
import { versionedName } from '../../../core/manifest/manifest';
import { lookupsOf } from '../../../core/training/training-set-plan';
import { reachOf } from './build';
import type { TakenRows } from './given';
import type { TrainingPlace } from './place';
import { trainingSources, type TrainingSource } from './sources';

type Range = NonNullable<TakenRows['range']>;

/** What the features of rows at some moments are made from. */
export const sourcesFor = async (place: TrainingPlace, model: ModelDefinition, { first, last }: Range, onProgress: (share: number) => void): Promise<readonly TrainingSource[]> => {
  const { manifest } = place;
  const sources = [...new Map(lookupsOf({ manifest, model }).map(({ view }) => [versionedName(view.from), view.from])).values()];
  return await trainingSources(place, model, sources, { earliest: Math.max(0, first - reachOf(manifest, model)), from: first, to: last + 1 }, onProgress);
};
