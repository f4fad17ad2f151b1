import type { Checkpoint } from './record';
import type { MappingSettings } from './settings';
import type { ShardCommand, ShardEvent, ShardState } from './shard';
import { isDrainedSince, isIdle, shardAt, shardWakesAt, stepShard } from './shard';

/** A shard as the stream lists it. */
export interface ListedShard {
  readonly shard: string;
  /** The shards that it was split or merged from. */
  readonly parents: readonly string[];
  readonly closed: boolean;
}

/** The scheduler's state of one event source mapping. */
export interface MappingState {
  /** What is being followed. */
  readonly settings: MappingSettings;
  /** What the mapping says now; taken over when everything under way has ended. */
  readonly wanted: MappingSettings;
  readonly checkpoints: Readonly<Record<string, Checkpoint>>;
  readonly listed: readonly ListedShard[];
  /** The shards that are worked on: those whose parents are done. */
  readonly shards: Readonly<Record<string, ShardState>>;
  /** When the list under way was started. */
  readonly listingSince: number | undefined;
  readonly listNotBefore: number;
  /** When the list that is known was started. */
  readonly listedAt: number | undefined;
}

export type MappingCommand = ShardCommand | { readonly kind: 'list-shards' };

export type MappingEvent =
  | { readonly kind: 'shard'; readonly shard: string; readonly event: ShardEvent }
  | { readonly kind: 'shards-listed'; readonly shards: readonly ListedShard[] }
  | { readonly kind: 'list-failed' }
  /** The mapping reads back with these settings; also sent when nothing has changed. */
  | { readonly kind: 'configured'; readonly settings: MappingSettings }
  | { readonly kind: 'tick' }
  | { readonly kind: 'hurry'; readonly endWindows: boolean };

export interface MappingStep {
  readonly state: MappingState;
  readonly commands: readonly MappingCommand[];
}

const listInterval = 2_000;

/** A mapping at the start, with the checkpoints that an earlier run left. */
export const mappingWith = (settings: MappingSettings, checkpoints: Readonly<Record<string, Checkpoint>>): MappingState => ({
  settings,
  wanted: settings,
  checkpoints,
  listed: [],
  shards: {},
  listingSince: undefined,
  listNotBefore: 0,
  listedAt: undefined,
});

const same = (one: MappingSettings, other: MappingSettings): boolean => JSON.stringify(one) === JSON.stringify(other);

const isDraining = (state: MappingState): boolean => !same(state.settings, state.wanted) || !state.wanted.enabled;

/**
 * Where the shards begin that a mapping meets first. LATEST becomes the moment of the first look, which can be kept:
 * after a restart "the latest" would be another place, and what came in between would be skipped.
 */
const firstCheckpoints = (settings: MappingSettings, shards: readonly ListedShard[], now: number): Readonly<Record<string, Checkpoint>> => {
  const begin = ({ closed }: ListedShard): Checkpoint => {
    if (settings.startingPosition === 'TRIM_HORIZON') return { kind: 'start', position: 'TRIM_HORIZON' };
    if (settings.startingPosition === 'LATEST') return closed ? { kind: 'end' } : { kind: 'start', position: 'AT_TIMESTAMP', timestamp: now };
    return { kind: 'start', position: 'AT_TIMESTAMP', timestamp: settings.startingTimestamp ?? now };
  };
  return Object.fromEntries(shards.map((each) => [each.shard, begin(each)]));
};

const isDone = (state: MappingState, shard: string): boolean =>
  // A parent that is no longer listed has passed the stream's retention.
  state.checkpoints[shard]?.kind === 'end' || !state.listed.some((each) => each.shard === shard);

/** Begins the shards that may be begun: children only after their parents, so that a key's records stay in order. */
const begun = (before: MappingState, now: number): MappingStep => {
  const commands: MappingCommand[] = [];
  let state = before;
  if (Object.keys(state.checkpoints).length === 0 && state.listed.length > 0) {
    const checkpoints = firstCheckpoints(state.settings, state.listed, now);
    state = { ...state, checkpoints };
    for (const [shard, checkpoint] of Object.entries(checkpoints)) commands.push({ kind: 'checkpoint', shard, checkpoint });
  }
  const shards = { ...state.shards };
  for (const { shard, parents } of state.listed) {
    if (shards[shard] || !parents.every((parent) => isDone(state, parent))) continue;
    shards[shard] = shardAt(state.settings, shard, state.checkpoints[shard] ?? { kind: 'start', position: 'TRIM_HORIZON' });
  }
  return { state: { ...state, shards }, commands };
};

const withShards = (before: MappingState, event: ShardEvent, now: number, only?: string): MappingStep => {
  const draining = isDraining(before);
  const shards = { ...before.shards };
  const checkpoints = { ...before.checkpoints };
  const commands: MappingCommand[] = [];
  for (const [name, shard] of Object.entries(before.shards)) {
    if (only !== undefined && only !== name) continue;
    const step = stepShard(before.settings, shard, event, now, draining);
    shards[name] = step.state;
    for (const command of step.commands) {
      if (command.kind === 'checkpoint') checkpoints[command.shard] = command.checkpoint;
      commands.push(command);
    }
  }
  const state = { ...before, shards, checkpoints };
  // The children of a shard that has just ended are listed at once.
  const hasEnded = Object.entries(checkpoints).some(([name, { kind }]) => kind === 'end' && before.checkpoints[name]?.kind !== 'end');
  return { state: hasEnded ? { ...state, listNotBefore: now } : state, commands };
};

/** Takes over new settings once nothing of the old ones is under way; what was read but not done is read again. */
const settled = (state: MappingState): MappingState => {
  if (same(state.settings, state.wanted) || state.listingSince !== undefined || !Object.values(state.shards).every(isIdle)) return state;
  return { ...state, settings: state.wanted, shards: {}, listNotBefore: 0, listedAt: undefined };
};

const applied = (state: MappingState, event: MappingEvent, now: number): MappingStep => {
  switch (event.kind) {
    case 'shard':
      return withShards(state, event.event, now, event.shard);
    case 'shards-listed':
      return { state: { ...state, listed: event.shards, listedAt: state.listingSince, listingSince: undefined, listNotBefore: now + listInterval }, commands: [] };
    case 'list-failed':
      return { state: { ...state, listingSince: undefined, listNotBefore: now + listInterval }, commands: [] };
    case 'configured':
      return { state: { ...state, wanted: event.settings }, commands: [] };
    case 'hurry': {
      const step = withShards(state, event, now);
      return { ...step, state: { ...step.state, listNotBefore: Math.min(step.state.listNotBefore, now) } };
    }
    case 'tick':
      return { state, commands: [] };
  }
};

/**
 * The scheduler of one mapping: no clock and no I/O, only what follows from a state and an event.
 *
 * @param now epoch milliseconds
 */
export const stepMapping = (before: MappingState, event: MappingEvent, now: number): MappingStep => {
  const happened = applied(before, event, now);
  const commands = [...happened.commands];
  let state = settled(happened.state);
  if (isDraining(state)) return { state, commands };
  if (state.listingSince === undefined && now >= state.listNotBefore) {
    state = { ...state, listingSince: now };
    commands.push({ kind: 'list-shards' });
  }
  const start = begun(state, now);
  const ticked = withShards(start.state, { kind: 'tick' }, now);
  return { state: ticked.state, commands: [...commands, ...start.commands, ...ticked.commands] };
};

/** When a mapping has something to do that no event will announce; undefined: never. */
export const mappingWakesAt = (state: MappingState): number | undefined => {
  if (isDraining(state)) return undefined;
  const moments = Object.values(state.shards).map((shard) => shardWakesAt(state.settings, shard)).filter((moment) => moment !== undefined);
  if (state.listingSince === undefined) moments.push(state.listNotBefore);
  return moments.length === 0 ? undefined : Math.min(...moments);
};

/** Everything that the mapping's stream held at `moment` is done. A disabled mapping has nothing to do. */
export const isMappingDrainedSince = (state: MappingState, moment: number): boolean => {
  if (isDraining(state)) return !state.wanted.enabled && Object.values(state.shards).every(isIdle);
  if (state.listedAt === undefined || state.listedAt < moment) return false;
  return state.listed.every(({ shard }) => {
    const work = state.shards[shard];
    return work !== undefined && isDrainedSince(work, moment);
  });
};
