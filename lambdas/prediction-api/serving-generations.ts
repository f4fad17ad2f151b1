import type { ViewDefinition, VersionedName } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { GenerationStore } from '../../lib/runtime/generation-store';

/** The generation of each view that is served; undefined for a view that was never filled. */
export type Serving = ReadonlyMap<VersionedName, number | undefined>;

export interface ServingGenerations {
  /** What was known last; empty at first. */
  readonly known: () => Serving;
  /** What is served now, from memory while that is fresh. */
  readonly current: (views: readonly ViewDefinition[]) => Promise<Serving>;
}

/** The former generation is folded for longer than this after reads have changed: whoever still reads it reads a whole one. */
const freshMilliseconds = 10_000;

/** Remembers which generations are served, and asks again every ten seconds. */
export const servingGenerations = (store: Pick<GenerationStore, 'read'>, now: () => number): ServingGenerations => {
  const serving = new Map<VersionedName, number | undefined>();
  const askedAt = new Map<VersionedName, number>();
  return {
    known: () => serving,
    current: async (views) => {
      const stale = views.filter((view) => !(now() - (askedAt.get(versionedName(view)) ?? Number.NEGATIVE_INFINITY) < freshMilliseconds));
      if (stale.length > 0) {
        const asked = now();
        for (const [name, { generations }] of await store.read(stale)) {
          serving.set(name, generations.serving);
          askedAt.set(name, asked);
        }
      }
      return serving;
    },
  };
};
