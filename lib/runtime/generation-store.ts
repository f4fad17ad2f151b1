import type { Generations } from '../../core/feature/generation';
import { followedKey, generationKey } from '../../core/feature/entity-key';
import type { VersionedName } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { ControlItemsOptions } from './control-items';
import { dynamoControlItems } from './control-items';

interface View { readonly name: string; readonly version: number }

/** The generations of a view, with the version of the item that says so: 0 when there is none. */
export interface KeptGenerations { readonly generations: Generations; readonly version: number }

/** The items of the state table that say which generation of a view is served, and how far the next one is. */
export interface GenerationStore {
  /** What is known of each view, read consistently. A view that was never filled has no generations. */
  readonly read: (views: readonly View[], options?: { readonly deadline?: number }) => Promise<ReadonlyMap<VersionedName, KeptGenerations>>;
  /** Writes on condition that the item is as it was read; false when it is not. */
  readonly write: (view: View, generations: Generations, expected: number, options?: { readonly deadline?: number }) => Promise<boolean>;
  /** Sequence up to which the follower has folded a shard into a generation; undefined when it has not begun. */
  readonly followed: (view: View, generation: number, shards: readonly string[], options?: { readonly deadline?: number }) => Promise<ReadonlyMap<string, string>>;
  readonly setFollowed: (view: View, generation: number, shard: string, sequence: string, options?: { readonly deadline?: number }) => Promise<void>;
}

/** Generations in the state table of DynamoDB. */
export const dynamoGenerationStore = (options: ControlItemsOptions): GenerationStore => {
  const items = dynamoControlItems(options);
  return {
    read: async (views, { deadline } = {}) => {
      const byEntity = new Map((await items.read(views.map(generationKey), deadline)).map((item) => [item.entity.S, item]));
      return new Map(views.map((view): readonly [VersionedName, KeptGenerations] => {
        const item = byEntity.get(generationKey(view).entity);
        return [versionedName(view), { version: Number(item?.['version']?.N ?? 0), generations: JSON.parse(item?.['generations']?.S ?? '{}') as Generations }];
      }));
    },
    write: (view, generations, expected, { deadline } = {}) => items.putVersion(generationKey(view), 'generations', JSON.stringify(generations), expected, deadline),
    followed: async (view, generation, shards, { deadline } = {}) => {
      const byView = new Map(shards.map((shard) => [followedKey(view, generation, shard).view, shard]));
      const found = await items.read(shards.map((shard) => followedKey(view, generation, shard)), deadline);
      return new Map(found.flatMap((item) => {
        const shard = byView.get(item.view.S);
        const sequence = item['sequence']?.S;
        return shard === undefined || sequence === undefined ? [] : [[shard, sequence] as const];
      }));
    },
    setFollowed: async (view, generation, shard, sequence, { deadline } = {}) => {
      await items.put(followedKey(view, generation, shard), { sequence: { S: sequence } }, {}, deadline);
    },
  };
};
