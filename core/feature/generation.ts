import { compareSequences } from '../event/position';
import type { EpochMillis } from '../event/time';

/*
 * A view's state belongs to a generation. One is served; a next one can be made beside it from raw, while folding goes on:
 *
 *   filling       items are folded from raw, up to the seam; nobody folds the stream into them
 *   filled        the same, and all of them are there
 *   following     a function of its own, the follower, reads the stream from before the seam and folds into the next
 *                 generation alone; what raw brought already lies under the items' watermarks
 *   handing over  reads have changed to it. The aggregator takes it over shard by shard: from a batch whose first record
 *                 the follower has folded already, so that neither leaves a gap. It folds the former one too until all is done
 *
 * All that follows is decided by this item alone, which each invocation reads consistently and changes on condition of its
 * version. One thing rests on time: that a mapping which is gone starts no invocation later than its function's time limit.
 */

export type GenerationStage = 'filling' | 'filled' | 'following' | 'handing-over';

/** A generation on its way. */
export interface NextGeneration {
  readonly generation: number;
  readonly stage: GenerationStage;
  /** Raw was read for what arrived before it; the follower begins somewhat earlier. */
  readonly seam: EpochMillis;
  /** When it was begun. */
  readonly begunAt: EpochMillis;
  /** Handing over: the shards that the aggregator folds into it now. */
  readonly taken: readonly string[];
  /** Handing over: the last record of a shard that the aggregator left to the follower, by shard. */
  readonly left: Readonly<Record<string, string>>;
}

/** What is known of the generations of one view version. */
export interface Generations {
  /** What is read; absent until the view was filled for the first time. */
  readonly serving?: number;
  /** What was read before, and is folded until the next one has been handed over. */
  readonly former?: number;
  readonly next?: NextGeneration;
  /** When the last hand-over was finished, epoch milliseconds. */
  readonly finishedAt?: EpochMillis;
}

/** Which function folds. */
export type Folder = 'aggregator' | 'follower';

/** A batch of one shard: the sequences of its first and last record, whatever these hold. */
export interface BatchSpan { readonly shard: string; readonly first: string; readonly last: string }

export interface FoldDecision {
  /** Generations into which the batch is folded. */
  readonly into: readonly number[];
  /** To be written, on condition that nothing has changed, before the batch is folded. */
  readonly change?: Generations;
}

const numbers = (...values: readonly (number | undefined)[]): readonly number[] => values.filter((value) => value !== undefined);

/** Whether the follower folds the stream into it. */
export const isFollowed = ({ stage }: NextGeneration): boolean => stage === 'following' || stage === 'handing-over';

/**
 * Decides into which generations of a view a function folds a batch.
 *
 * @param followed sequence up to which the follower has folded the batch's shard into the next generation; asked for by
 *   the aggregator alone, while a hand-over is under way
 */
export const decideFold = (folder: Folder, generations: Generations, { shard, first, last }: BatchSpan, followed: string | undefined): FoldDecision => {
  const { serving, former, next } = generations;
  if (folder === 'follower') return { into: next && isFollowed(next) ? [next.generation] : [] };
  if (next?.stage !== 'handing-over') return { into: numbers(serving) };
  if (next.taken.includes(shard)) return { into: numbers(former, next.generation) };
  if (followed !== undefined && compareSequences(followed, first) >= 0) {
    const { [shard]: _passed, ...left } = next.left;
    return { into: numbers(former, next.generation), change: { ...generations, next: { ...next, taken: [...next.taken, shard], left } } };
  }
  return { into: numbers(former), change: { ...generations, next: { ...next, left: { ...next.left, [shard]: last } } } };
};

/** Where the follower stands in a shard that the stream still has. */
export interface FollowedShard {
  readonly shard: string;
  /** Undefined when it has folded nothing of the shard yet. */
  readonly followed: string | undefined;
  /** Whether the stream held no record after it. */
  readonly isAtEnd: boolean;
}

/** The shards that keep a hand-over from being finished: what the follower is still needed for. */
export const notHandedOver = (next: NextGeneration, shards: readonly FollowedShard[]): readonly string[] =>
  shards.filter(({ shard, followed, isAtEnd }) => {
    if (next.taken.includes(shard)) return false;
    const left = next.left[shard];
    return left === undefined ? !isAtEnd : followed === undefined || compareSequences(followed, left) < 0;
  }).map(({ shard }) => shard);

/** Begins a next generation, or anew one that was being filled: nobody has folded into it. A number is never used for two. */
export const begin = (generations: Generations, seam: EpochMillis, begunAt: EpochMillis): Generations => {
  const { next, serving = 0 } = generations;
  return { ...generations, next: { generation: next?.generation ?? serving + 1, stage: 'filling', seam, begunAt, taken: [], left: {} } };
};

/** All items of the next generation are there. */
export const filled = (generations: Generations, next: NextGeneration): Generations => ({ ...generations, next: { ...next, stage: 'filled' } });

/** The follower may fold into the next generation: its mapping begins before the seam. */
export const follow = (generations: Generations, next: NextGeneration): Generations => ({ ...generations, next: { ...next, stage: 'following' } });

/** Reads change to the next generation. */
export const flip = ({ serving, ...generations }: Generations, next: NextGeneration): Generations =>
  ({ ...generations, serving: next.generation, ...(serving === undefined ? {} : { former: serving }), next: { ...next, stage: 'handing-over' } });

/**
 * The aggregator alone folds the generation that is served.
 *
 * @param finishedAt when a follower was told to end, epoch milliseconds; left out when there was none
 */
export const finish = ({ former: _former, next: _next, ...generations }: Generations, finishedAt?: EpochMillis): Generations => ({ ...generations, ...(finishedAt === undefined ? {} : { finishedAt }) });
