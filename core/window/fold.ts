import type { Position } from '../event/position';
import { comparePlaces } from '../event/position';
import type { EpochMillis } from '../event/time';
import type { Row } from '../expression/evaluate';
import { isHeldKey } from '../feature/entity-key';
import { floorHop, windowStart } from './hop';
import { identityHash, ringSize } from './identity';
import type { PartValue } from './part';
import { mergeParts } from './part';
import type { ViewPlan } from './plan';
import type { Register } from './register';
import { newerRegister } from './register';
import type { Tile, ViewState, Watermark } from './state';

/** An accepted event, as a view folds it. */
export interface FoldRecord {
  readonly position: Position;
  readonly source: string;
  readonly id: string;
  readonly effectiveTime: EpochMillis;
  readonly arrival: EpochMillis;
  readonly row: Row;
}

/** A record with what it brings to each tile and register of its view. */
export interface PreparedRecord {
  /** Encoded key of the entity that it describes. */
  readonly entity: string;
  readonly position: Position;
  readonly effectiveTime: EpochMillis;
  readonly arrival: EpochMillis;
  readonly identity: number;
  readonly tiers: readonly (readonly PartValue[])[];
  readonly registers: readonly (Register | undefined)[];
}

/** What became of the records of one fold. */
export interface FoldCounts {
  readonly folded: number;
  /** Dropped: at or under their shard's watermark. */
  readonly alreadyFolded: number;
  /** Dropped: their identity was folded a short while ago. */
  readonly duplicates: number;
  /** Dropped: older than every tile and register. */
  readonly late: number;
}

export interface FoldResult {
  readonly state: ViewState;
  readonly counts: FoldCounts;
  /** Whether there is anything to write. */
  readonly changed: boolean;
}

export interface FoldOptions {
  /** How long the stream keeps a record, milliseconds. */
  readonly streamRetention: number;
}

const day = 86_400_000;

/**
 * Characters of a text that Flink keeps as a first or newest value. What it sends of a hop holds several of them, and a topic takes so
 * much at once, past which nothing gets.
 */
export const longestFlinkText = 4096;

// Characters as SQL counts them, which are at most as many as JavaScript's.
const isTooLongForFlink = (kept: PartValue | Register): boolean =>
  typeof kept === 'object' && 'value' in kept && typeof kept.value === 'string' && kept.value.length > longestFlinkText && Array.from(kept.value).length > longestFlinkText;

/**
 * Works out what a record brings to a view.
 *
 * @returns `undefined` when the record describes no entity of the view
 * @throws Error when a value cannot be folded (NaN, say): no retry mends that
 */
export const prepareRecord = (plan: ViewPlan, record: FoldRecord): PreparedRecord | undefined => {
  const entity = plan.entityOf(record.row);
  if (entity === undefined) return undefined;
  const { position, effectiveTime, arrival, source, id } = record;
  if (!isHeldKey(entity)) throw new RangeError(`A key of ${Buffer.byteLength(entity, 'utf8')} bytes cannot be folded into ${plan.name}; DynamoDB holds none so long.`);
  if (!Number.isSafeInteger(effectiveTime) || effectiveTime < 0) throw new RangeError(`The event time ${effectiveTime} cannot be folded into ${plan.name}; allowed are times from 1970.`);
  const scope = { columns: record.row };
  const row = { time: effectiveTime, source, id };
  const values = plan.parts.map(({ prepare }) => prepare(scope, row));
  const registers = plan.registers.map(({ prepare }): Register | undefined => {
    const value = prepare(scope);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`The value ${value} cannot be kept in ${plan.name}; allowed are finite numbers.`);
    return value === null ? undefined : { ...row, value };
  });
  if (plan.view.engine === 'flink' && [...values, ...registers].some(isTooLongForFlink)) throw new RangeError(`A text of more than ${longestFlinkText} characters cannot be kept in ${plan.name}, which Flink works out.`);
  return { entity, position, effectiveTime, arrival, identity: identityHash(source, id), tiers: plan.tiers.map(({ shared }) => shared.map((index) => values[index])), registers };
};

/** An item in which nothing was folded yet. */
export const emptyState = (plan: ViewPlan): ViewState =>
  ({ tiers: plan.tiers.map(() => new Map()), registers: plan.registers.map(() => undefined), newest: 0, arrival: 0, watermarks: [], ring: [], expiresAt: 0 });

/** The working copy of one fold: changed in place, seen by nobody else. */
interface Draft {
  tiers: Map<EpochMillis, Tile>[];
  /** Whether a tile was put behind later ones. */
  isUnordered: boolean;
  registers: (Register | undefined)[];
  newest: EpochMillis;
  arrival: EpochMillis;
  watermarks: Map<string, Watermark>;
  ring: number[];
  recent: Set<number>;
  expiresAt: number;
}

const shardKey = ({ source, shard }: Pick<Position, 'source' | 'shard'>): string => `${source}\0${shard}`;

const draftOf = (state: ViewState): Draft => ({
  tiers: state.tiers.map((tiles) => new Map(tiles)), isUnordered: false, registers: [...state.registers], newest: state.newest, arrival: state.arrival,
  watermarks: new Map(state.watermarks.map((watermark) => [shardKey(watermark), watermark])), ring: [...state.ring], recent: new Set(state.ring), expiresAt: state.expiresAt,
});

/** Folds one record's values in; false when no tile and no register has a place for it. */
const apply = (plan: ViewPlan, draft: Draft, record: PreparedRecord): boolean => {
  const newest = Math.max(draft.newest, record.effectiveTime);
  let placed = false;
  plan.tiers.forEach((tier, index) => {
    const start = floorHop(record.effectiveTime, tier.hop);
    const [tiles, brought] = [draft.tiers[index], record.tiers[index]];
    if (!tiles || !brought || start < windowStart(newest, tier)) return;
    placed = true;
    // A row that counts nowhere leaves no tile behind: views that filter stay small.
    if (brought.every((value) => value === undefined)) return;
    const tile = tiles.get(start);
    if (!tile && start < floorHop(draft.newest, tier.hop)) draft.isUnordered = true;
    tiles.set(start, tile ? tier.parts.map(({ operation }, part) => mergeParts(operation, tile[part], brought[part])) : brought);
  });
  plan.registers.forEach((register, index) => {
    if (record.effectiveTime < windowStart(newest, register)) return;
    draft.registers[index] = newerRegister(draft.registers[index], record.registers[index]);
    placed = true;
  });
  if (placed) draft.newest = newest;
  return placed;
};

/** Forgets what no window reads any more, so that state depends on the records alone and not on their order. */
const prune = (plan: ViewPlan, draft: Draft, { streamRetention }: FoldOptions): void => {
  plan.tiers.forEach((tier, index) => {
    const [tiles, earliest] = [draft.tiers[index], windowStart(draft.newest, tier)];
    if (tiles) for (const start of tiles.keys()) {
      if (start < earliest) tiles.delete(start);
      else if (!draft.isUnordered) break;
    }
  });
  plan.registers.forEach((register, index) => {
    const kept = draft.registers[index];
    if (kept && kept.time < windowStart(draft.newest, register)) draft.registers[index] = undefined;
  });
  for (const [key, { arrival }] of draft.watermarks) if (draft.arrival > arrival + streamRetention + day) draft.watermarks.delete(key);
};

/** A map keeps the order in which tiles were made, which is nearly always that of their starts. */
const ascending = (tiles: Map<EpochMillis, Tile>): ReadonlyMap<EpochMillis, Tile> => new Map([...tiles].sort(([left], [right]) => left - right));

const finish = (draft: Draft): ViewState => ({
  tiers: draft.isUnordered ? draft.tiers.map(ascending) : draft.tiers, registers: draft.registers, newest: draft.newest, arrival: draft.arrival,
  watermarks: [...draft.watermarks].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, watermark]) => watermark), ring: draft.ring.slice(-ringSize), expiresAt: draft.expiresAt,
});

const remember = (draft: Draft, identity: number): void => {
  draft.ring.push(identity);
  draft.recent.add(identity);
  if (draft.ring.length > ringSize) {
    const forgotten = draft.ring.shift();
    if (forgotten !== undefined) draft.recent.delete(forgotten);
  }
};

/** When an item whose newest record arrived then is as good as empty, epoch seconds; 0 when it never is. */
export const expiryOf = ({ isForever, reach }: ViewPlan, arrival: EpochMillis, { streamRetention }: FoldOptions): number =>
  (isForever ? 0 : Math.ceil((arrival + reach + streamRetention) / 1000));

const foldInto = (plan: ViewPlan, state: ViewState | undefined, records: readonly PreparedRecord[], options: FoldOptions, from: 'stream' | 'history'): FoldResult => {
  let draft = draftOf(state ?? emptyState(plan));
  const counts = { folded: 0, alreadyFolded: 0, duplicates: 0, late: 0 };
  for (const record of records) {
    if (from === 'stream') {
      // Compared with the record's arrival and not with a clock: removed by the table or not, an expired item folds alike.
      if (draft.expiresAt > 0 && record.arrival > draft.expiresAt * 1000) draft = draftOf(emptyState(plan));
      const key = shardKey(record.position);
      const watermark = draft.watermarks.get(key);
      if (watermark && comparePlaces(record.position, watermark) <= 0) { counts.alreadyFolded += 1; continue; }
      draft.watermarks.set(key, { ...record.position, arrival: Math.max(watermark?.arrival ?? 0, record.arrival) });
    }
    draft.arrival = Math.max(draft.arrival, record.arrival);
    draft.expiresAt = expiryOf(plan, draft.arrival, options);
    if (draft.recent.has(record.identity)) counts.duplicates += 1;
    else {
      counts[apply(plan, draft, record) ? 'folded' : 'late'] += 1;
      remember(draft, record.identity);
    }
  }
  prune(plan, draft, options);
  return { state: finish(draft), counts, changed: counts.alreadyFolded < records.length };
};

/**
 * Folds records of one entity into its state, each exactly once.
 *
 * For each shard the records must come in their order and without gaps; a record at or under the shard's watermark was
 * folded before and is dropped. State and watermarks are to be written in one conditional write.
 *
 * An item past its expiry folds as empty, its watermarks and ring included, just as when the table has removed it. Nothing
 * counts twice by that: the record that finds it expired arrived more than the stream's retention after every record that
 * the item holds, so the stream cannot deliver one of those again.
 *
 * @param state what the item holds; `undefined` when there is none
 */
export const fold = (plan: ViewPlan, state: ViewState | undefined, records: readonly PreparedRecord[], options: FoldOptions): FoldResult =>
  foldInto(plan, state, records, options, 'stream');

/**
 * Folds records that no stream delivers: of a file, or of the lake. They leave no watermark, and nothing expires on the way:
 * what was imported months apart is one history. A rebuild adds both where the records came by the stream.
 *
 * @param records each identity once, in any order; the newest fill the ring, so pass them ascending by arrival or event time
 */
export const foldHistory = (plan: ViewPlan, state: ViewState | undefined, records: readonly PreparedRecord[], options: FoldOptions): FoldResult =>
  foldInto(plan, state, records, options, 'history');
