import type { DiscardReason, Lane } from '../lane';
import { batchOf, discarded, emptyLane, ended, start, wakesAt } from '../lane';
import type { Outcome } from '../outcome';
import type { KafkaMappingSettings } from './settings';
import type { KafkaRecord } from './record';

/** Of each partition the offset of a record, by the partition's number. */
export type Offsets = Readonly<Record<number, bigint>>;

/**
 * An event poller's work in the partitions that its group has given it. Plain data, as that of a shard: a batch takes records
 * of any of them, and one batch is under way at a time, so that each partition's records stay in order.
 */
export interface PollerState {
  /** Counts what the group has given; records of an earlier one are forgotten. */
  readonly assignment: number;
  /** The next record to be read, of each partition that is assigned. */
  readonly positions: Offsets;
  /** All records before these are done; what a restart begins from. */
  readonly committed: Offsets;
  readonly lane: Lane<KafkaRecord>;
  readonly readingSince: number | undefined;
  readonly readNotBefore: number;
  /** When the last read that found nothing was started: the partitions were empty beyond `positions` then. */
  readonly emptyAt: number | undefined;
  readonly nextActivity: number;
}

/** What the shell is told to do; it answers with the event that is named after it. */
export type PollerCommand =
  | { readonly kind: 'read'; readonly assignment: number; readonly positions: Offsets }
  | { readonly kind: 'invoke'; readonly activity: number; readonly records: readonly KafkaRecord[] }
  | { readonly kind: 'discard'; readonly activity: number; readonly records: readonly KafkaRecord[]; readonly reason: DiscardReason; readonly invocations: number; readonly functionError: string | undefined }
  | { readonly kind: 'commit'; readonly offsets: Offsets };

export type PollerEvent =
  /** The group has given these partitions, from these offsets on; whatever was given before is not this poller's any more. */
  | { readonly kind: 'assigned'; readonly offsets: Offsets }
  /** `positions`: where the next read begins, which is beyond the last record where what follows it is no record. */
  | { readonly kind: 'read'; readonly assignment: number; readonly records: readonly KafkaRecord[]; readonly positions: Offsets }
  | { readonly kind: 'read-failed' }
  | { readonly kind: 'invoked'; readonly activity: number; readonly outcome: Outcome }
  | { readonly kind: 'discarded'; readonly activity: number; readonly delivered: boolean }
  | { readonly kind: 'tick' }
  /** Read at once; `endWindows`: do not wait for batches to fill. */
  | { readonly kind: 'hurry'; readonly endWindows: boolean };

export interface PollerStep {
  readonly state: PollerState;
  readonly commands: readonly PollerCommand[];
}

const idleRead = 100;
const failedRead = 500;

/** A poller to which nothing is assigned yet. */
export const unassignedPoller: PollerState = { assignment: 0, positions: {}, committed: {}, lane: emptyLane, readingSince: undefined, readNotBefore: 0, emptyAt: undefined, nextActivity: 1 };

const heldRecords = ({ activity, retries, waiting }: Lane<KafkaRecord>): readonly KafkaRecord[] => [...(activity?.batch.records ?? []), ...retries.flatMap(({ records }) => records), ...waiting];

/** Forgets the records of earlier assignments, but for those under way: an invocation cannot be called back. */
const ofAssignment = (lane: Lane<KafkaRecord>, assignment: number): Lane<KafkaRecord> => {
  const isCurrent = (record: KafkaRecord): boolean => record.assignment === assignment;
  const waiting = lane.waiting.filter(isCurrent);
  const retries = lane.retries.flatMap((batch) => batchOf(batch.records.filter(isCurrent), batch));
  return { ...lane, waiting, retries, waitingSince: waiting.length === 0 ? undefined : lane.waitingSince };
};

const applied = (settings: KafkaMappingSettings, state: PollerState, event: PollerEvent, now: number): PollerState => {
  const { lane } = state;
  switch (event.kind) {
    case 'assigned': {
      const assignment = state.assignment + 1;
      return { ...state, assignment, positions: event.offsets, committed: event.offsets, lane: ofAssignment(lane, assignment), readNotBefore: now, emptyAt: undefined };
    }
    case 'read': {
      const read = { ...state, readingSince: undefined };
      if (event.assignment !== state.assignment) return { ...read, readNotBefore: now };
      const moved = Object.entries(event.positions).some(([partition, offset]) => state.positions[Number(partition)] !== offset);
      const waiting = [...lane.waiting, ...event.records];
      return {
        ...read,
        positions: { ...state.positions, ...event.positions },
        lane: { ...lane, waiting, waitingSince: waiting.length === 0 ? undefined : (lane.waitingSince ?? now) },
        readNotBefore: moved ? now : now + idleRead,
        emptyAt: moved ? undefined : state.readingSince,
      };
    }
    case 'read-failed':
      return { ...state, readingSince: undefined, readNotBefore: now + failedRead };
    case 'invoked':
      return lane.activity?.id === event.activity ? { ...state, lane: ofAssignment(ended(settings, lane, lane.activity.batch, event.outcome, now), state.assignment) } : state;
    case 'discarded':
      return lane.activity?.id === event.activity ? { ...state, lane: ofAssignment(discarded(lane, lane.activity.batch, event.delivered, now), state.assignment) } : state;
    case 'hurry':
      return {
        ...state,
        readNotBefore: Math.min(state.readNotBefore, now),
        lane: event.endWindows ? { ...lane, waitingSince: lane.waitingSince === undefined ? undefined : -Infinity } : lane,
      };
    case 'tick':
      return state;
  }
};

/** Moves what is committed to just before the first record of each partition that is not done. */
const withCommitted = (state: PollerState): PollerStep => {
  const done: Record<number, bigint> = { ...state.positions };
  for (const { partition, offset, assignment } of heldRecords(state.lane)) {
    const lowest = done[partition];
    if (assignment === state.assignment && lowest !== undefined && offset < lowest) done[partition] = offset;
  }
  const moved = Object.fromEntries(Object.entries(done).filter(([partition, offset]) => state.committed[Number(partition)] !== offset));
  return Object.keys(moved).length === 0 ? { state, commands: [] } : { state: { ...state, committed: done }, commands: [{ kind: 'commit', offsets: moved }] };
};

const started = (settings: KafkaMappingSettings, state: PollerState, now: number): PollerStep => {
  const lane = start(settings, state.lane, now, false, state.nextActivity);
  if (lane === state.lane) return { state, commands: [] };
  const next = { ...state, lane };
  if (!lane.activity) return { state: next, commands: [] };
  const { id, batch: { records, givenUp, invocations } } = lane.activity;
  const command: PollerCommand = givenUp
    ? { kind: 'discard', activity: id, records, reason: givenUp, invocations, functionError: state.lane.lastError }
    : { kind: 'invoke', activity: id, records };
  return { state: { ...next, nextActivity: id + 1 }, commands: [command] };
};

const mayRead = (settings: KafkaMappingSettings, { positions, readingSince, lane }: PollerState): boolean =>
  readingSince === undefined && Object.keys(positions).length > 0 && lane.waiting.length < Math.max(1_000, 2 * settings.batchSize);

/**
 * The scheduler of one event poller: no clock and no I/O, only what follows from a state and an event.
 *
 * @param draining nothing new is started: the mapping was disabled or has new settings, or the group is about to be joined anew
 * @param now epoch milliseconds
 */
export const stepPoller = (settings: KafkaMappingSettings, before: PollerState, event: PollerEvent, now: number, draining: boolean): PollerStep => {
  const happened = withCommitted(applied(settings, before, event, now));
  if (draining) return happened;
  const delivery = started(settings, happened.state, now);
  const commands = [...happened.commands, ...delivery.commands];
  if (!mayRead(settings, delivery.state) || now < delivery.state.readNotBefore) return { state: delivery.state, commands };
  const { assignment, positions } = delivery.state;
  return { state: { ...delivery.state, readingSince: now }, commands: [...commands, { kind: 'read', assignment, positions }] };
};

/** When a poller has something to do that no event will announce; undefined: never. */
export const pollerWakesAt = (settings: KafkaMappingSettings, state: PollerState): number | undefined => {
  const moments = [wakesAt(settings, state.lane), mayRead(settings, state) ? state.readNotBefore : undefined].filter((moment) => moment !== undefined);
  return moments.length === 0 ? undefined : Math.min(...moments);
};

/** No batch is under way. */
export const isPollerIdle = ({ lane }: PollerState): boolean => lane.activity === undefined;

/** Everything that the poller's partitions held at `moment` is done. */
export const isPollerDrainedSince = ({ lane, emptyAt }: PollerState, moment: number): boolean => emptyAt !== undefined && emptyAt >= moment && heldRecords(lane).length === 0;
