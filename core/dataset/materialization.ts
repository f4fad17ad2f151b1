import type { EpochMillis } from '../event/time';
import { sha256 } from '../manifest/hash';
import type { DatasetDefinition, ViewDefinition } from '../manifest/manifest';
import { compareRanks, isIncremental, type BatchRank } from './current-row';

/*
 * Rows of committed batches become state items. What has been done is decided from the batch records and one control item
 * a view, which is written before the first item is changed and after the last, on condition that nobody else did:
 *
 *   a dataset that comes whole: the newest batch is brought online. Rows that equal what is there are not written, and rows
 *   that are gone are those of the batches before that it does not have. When an earlier batch was begun and not finished,
 *   somebody may still be writing it: then each row is written, as a later batch's row is never overwritten by an earlier's.
 *
 *   increments: every batch that was committed since the last time, each row in the place of an earlier batch's.
 */

/** A committed batch, as far as features need to know it. */
export interface CommittedBatch extends BatchRank { readonly committedAt: EpochMillis }

/** What is known of a view's items; kept in its control item. */
export interface Materialization {
  /** Hash of the view by which the items were made. */
  readonly view: string;
  /** Of a dataset that comes whole: the batch that is online. */
  readonly finished?: string;
  /** Of a dataset that comes whole: batches of which some rows may be online. */
  readonly begun: readonly string[];
  /** Of increments: all batches that were committed up to then are online, but for what clocks differ by. */
  readonly through?: EpochMillis;
  /** Of increments: those that are online of what was committed within what clocks differ by. */
  readonly recent?: readonly string[];
  /** How far work that is under way has come: so many rows of that content, in the order of their entities. It names nobody. */
  readonly done?: { readonly work: string; readonly content: string; readonly rows: number };
}

/** What is to be brought online, and what is then known. */
export interface MaterializationWork {
  /** Tells this work from any other: by the same it can be gone on with. */
  readonly work: string;
  /** Batches whose rows are read, the oldest first; the latest row of a key counts. */
  readonly read: readonly CommittedBatch[];
  /** Batches whose rows may be online; where they are not among those that are read, they are gone. */
  readonly leftBy: readonly CommittedBatch[];
  /** Whether rows that equal what is online are written all the same. */
  readonly writesEqual: boolean;
  /** What is done of it already. */
  readonly done?: Materialization['done'];
  /** To be written before anything else is. */
  readonly begun: Materialization;
  /** To be written when all is done. */
  readonly finished: Materialization;
}

/** By how much the clocks of two functions may differ. */
const clocksDiffer = 5 * 60_000;

const workOf = (view: ViewDefinition, read: readonly BatchRank[], leftBy: readonly BatchRank[], anew: boolean): string => sha256([view.hash, ...read.map(({ batch }) => batch), anew ? 'anew, left by' : 'left by', ...leftBy.map(({ batch }) => batch)].join('\n')).slice(0, 16);
const doneOf = (kept: Materialization | undefined, work: string): Pick<Materialization, 'done'> => (kept?.done?.work === work ? { done: kept.done } : {});

/** The newest of batches that hold all rows. */
export const newestBatch = <Batch extends BatchRank>(batches: readonly Batch[]): Batch | undefined => batches.toSorted(compareRanks).at(-1);

/**
 * What is to be done so that a view's items are those of its dataset's committed batches.
 *
 * @param committed all committed batches of the dataset
 * @param kept what is known of the view's items; undefined when it has none
 * @param anew makes every item anew, whatever is known
 * @returns undefined when there is nothing to do
 */
export const materializationOf = (view: ViewDefinition, dataset: Pick<DatasetDefinition, 'source'>, committed: readonly CommittedBatch[], kept: Materialization | undefined, anew = false): MaterializationWork | undefined => {
  const current = kept?.view === view.hash && !anew ? kept : undefined;
  if (isIncremental(dataset)) {
    const { through, recent = [] } = current ?? {};
    const read = committed.filter(({ batch, committedAt }) => through === undefined || (committedAt > through - clocksDiffer && !recent.includes(batch))).toSorted(compareRanks);
    if (read.length === 0) return undefined;
    const newest = Math.max(through ?? 0, ...committed.map(({ committedAt }) => committedAt));
    const work = workOf(view, read, [], anew);
    const done = doneOf(kept, work);
    return {
      work, read, leftBy: [], writesEqual: true, ...done,
      begun: { view: view.hash, begun: [], ...(through === undefined ? {} : { through, recent }), ...done },
      finished: { view: view.hash, begun: [], through: newest, recent: committed.flatMap(({ batch, committedAt }) => (committedAt > newest - clocksDiffer ? [batch] : [])).toSorted() },
    };
  }
  const target = newestBatch(committed);
  if (target === undefined || (current?.finished === target.batch && current.begun.length === 0)) return undefined;
  const standing = new Set([...kept?.finished === undefined ? [] : [kept.finished], ...kept?.begun ?? []]);
  const leftBy = committed.filter(({ batch }) => batch !== target.batch && standing.has(batch)).toSorted(compareRanks);
  const work = workOf(view, [target], leftBy, anew);
  const done = doneOf(kept, work);
  return {
    work, read: [target], leftBy, ...done,
    writesEqual: current === undefined || current.begun.some((batch) => batch !== target.batch),
    begun: { ...(kept?.finished === undefined ? {} : { finished: kept.finished }), view: view.hash, begun: [...new Set([...current?.begun ?? kept?.begun ?? [], target.batch])], ...done },
    finished: { view: view.hash, finished: target.batch, begun: [] },
  };
};

/** What is known when so many rows are done. */
export const cameTo = ({ begun, work }: MaterializationWork, content: string, rows: number): Materialization => ({ ...begun, done: { work, content, rows } });

/**
 * The batches that can matter to features at moments in `[from, to)`, the oldest first.
 *
 * Of rows that were always known those of the newest batch count, where it is whole. Rows that are known from their batch's
 * arrival on: what arrived before the range decides by its newest batch alone, what arrived after it by nothing.
 */
export const batchesThatMatter = <Batch extends BatchRank>({ source, knownAt }: Pick<DatasetDefinition, 'source' | 'knownAt'>, committed: readonly Batch[], from: EpochMillis, to: EpochMillis): readonly Batch[] => {
  const all = committed.toSorted(compareRanks);
  if (knownAt === 'arrival') {
    const known = all.filter(({ arrival }) => arrival < to);
    return isIncremental({ source }) ? known : known.slice(Math.max(0, known.findLastIndex(({ arrival }) => arrival < from)));
  }
  return knownAt === 'always' && !isIncremental({ source }) ? all.slice(-1) : all;
};
