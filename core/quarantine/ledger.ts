import type { QuarantineLine } from '../lake/line';
import { sha256 } from '../manifest/hash';
import type { ReplayMark } from './mark';
import { replayMarkOf } from './mark';
import type { Original } from './original';
import type { Replay } from './replay';

/** Where the ledger stands in the quarantine bucket; not below `quarantine/`, which is a table. */
export const ledgerPrefix = 'replays/';

/** What makes two events one. */
export const identityOf = ({ source, id }: { readonly source: string; readonly id: string }): string => `${source.length} ${source}${id}`;

const identityDigits = 32;

/** A record as the ledger's names have it. */
export const positionDigest = (position: string): string => sha256(position);

/** An identity as the ledger's names have it. */
export const identityDigest = (event: { readonly source: string; readonly id: string }): string => sha256(identityOf(event)).slice(0, identityDigits);

/**
 * The ledger's object for a record: there is one when the record was replayed. Its name tells the record and the event that
 * was put, so that a listing alone says what must not be put again.
 */
export const ledgerKey = (position: string, event: { readonly source: string; readonly id: string }): string => `${ledgerPrefix}${positionDigest(position)}-${identityDigest(event)}.json`;

/** The digests in the name of a ledger's object. */
export const readLedgerKey = (key: string): { readonly position: string; readonly identity: string } | undefined => {
  const [, position, identity] = /^replays\/([0-9a-f]{64})-([0-9a-f]{32})\.json$/u.exec(key) ?? [];
  return position === undefined || identity === undefined ? undefined : { position, identity };
};

/** Where the stream took a record. */
export interface PutPlace { readonly shard: string; readonly sequence: string }

/** What the ledger says of a record that was replayed. It holds nothing of the event but its identity. */
export interface LedgerEntry extends PutPlace {
  /** Of the rejected record. */
  readonly position: string;
  /** Of the record that the rejected one was a replay of itself; null for what a producer sent. */
  readonly replayof: string | null;
  /** How often the event was replayed, this time included. */
  readonly replays: number;
  /** Why it had been rejected, and where in the event. */
  readonly reason: QuarantineLine['reason'];
  readonly path: string;
  readonly arrival: string;
  readonly replayed_at: string;
  readonly stream: string;
  readonly event_source: string;
  readonly event_id: string;
  readonly event_type: string;
  /** SHA-256 of the transform's file; null when the event was put as it was. */
  readonly transform: string | null;
  readonly forced: boolean;
}

/** Everything about a replay that is known when the stream has acknowledged it. */
export interface Acknowledged { readonly line: QuarantineLine; readonly original: Original; readonly replay: Replay; readonly place: PutPlace }

/** The entry of a replay. */
export const ledgerEntry = ({ line, original, replay, place }: Acknowledged, settings: { readonly stream: string; readonly replayedAt: string; readonly transform: string | null }): LedgerEntry => ({
  position: line.lineage.position, replayof: replayMarkOf(original.json?.value)?.replayof ?? null, replays: replay.mark.replays,
  reason: line.reason, path: line.path, arrival: line.lineage.arrival, replayed_at: settings.replayedAt, stream: settings.stream, shard: place.shard, sequence: place.sequence,
  event_source: replay.source, event_id: replay.id, event_type: replay.eventType, transform: settings.transform, forced: replay.forced,
});

/** Longest history that is followed: a producer can write such attributes too, and say what it likes. */
const longestHistory = 100;

/**
 * The replays that an event has behind it, the latest first, as the ledger has them: an entry for each record that it was
 * before. Ends where the ledger has none, after a crash between the put and the entry.
 */
export const historyOf = async (mark: ReplayMark | undefined, entryOf: (position: string) => Promise<LedgerEntry | undefined>): Promise<readonly LedgerEntry[]> => {
  const history: LedgerEntry[] = [];
  const seen = new Set<string>();
  for (let position: string | null | undefined = mark?.replayof; typeof position === 'string' && !seen.has(position) && history.length < longestHistory;) {
    seen.add(position);
    const entry: LedgerEntry | undefined = await entryOf(position);
    if (entry) history.push(entry);
    position = entry?.replayof;
  }
  return history;
};
