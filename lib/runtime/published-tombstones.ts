import type { Tombstone } from '../../core/erasure/tombstone';
import type { EpochMillis } from '../../core/event/time';

export interface TombstoneSettings {
  /** The tombstones that are published, each as JSON. */
  readonly read: () => Promise<readonly string[]>;
  readonly now: () => EpochMillis;
  /** Told when they could not be read and those of before are taken. */
  readonly complain: (message: string, error: unknown) => void;
}

/** How long what was read is taken before it is read again, and how long where it cannot be: an erasure begins to search after the longer. */
export const tombstoneMilliseconds = { fresh: 30_000, longest: 300_000 } as const;

/**
 * The tombstones of erased subjects, for a consumer. Which hold for a record is decided by its arrival; how soon a consumer
 * knows of a new one, by the clock.
 *
 * @returns throws when they cannot be read and what is known is too old: the batch is then tried again
 */
export const publishedTombstones = ({ read, now, complain }: TombstoneSettings): (() => Promise<readonly Tombstone[]>) => {
  let known: { readonly tombstones: readonly Tombstone[]; readonly readAt: EpochMillis } | undefined;
  return async () => {
    const at = now();
    if (known !== undefined && at < known.readAt + tombstoneMilliseconds.fresh) return known.tombstones;
    try {
      const tombstones = (await read()).map((text) => JSON.parse(text) as Tombstone).filter(({ until }) => until > at);
      known = { tombstones, readAt: at };
      return tombstones;
    } catch (error) {
      if (known === undefined || at >= known.readAt + tombstoneMilliseconds.longest) throw error;
      complain('the tombstones of erased subjects could not be read; those of before are taken', error);
      return known.tombstones;
    }
  };
};
