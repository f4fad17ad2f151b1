import type { Contracts } from '../../core/contract/contracts';
import type { QuarantineLine } from '../../core/lake/line';
import { identityDigest, identityOf, positionDigest } from '../../core/quarantine/ledger';
import type { Original } from '../../core/quarantine/original';
import { originalOf } from '../../core/quarantine/original';
import type { PlannedCount, ReplayOutcome } from '../../core/quarantine/plan';
import { replayPlan } from '../../core/quarantine/plan';
import type { Replay } from '../../core/quarantine/replay';
import { decideReplay, unreplayable } from '../../core/quarantine/replay';
import type { ObjectStore } from '../../lib/runtime/object-store';
import { acceptedMeanwhile } from './accepted-meanwhile';
import type { ReplayLedger } from './ledger';
import type { PutCall } from './put-replays';
import { putAtOnce, putReplays } from './put-replays';
import type { RejectedFilter } from './rejected';
import { rejectedEvents } from './rejected';
import type { LoadedTransform } from './transform';
import { corrected } from './transform';

/** What a replay works with. */
export interface ReplaySettings {
  readonly quarantine: Pick<ObjectStore, 'list' | 'get'>;
  readonly raw: Pick<ObjectStore, 'list' | 'get'>;
  readonly ledger: ReplayLedger;
  readonly filter: RejectedFilter;
  readonly contracts: Contracts;
  readonly transform: LoadedTransform | undefined;
  readonly force: boolean;
  /** Whether raw is searched for events that were accepted meanwhile. */
  readonly searchRaw: boolean;
  /** At most so many are put. */
  readonly limit: number;
  /** When the replay was asked for, epoch milliseconds: what is rejected later, and so what this replay puts, is not of it. */
  readonly now: number;
  readonly onProgress: (what: string, share: number, note?: string) => void;
}

/** A replay before it is done. */
export interface PlannedReplay {
  readonly counts: readonly PlannedCount[];
  /** Digests of the positions of the records that are to be put. */
  readonly chosen: ReadonlySet<string>;
}

interface Candidate { readonly line: Pick<QuarantineLine, 'reason' | 'event_type' | 'lineage'>; readonly replay: Pick<Replay, 'source' | 'id' | 'eventType' | 'knownAt'> }

const lines = ({ quarantine, filter, now }: ReplaySettings): AsyncGenerator<QuarantineLine> => rejectedEvents(quarantine, { ...filter, to: Math.min(filter.to ?? now, now) });

const originalFor = ({ original }: QuarantineLine): Original => originalOf(Buffer.from(original, 'base64'));

/** The identities of candidates that raw has already. */
const searchRaw = async ({ raw, onProgress }: ReplaySettings, candidates: readonly Candidate[]): Promise<ReadonlySet<string>> => {
  const accepted = new Set<string>();
  for (const [eventType, group] of Map.groupBy(candidates, ({ replay }) => replay.eventType)) {
    const from = group.reduce((earliest, { line, replay }) => Math.min(earliest, replay.knownAt, Date.parse(line.lineage.arrival)), Number.POSITIVE_INFINITY);
    const found = await acceptedMeanwhile(raw, { eventType, from, identities: new Set(group.map(({ replay }) => identityOf(replay))) }, (share) => { onProgress('searching raw', share, eventType); });
    for (const identity of found) accepted.add(identity);
  }
  return accepted;
};

/**
 * Works out what a replay would do, and does nothing: every rejected event of the selection is corrected, judged, and
 * compared with what was replayed or accepted before.
 */
export const planReplay = async (settings: ReplaySettings): Promise<PlannedReplay> => {
  const { ledger, contracts, transform, force, limit, now, onProgress } = settings;
  const replayed = await ledger.replayed();
  const plan = replayPlan();
  const candidates = new Map<string, Candidate>();
  const seen = new Set<string>();
  let read = 0;

  const outcomeOf = (line: QuarantineLine, key: string): readonly [outcome: ReplayOutcome, why?: string] | undefined => {
    if (replayed.positions.has(key)) return ['replayed'];
    const reason = unreplayable(line);
    if (reason !== undefined) return [reason];
    const original = originalFor(line);
    const decision = decideReplay(line, original, corrected(transform, line, original), contracts, { now, force });
    if (decision.kind === 'failed') return ['failed', decision.message];
    if (decision.kind === 'refused') return ['refused', `${decision.rejection.code} at ${decision.rejection.path || 'the whole event'}: found ${decision.rejection.found}; allowed ${decision.rejection.allowed}`];
    if (decision.kind !== 'put') return [decision.kind];
    const { source, id, eventType, knownAt, mark } = decision.replay;
    // What a replay brought back is no copy: it is the same event, and the next try.
    if (mark.replays === 1 && replayed.identities.has(identityDigest(decision.replay)) && !decision.replay.forced) return ['copy'];
    // Forced, an event may lack one: then it is like no other.
    const identity = source !== '' && id !== '' ? identityOf({ source, id }) : line.lineage.position;
    if (candidates.has(identity)) return ['copy'];
    candidates.set(identity, { line: { reason: line.reason, event_type: line.event_type, lineage: line.lineage }, replay: { source, id, eventType, knownAt } });
    return undefined;
  };

  for await (const line of lines(settings)) {
    const key = positionDigest(line.lineage.position);
    if (seen.has(key)) continue;
    seen.add(key);
    const outcome = outcomeOf(line, key);
    if (outcome) plan.add(line, ...outcome);
    read += 1;
    onProgress('judging', 0, `${read} rejected events`);
    if (candidates.size >= limit) break;
  }

  const accepted = settings.searchRaw ? await searchRaw(settings, [...candidates.values()]) : new Set<string>();
  const chosen = new Set<string>();
  for (const [identity, { line }] of candidates) {
    const there = accepted.has(identity);
    plan.add(line, there ? 'in_raw' : 'put');
    if (!there) chosen.add(positionDigest(line.lineage.position));
  }
  return { counts: plan.counts(), chosen };
};

/**
 * Does what was planned: puts each chosen event on the stream as a new record, and writes it into the ledger once the
 * stream has acknowledged it. Broken off and given again it goes on with what is missing.
 *
 * @returns how many were put
 */
export const runReplay = async (settings: ReplaySettings, { chosen }: PlannedReplay, call: PutCall): Promise<number> => {
  const { ledger, contracts, transform, force, now, onProgress } = settings;
  const left = new Set(chosen);
  let waiting: { line: QuarantineLine; original: Original; replay: Replay }[] = [];
  let put = 0;
  const flush = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    await putReplays(call, records, async (acknowledged) => {
      await ledger.write(acknowledged);
      put += acknowledged.length;
      onProgress('replaying', put / chosen.size, `${put} of ${chosen.size} events`);
    });
  };
  if (left.size > 0) for await (const line of lines(settings)) {
    if (!left.delete(positionDigest(line.lineage.position))) continue;
    const original = originalFor(line);
    const decision = decideReplay(line, original, corrected(transform, line, original), contracts, { now, force });
    if (decision.kind !== 'put') throw new Error(`The event ${line.lineage.position} was to be put and is now ${decision.kind}; nothing but its bytes and the contracts decides on it.`);
    waiting.push({ line, original, replay: decision.replay });
    if (waiting.length >= putAtOnce) await flush();
    if (left.size === 0) break;
  }
  await flush();
  return put;
};
