import { setTimeout as sleep } from 'node:timers/promises';
import { trainingSetsPrefix } from '../../../core/lake/feature-table';
import type { ModelDefinition } from '../../../core/manifest/manifest';

/** How far the set of a training is: the share that is done, 0 to 1, and what is being done. */
export interface BuildProgress { readonly execution: string; readonly share: number; readonly step: string }

/** Where in the features bucket whoever builds a model's sets says how far it is: one object a model, of its last build. */
export const progressKey = ({ name, version }: Pick<ModelDefinition, 'name' | 'version'>): string => `${trainingSetsPrefix}${name}/v${version}/progress.json`;

/** Reads what was told; undefined for what is none, or of another execution. */
export const progressOf = (text: string | undefined, execution: string): BuildProgress | undefined => {
  try {
    const told = JSON.parse(text ?? 'null') as Partial<BuildProgress> | null;
    return told?.execution === execution && typeof told.share === 'number' && typeof told.step === 'string' ? { execution, share: told.share, step: told.step } : undefined;
  } catch {
    return undefined;
  }
};

/** Milliseconds between two words on how far it is. */
const tellEvery = 2000;

/** Tells how far a build is, while it goes on. */
export interface ProgressTeller {
  readonly tell: (share: number, step: string) => void;
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>;
}

/**
 * Makes a teller for a build. It is for people who wait: what cannot be told is not, and the build goes on.
 *
 * @param put writes the words over those of before
 * @param pause milliseconds between two words; of those in between the newest is told
 */
export const progressTeller = (execution: string, put: (text: string) => Promise<unknown>, pause = tellEvery): ProgressTeller => {
  const ended = new AbortController();
  let newest: string | undefined;
  let under: Promise<void> | undefined;
  const telling = async (): Promise<void> => {
    // One at a time: an older word must not come after a newer one.
    while (newest !== undefined && !ended.signal.aborted) {
      const text = newest;
      newest = undefined;
      await put(text).catch(() => undefined);
      await sleep(pause, undefined, { signal: ended.signal }).catch(() => undefined);
    }
    under = undefined;
  };
  return {
    tell: (share, step) => {
      newest = JSON.stringify({ execution, share, step } satisfies BuildProgress);
      under ??= telling();
    },
    settled: async () => {
      ended.abort();
      await under;
    },
  };
};
