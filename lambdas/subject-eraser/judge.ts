import { goesLater, outcomeOf, viewsToRebuild, type ErasureOutcome, type ErasureReceipt, type ErasureRound, type StoreFinding } from '../../core/erasure/receipt';
import type { Manifest } from '../../core/manifest/manifest';

/** What a round told. */
export interface Judge {
  readonly step: 'judge';
  readonly erasure: string;
  readonly erases: boolean;
  readonly erasedAt: string;
  readonly startedAt: string;
  readonly erased: readonly StoreFinding[];
  readonly searched: readonly StoreFinding[];
}

/** What is to be done now. */
export interface Judged { readonly outcome: ErasureOutcome | 'again' }

export interface JudgeSettings {
  readonly manifest: Manifest;
  readonly streamRetentionHours: number;
  readonly isRecoverable: boolean;
  readonly readReceipt: () => Promise<ErasureReceipt | undefined>;
  readonly writeReceipt: (receipt: ErasureReceipt) => Promise<void>;
  /** Deletes the request, with all its versions. */
  readonly forget: () => Promise<void>;
  readonly now: () => number;
}

const plain = ({ store, found }: StoreFinding): StoreFinding => ({ store, found });

/** Writes into the receipt what a round came to, and decides whether it was the last. Done again for the same round, it changes nothing. */
export const judge = async ({ erasure, erases, erasedAt, startedAt, erased, searched }: Judge, { manifest, streamRetentionHours, isRecoverable, readReceipt, writeReceipt, forget, now }: JudgeSettings): Promise<Judged> => {
  const round: ErasureRound = { startedAt, erased: erased.map(plain), searched: searched.map(plain) };
  const former = (await readReceipt())?.rounds.filter((each) => each.startedAt < startedAt) ?? [];
  const rounds = [...former, round];
  const outcome = outcomeOf(rounds, erases);
  await writeReceipt({
    erasure, outcome: outcome === 'again' ? 'running' : outcome, erasedAt, ...(outcome === 'again' ? {} : { endedAt: new Date(now()).toISOString() }), rounds,
    goesLater: erases ? goesLater({ erasedAt: Date.parse(erasedAt), searchedAt: now(), streamRetentionHours, isRecoverable }) : [],
    rebuild: erases ? viewsToRebuild(manifest, rounds) : [],
  });
  if (outcome !== 'again') await forget();
  return { outcome };
};
