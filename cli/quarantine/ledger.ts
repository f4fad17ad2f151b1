import type { Acknowledged, LedgerEntry } from '../../core/quarantine/ledger';
import { ledgerEntry, ledgerKey, ledgerPrefix, positionDigest, readLedgerKey } from '../../core/quarantine/ledger';
import type { ObjectStore } from '../../lib/runtime/object-store';

/** The ledger of replays: which records were put again, and where the stream took them. */
export interface ReplayLedger {
  /** Digests of all records that were replayed, and of the events that were put. */
  readonly replayed: () => Promise<{ readonly positions: ReadonlySet<string>; readonly identities: ReadonlySet<string> }>;
  readonly entry: (position: string) => Promise<LedgerEntry | undefined>;
  /** Writes down what the stream has acknowledged; of two entries for a record the first stays. */
  readonly write: (acknowledged: readonly Acknowledged[]) => Promise<void>;
}

/**
 * The ledger in a quarantine bucket.
 *
 * @param settings the stream, the hash of the transform if there is one, and a clock
 */
export const replayLedger = (store: Pick<ObjectStore, 'list' | 'get' | 'writeOnce'>, settings: { readonly stream: string; readonly transform: string | null; readonly now: () => number }): ReplayLedger => ({
  replayed: async () => {
    const [positions, identities] = [new Set<string>(), new Set<string>()];
    for await (const { key } of store.list(ledgerPrefix)) {
      const digests = readLedgerKey(key);
      if (!digests) continue;
      positions.add(digests.position);
      identities.add(digests.identity);
    }
    return { positions, identities };
  },
  entry: async (position) => {
    for await (const { key } of store.list(`${ledgerPrefix}${positionDigest(position)}`)) {
      const content = await store.get(key);
      if (content) return JSON.parse(content.toString('utf8')) as LedgerEntry;
    }
    return undefined;
  },
  write: async (acknowledged) => {
    const replayedAt = new Date(settings.now()).toISOString();
    await Promise.all(acknowledged.map((each) => store.writeOnce(
      ledgerKey(each.line.lineage.position, each.replay), Buffer.from(`${JSON.stringify(ledgerEntry(each, { stream: settings.stream, replayedAt, transform: settings.transform }))}\n`, 'utf8'), 'application/json')));
  },
});
