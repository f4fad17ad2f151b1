import type { Activity, DiscardReason, Lane } from './lane';
import { discarded, emptyLane, ended, firstUnfinished, laneOf, start, wakesAt } from './lane';
import type { Outcome } from './outcome';
import type { Checkpoint, StreamRecord } from './record';
import { compareSequence } from './record';
import type { MappingSettings } from './settings';

/** A mapping's work in one shard. Plain data: the scheduler's functions take one and give the next. */
export interface ShardState {
  readonly shard: string;
  /** Everything up to here is done; what a restart begins from. */
  readonly checkpoint: Checkpoint;
  /** Everything up to here was read. */
  readonly position: Checkpoint;
  /** When the read that is under way was started. */
  readonly readingSince: number | undefined;
  /** No read is started before this moment. */
  readonly readNotBefore: number;
  /** When the last read that found nothing was started: the shard was empty beyond `position` then. */
  readonly emptyAt: number | undefined;
  /** The stream will bring nothing more than what was read. */
  readonly ended: boolean;
  readonly lanes: readonly Lane[];
  /** Sequence numbers beyond the checkpoint that were read, in order. */
  readonly unfinished: readonly string[];
  readonly nextActivity: number;
}

/** What the shell is told to do in a shard; it answers with the event that is named after it. */
export type ShardCommand =
  | { readonly kind: 'read'; readonly shard: string; readonly position: Checkpoint; readonly limit: number }
  | { readonly kind: 'invoke'; readonly shard: string; readonly activity: number; readonly records: readonly StreamRecord[] }
  | {
      readonly kind: 'discard';
      readonly shard: string;
      readonly activity: number;
      readonly records: readonly StreamRecord[];
      readonly reason: DiscardReason;
      readonly invocations: number;
      readonly functionError: string | undefined;
    }
  | { readonly kind: 'checkpoint'; readonly shard: string; readonly checkpoint: Checkpoint };

/** What happened in a shard. */
export type ShardEvent =
  /** `ended`: the shard is closed and was read to its end. */
  | { readonly kind: 'read'; readonly records: readonly StreamRecord[]; readonly ended: boolean }
  | { readonly kind: 'read-failed' }
  | { readonly kind: 'invoked'; readonly activity: number; readonly outcome: Outcome }
  | { readonly kind: 'discarded'; readonly activity: number; readonly delivered: boolean }
  /** Time has passed, or the mapping's settings have changed. */
  | { readonly kind: 'tick' }
  /** Read at once; `endWindows`: do not wait for batches to fill. */
  | { readonly kind: 'hurry'; readonly endWindows: boolean };

/** The next state, and what it asks for. */
export interface ShardStep {
  readonly state: ShardState;
  readonly commands: readonly ShardCommand[];
}

/** Most records that one read gives (Kinesis API reference, GetRecords). */
const maximumRead = 10_000;
/** Pause between reads of a shard that has nothing new, milliseconds. AWS polls once a second; here tests wait for it. */
const idleRead = 200;
const failedRead = 500;

const lanesOf = (count: number): readonly Lane[] => Array.from({ length: count }, () => emptyLane);

/** A shard that is begun, or begun again, at a checkpoint. */
export const shardAt = (settings: MappingSettings, shard: string, checkpoint: Checkpoint): ShardState => ({
  shard,
  checkpoint,
  position: checkpoint,
  readingSince: undefined,
  readNotBefore: 0,
  emptyAt: undefined,
  ended: checkpoint.kind === 'end',
  lanes: lanesOf(settings.parallelization),
  unfinished: [],
  nextActivity: 1,
});

/** Nothing is under way that will still bring an event. */
export const isIdle = (state: ShardState): boolean => state.readingSince === undefined && state.lanes.every((lane) => !lane.activity);

/** Everything that the stream held at `moment` is done. */
export const isDrainedSince = (state: ShardState, moment: number): boolean =>
  state.checkpoint.kind === 'end' || (state.unfinished.length === 0 && state.emptyAt !== undefined && state.emptyAt >= moment);

const withLane = (state: ShardState, index: number, lane: Lane): ShardState => ({ ...state, lanes: state.lanes.map((each, at) => (at === index ? lane : each)) });

const laneWith = (state: ShardState, activity: number): { readonly index: number; readonly lane: Lane; readonly activity: Activity } | undefined => {
  for (const [index, lane] of state.lanes.entries()) if (lane.activity?.id === activity) return { index, lane, activity: lane.activity };
  return undefined;
};

const taken = (state: ShardState, records: readonly StreamRecord[], now: number): ShardState => {
  const arrivals: StreamRecord[][] = state.lanes.map(() => []);
  for (const record of records) arrivals[laneOf(record.partitionKey, state.lanes.length)]?.push(record);
  const last = records.at(-1);
  return {
    ...state,
    position: last ? { kind: 'after', sequence: last.sequence } : state.position,
    unfinished: [...state.unfinished, ...records.map((record) => record.sequence)],
    lanes: state.lanes.map((lane, index) => {
      const arrived = arrivals[index] ?? [];
      return arrived.length === 0 ? lane : { ...lane, waiting: [...lane.waiting, ...arrived], waitingSince: lane.waitingSince ?? now };
    }),
  };
};

const applied = (settings: MappingSettings, state: ShardState, event: ShardEvent, now: number): ShardState => {
  switch (event.kind) {
    case 'read': {
      const empty = event.records.length === 0;
      return {
        ...taken(state, event.records, now),
        readingSince: undefined,
        readNotBefore: empty ? now + idleRead : now,
        emptyAt: empty ? state.readingSince : undefined,
        ended: event.ended,
      };
    }
    case 'read-failed':
      return { ...state, readingSince: undefined, readNotBefore: now + failedRead };
    case 'invoked': {
      const found = laneWith(state, event.activity);
      return found ? withLane(state, found.index, ended(settings, found.lane, found.activity.batch, event.outcome, now)) : state;
    }
    case 'discarded': {
      const found = laneWith(state, event.activity);
      return found ? withLane(state, found.index, discarded(found.lane, found.activity.batch, event.delivered, now)) : state;
    }
    case 'hurry':
      return {
        ...state,
        readNotBefore: Math.min(state.readNotBefore, now),
        lanes: event.endWindows ? state.lanes.map((lane) => ({ ...lane, waitingSince: lane.waitingSince === undefined ? undefined : -Infinity })) : state.lanes,
      };
    case 'tick':
      return state;
  }
};

const commandFor = (shard: string, { id, batch }: Activity, lastError: string | undefined): ShardCommand =>
  batch.givenUp
    ? { kind: 'discard', shard, activity: id, records: batch.records, reason: batch.givenUp, invocations: batch.invocations, functionError: lastError }
    : { kind: 'invoke', shard, activity: id, records: batch.records };

const startedLanes = (settings: MappingSettings, before: ShardState, now: number): ShardStep => {
  let state = before;
  const commands: ShardCommand[] = [];
  for (const [index, lane] of before.lanes.entries()) {
    const next = start(settings, lane, now, state.ended, state.nextActivity);
    if (next === lane) continue;
    state = withLane(state, index, next);
    if (!next.activity) continue;
    state = { ...state, nextActivity: state.nextActivity + 1 };
    commands.push(commandFor(state.shard, next.activity, lane.lastError));
  }
  return { state, commands };
};

/** How many more records may be read: some are held ready, so that no invocation waits for a read. */
const room = (settings: MappingSettings, state: ShardState): number => {
  const ahead = Math.min(2 * maximumRead, Math.max(1_000, 2 * settings.batchSize * settings.parallelization));
  return ahead - state.lanes.reduce((sum, lane) => sum + lane.waiting.length, 0);
};

const mayRead = (settings: MappingSettings, state: ShardState): boolean => !state.ended && state.readingSince === undefined && room(settings, state) > 0;

const startedRead = (settings: MappingSettings, state: ShardState, now: number): ShardStep => {
  if (!mayRead(settings, state) || now < state.readNotBefore) return { state, commands: [] };
  const limit = Math.min(maximumRead, room(settings, state));
  return { state: { ...state, readingSince: now }, commands: [{ kind: 'read', shard: state.shard, position: state.position, limit }] };
};

/** Moves the checkpoint to just before the first record that is not done. */
const checkpointed = (state: ShardState): ShardStep => {
  const open = state.lanes.map(firstUnfinished).filter((sequence) => sequence !== undefined).sort(compareSequence);
  const [lowest] = open;
  const done = lowest === undefined ? state.unfinished.length : state.unfinished.indexOf(lowest);
  const last = done > 0 ? state.unfinished[done - 1] : undefined;
  const finished = state.ended && lowest === undefined;
  if (last === undefined && !(finished && state.checkpoint.kind !== 'end')) return { state, commands: [] };
  const checkpoint: Checkpoint = finished || last === undefined ? { kind: 'end' } : { kind: 'after', sequence: last };
  return { state: { ...state, checkpoint, unfinished: state.unfinished.slice(done) }, commands: [{ kind: 'checkpoint', shard: state.shard, checkpoint }] };
};

/**
 * The scheduler of one shard: no clock and no I/O, only what follows from a state and an event.
 *
 * @param draining nothing new is started: the mapping was disabled or has new settings
 * @param now epoch milliseconds
 */
export const stepShard = (settings: MappingSettings, before: ShardState, event: ShardEvent, now: number, draining: boolean): ShardStep => {
  const happened = checkpointed(applied(settings, before, event, now));
  if (draining) return happened;
  const lanes = startedLanes(settings, happened.state, now);
  const read = startedRead(settings, lanes.state, now);
  return { state: read.state, commands: [...happened.commands, ...lanes.commands, ...read.commands] };
};

/** When a shard has something to do that no event will announce; undefined: never. */
export const shardWakesAt = (settings: MappingSettings, state: ShardState): number | undefined => {
  const moments = state.lanes.map((lane) => wakesAt(settings, lane)).filter((moment) => moment !== undefined);
  if (mayRead(settings, state)) moments.push(state.readNotBefore);
  return moments.length === 0 ? undefined : Math.min(...moments);
};
