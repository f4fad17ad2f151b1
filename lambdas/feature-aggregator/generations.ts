import type { BatchSpan, Folder } from '../../core/feature/generation';
import { decideFold } from '../../core/feature/generation';
import type { ViewDefinition } from '../../core/manifest/manifest';
import { versionedName } from '../../core/manifest/manifest';
import type { GenerationStore } from '../../lib/runtime/generation-store';
import type { StreamBatch } from '../../lib/runtime/stream-batch';

interface Options { readonly deadline: number }

/** Into which generations a batch goes. */
export interface ChosenGenerations {
  readonly generationsOf: (view: string) => readonly number[];
  /** What the follower has to say when the whole batch is folded. */
  readonly followed: readonly { readonly view: ViewDefinition; readonly generation: number }[];
}

/**
 * The place of a batch.
 *
 * @throws Error when it holds no records
 */
export const spanOf = ({ shard, records }: Pick<StreamBatch, 'shard' | 'records'>): BatchSpan => {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) throw new Error(`The batch of the shard ${shard} holds no records.`);
  return { shard, first: first.position.sequence, last: last.position.sequence };
};

/**
 * Chooses the generations of each view for one batch, and writes down first what others must know of that.
 *
 * @throws Error when the table cannot be asked, or others keep changing the item: then the batch counts as not applied
 */
export const chooseGenerations = async (folder: Folder, views: readonly ViewDefinition[], span: BatchSpan, store: GenerationStore, options: Options): Promise<ChosenGenerations> => {
  const chosen = new Map<string, readonly number[]>();
  const followed: { view: ViewDefinition; generation: number }[] = [];
  let left = views;
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === 20) throw new Error(`The generations of ${left.map(versionedName).join(', ')} were changed by others ${attempt} times in a row; the batch is tried again.`);
    const found = await store.read(left, options);
    const again: ViewDefinition[] = [];
    for (const view of left) {
      const name = versionedName(view);
      const { generations, version } = found.get(name) ?? { generations: {}, version: 0 };
      const { next } = generations;
      const isAsked = folder === 'aggregator' && next?.stage === 'handing-over' && !next.taken.includes(span.shard);
      const { into, change } = decideFold(folder, generations, span, isAsked ? (await store.followed(view, next.generation, [span.shard], options)).get(span.shard) : undefined);
      if (change && !(await store.write(view, change, version, options))) { again.push(view); continue; }
      chosen.set(name, into);
      if (folder === 'follower') followed.push(...into.map((generation) => ({ view, generation })));
    }
    left = again;
  }
  return { generationsOf: (view) => chosen.get(view) ?? [], followed };
};

/** Says that a batch was folded whole into the generations that the follower makes. */
export const noteFollowed = async ({ followed }: ChosenGenerations, { shard, last }: BatchSpan, store: GenerationStore, options: Options): Promise<void> => {
  for (const { view, generation } of followed) await store.setFollowed(view, generation, shard, last, options);
};
